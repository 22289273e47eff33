package dev.latido.protocol;

/** What the owner answers to a command. */
public sealed interface Reply
        permits JobStatus,
                JobView,
                JobPage,
                ExecutionView,
                ExecutionPage,
                Inspection,
                Submitted,
                Counted,
                Health,
                SummaryView,
                StoreView,
                BackupView,
                PauseView,
                Refusal {}

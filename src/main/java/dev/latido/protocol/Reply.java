package dev.latido.protocol;

import io.vertx.core.json.JsonObject;

/** What the owner answers to a command. */
public sealed interface Reply
        permits JobStatus,
                JobView,
                TicksView,
                MessageView,
                MoveView,
                JobPage,
                ExecutionView,
                ExecutionPage,
                DeadLetterPage,
                Inspection,
                Submitted,
                Counted,
                FoundPage,
                BulkView,
                Health,
                SummaryView,
                SeriesView,
                StoreView,
                BackupView,
                PauseView,
                Refusal {

    /** Returns its JSON form, which is the same over HTTP and on the bus. */
    JsonObject toJson();
}

package dev.latido.core;

import dev.latido.protocol.MessageView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.queue.Outcome;
import dev.latido.queue.QueueException;
import org.jspecify.annotations.Nullable;

/** What people are told of messages at brokers. */
final class MessageViews {

    private MessageViews() {}

    /** Returns what this process knows of a message; null when it has not had it, or does not know any more. */
    static @Nullable MessageView known(JobState job, SharedQueue queue, String key, String process) {
        Execution execution = job.leases.find(key);
        return execution == null
                ? null
                : new MessageView(
                        job.name(), key, execution.state().wireName(), queue.id(), process, execution.id.toString());
    }

    /** Returns what the broker said of a message. */
    static Reply found(JobState job, String key, @Nullable Outcome outcome, @Nullable QueueException failure) {
        SharedQueue queue = job.definition.shared();
        if (queue != null && failure != null) {
            return Refusal.queueUnavailable(
                    job.name(), queue.id(), String.valueOf(failure.getMessage()), Publications.SOON);
        } else if (queue == null || outcome == null) {
            return Refusal.unknownMessage(job.name(), key);
        }
        return new MessageView(
                job.name(),
                key,
                outcome.state(),
                queue.id(),
                outcome.process().isEmpty() ? null : outcome.process(),
                outcome.execution().isEmpty() ? null : outcome.execution());
    }
}

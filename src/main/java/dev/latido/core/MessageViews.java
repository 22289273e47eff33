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

    /** Returns what this process knows of a message while its broker cannot be asked. */
    static Reply withoutBroker(JobState job, SharedQueue queue, String key, String process) {
        MessageView known = known(job, queue, key, process);
        String why = String.valueOf(job.leases.down());
        return known != null ? known : Refusal.queueUnavailable(job.name(), queue.id(), why, Publications.SOON);
    }

    private static @Nullable MessageView known(JobState job, SharedQueue queue, String key, String process) {
        Execution execution = job.leases.find(key);
        return execution == null
                ? null
                : new MessageView(
                        job.name(), key, execution.state().wireName(), queue.id(), process, execution.id.toString());
    }

    /**
     * Returns what is known of a message, once its broker was asked: the broker knows the end, whoever came to it; this process
     * how it stands until then, and longer than the broker how it ended here.
     */
    static Reply found(
            JobState job, String key, @Nullable Outcome outcome, @Nullable QueueException failure, String process) {
        SharedQueue queue = job.definition.shared();
        if (queue == null) {
            return Refusal.unknownMessage(job.name(), key);
        }
        MessageView known = known(job, queue, key, process);
        MessageView said = outcome == null
                ? null
                : new MessageView(
                        job.name(),
                        key,
                        outcome.state(),
                        queue.id(),
                        outcome.process().isEmpty() ? null : outcome.process(),
                        outcome.execution().isEmpty() ? null : outcome.execution());
        if (said != null && (said.hasEnded() || known == null || known.hasEnded())) {
            return said;
        } else if (known != null) {
            return known;
        } else if (failure != null) {
            return Refusal.queueUnavailable(
                    job.name(), queue.id(), String.valueOf(failure.getMessage()), Publications.SOON);
        }
        return Refusal.unknownMessage(job.name(), key);
    }
}

package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.job.Priority;
import dev.latido.queue.Delivery;
import dev.latido.queue.Message;
import dev.latido.queue.ProducerConfig;
import dev.latido.queue.QueueException;
import dev.latido.queue.Receipt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Results on their way to queues at brokers, where others read them. Each is submitted once it is stored, under the key of its
 * work, so that a repetition makes no second one where the broker keeps keys; until the broker has it, it is submitted again, with
 * growing pauses: one of a job first, and once that was taken the others.
 */
final class ResultPublications {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** The properties that say where a result comes from. */
    private static final String JOB = "job";

    private static final String EXECUTION = "execution";

    /** Told what became of a result. */
    @FunctionalInterface
    interface Listener {
        /**
         * The broker has the result, or will not take it.
         *
         * @param refusal why it will not; null when it has it
         * @param note what there is to say of one that it has; null for nothing
         */
        void decided(Execution execution, @Nullable String refusal, @Nullable String note);
    }

    /** The results of one job. */
    static final class State {

        /** By the number of their effect. */
        private final Map<Long, Execution> underWay = new HashMap<>();

        /** What is to be submitted again. */
        private final Map<Execution, Message> waiting = new LinkedHashMap<>();

        private final Map<Execution, Message> messages = new HashMap<>();
        private Duration pause = FIRST_PAUSE;
        private Alarms.@Nullable Alarm again;
        private @Nullable String trouble;
        private long published;

        /** Returns how many results the broker took since the service began. */
        long published() {
            return published;
        }

        /** Returns how many are still to be taken. */
        int open() {
            return messages.size();
        }

        /** Returns why the broker did not take the latest; null when it did. */
        @Nullable String trouble() {
            return trouble;
        }

        /** Returns how many alarms are set, for tests. */
        int alarms() {
            return again == null ? 0 : 1;
        }
    }

    private final UnitOfWork unit;
    private final Listener listener;
    private long number;

    ResultPublications(UnitOfWork unit, Listener listener) {
        this.unit = unit;
        this.listener = listener;
    }

    /**
     * Hands the result of an execution in, until it is taken or {@link #forget forgotten}.
     *
     * @param trace what is told of where it comes from; null for nothing
     */
    void publish(Execution execution, @Nullable String trace) {
        Map<String, String> properties = new HashMap<>();
        properties.put(JOB, execution.job.name());
        properties.put(EXECUTION, execution.id.toString());
        if (trace != null) {
            properties.put(Delivery.TRACEPARENT, trace);
        }
        String name = execution.origin == null ? unit.process() + "-" + execution.id : execution.origin.key;
        String result = execution.result();
        Message message = new Message(
                Message.keyOf(name),
                true,
                result == null ? "null" : result,
                Priority.NORMAL,
                Duration.ZERO,
                properties);
        State state = execution.job.results;
        state.messages.put(execution, message);
        if (state.trouble == null) {
            send(execution, message);
        } else {
            state.waiting.put(execution, message);
            later(execution.job);
        }
    }

    private void send(Execution execution, Message message) {
        JobState job = execution.job;
        number++;
        job.results.underWay.put(number, execution);
        Effect publish = new Effect.PublishResult(job.name(), number, message);
        if (job.definition.durability() == Durability.NONE) {
            unit.addAtOnce(publish);
        } else {
            unit.addOnceStored(publish);
        }
    }

    /** Nobody wants the result of {@code execution} to be taken any more; the broker may have it all the same. */
    void forget(Execution execution) {
        execution.job.results.messages.remove(execution);
        execution.job.results.waiting.remove(execution);
    }

    /** The broker answered what it was handed, or did not. */
    void published(JobState job, long which, @Nullable Receipt receipt, @Nullable QueueException failure) {
        State state = job.results;
        Execution execution = state.underWay.remove(which);
        Message message = execution == null ? null : state.messages.get(execution);
        if (receipt != null) {
            state.published += receipt.isKnown() ? 0 : 1;
            state.trouble = null;
            state.pause = FIRST_PAUSE;
            sendWaiting(job);
        } else if (failure != null && failure.kind() != QueueException.Kind.TOO_LARGE) {
            state.trouble = String.valueOf(failure.getMessage());
        }
        if (execution == null || message == null) {
            later(job); // forgotten; others may wait
        } else if (receipt != null) {
            state.messages.remove(execution);
            listener.decided(
                    execution,
                    null,
                    receipt.isSame() ? null : "the queue has another result under its key, of an earlier run");
        } else if (failure != null && failure.kind() == QueueException.Kind.TOO_LARGE) {
            state.messages.remove(execution);
            ProducerConfig queue = job.definition.resultQueue();
            listener.decided(
                    execution,
                    "queue " + (queue == null ? "" : queue.id()) + " did not accept the result: "
                            + failure.getMessage(),
                    null);
        } else {
            state.waiting.put(execution, message);
            later(job);
        }
    }

    private void sendWaiting(JobState job) {
        List<Map.Entry<Execution, Message>> all = new ArrayList<>(job.results.waiting.entrySet());
        job.results.waiting.clear();
        all.forEach(each -> send(each.getKey(), each.getValue()));
    }

    private void later(JobState job) {
        State state = job.results;
        if (state.again != null || !state.underWay.isEmpty() || state.waiting.isEmpty()) {
            return;
        }
        state.again = unit.after(state.pause, () -> {
            state.again = null;
            if (!state.waiting.isEmpty()) {
                Execution first = state.waiting.keySet().iterator().next();
                Message message = state.waiting.remove(first);
                if (message != null) {
                    send(first, message);
                }
            }
        });
        Duration twice = state.pause.multipliedBy(2);
        state.pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }
}

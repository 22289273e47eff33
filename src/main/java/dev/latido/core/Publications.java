package dev.latido.core;

import dev.latido.job.ExecutionId;
import dev.latido.job.Priority;
import dev.latido.protocol.MessageView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.queue.Delivery;
import dev.latido.queue.Message;
import dev.latido.queue.QueueException;
import dev.latido.queue.Receipt;
import dev.latido.room.FullMode;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Work on its way to brokers: submissions to jobs whose queue is there, and results for them. Its producer is answered once the
 * broker has it. Where a full queue has producers wait, one of them asks again and again, with growing pauses; the others
 * are behind it.
 */
final class Publications {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** When a submission may be repeated that found the broker out of reach. */
    static final Duration SOON = Duration.ofSeconds(2);

    /** What is published for one job. */
    static final class State {

        /** By the number of their effect. */
        private final Map<Long, Arrival> underWay = new HashMap<>();

        /** The one at the head of the line that is being published; null while there is none. */
        private @Nullable Arrival probe;

        private Duration pause = FIRST_PAUSE;
        private Alarms.@Nullable Alarm probes;
        private long published;
        private long known;

        /** Returns how many messages the broker took since the service began. */
        long published() {
            return published;
        }

        /** Returns how many it had already, by their keys. */
        long known() {
            return known;
        }
    }

    private final UnitOfWork unit;
    private final Executions executions;
    private final Admission admission;
    private long number;

    Publications(UnitOfWork unit, Executions executions, Admission admission) {
        this.unit = unit;
        this.executions = executions;
        this.admission = admission;
    }

    /** Takes what one item of a submission brings, or a stage's result; its producer learns later what became of it. */
    void publish(Arrival arrival, SharedQueue queue, Instant deadline) {
        JobState job = arrival.job;
        Refusal refusal = refusal(arrival, queue);
        arrival.untilNanos = unit.nanosAt(deadline);
        if (refusal != null) {
            admission.refuse(arrival, refusal);
        } else if (arrival.onlyAsks) {
            arrival.decide(JobViews.status(job, "A submission need not wait."));
        } else if (!job.leases.isUp()) {
            waitInLine(arrival, queue, unavailable(job, queue));
        } else if (job.waitingProducers() > 0) {
            waitInLine(arrival, queue, Refusal.queueFull(job.name(), SOON));
        } else {
            send(arrival);
        }
    }

    private static @Nullable Refusal refusal(Arrival arrival, SharedQueue queue) {
        JobState job = arrival.job;
        Submission submission = arrival.submission;
        if (job.isClosed()) {
            return Refusal.closed(job.name());
        } else if (!queue.hasLane(submission.priority()) && arrival.from == null) {
            return Refusal.notPossibleHere("The queue of job '" + job.name() + "' at " + queue.id()
                    + " has no lane for priority '" + submission.priority().wireName() + "' (queue.lanes).");
        } else if (submission.delay().compareTo(queue.capabilities().maxDelay()) > 0) {
            return Refusal.notPossibleHere("The queue of job '" + job.name() + "' at " + queue.id() + " delays for "
                    + queue.capabilities().maxDelay() + " at most.");
        } else if (submission.payloadBytes() > queue.binding().maxPayloadBytes()) {
            return Refusal.messageTooLarge(job.name(), queue.binding().maxPayloadBytes());
        }
        return null;
    }

    private static Refusal unavailable(JobState job, SharedQueue queue) {
        return Refusal.queueUnavailable(job.name(), queue.id(), String.valueOf(job.leases.down()), SOON);
    }

    /** Has a stage wait as long as it takes, and a client if the queue says so; others get {@code otherwise}. */
    private void waitInLine(Arrival arrival, SharedQueue queue, Refusal otherwise) {
        boolean isFull = otherwise.type().equals(Refusal.QUEUE_FULL);
        boolean mayWait = isFull && arrival.mayWait && queue.binding().whenFull() == FullMode.WAIT;
        if (arrival.from == null
                && (!mayWait
                        || unit.isShuttingDown()
                        || arrival.job.admission.waitingClients()
                                >= arrival.job.definition.queue().maxWaiting())) {
            admission.refuse(arrival, otherwise);
            return;
        }
        admission.standInLine(arrival);
        probeLater(arrival.job);
    }

    private void send(Arrival arrival) {
        JobState job = arrival.job;
        number++;
        job.publications.underWay.put(number, arrival);
        unit.addAtOnce(new Effect.Publish(job.name(), number, message(arrival, arrival.submission)));
    }

    private Message message(Arrival arrival, Submission submission) {
        SharedQueue queue = arrival.job.definition.shared();
        Priority lane = queue == null || queue.hasLane(submission.priority()) ? submission.priority() : Priority.NORMAL;
        Map<String, String> properties = new HashMap<>();
        if (arrival.trace != null) {
            properties.put(Delivery.TRACEPARENT, arrival.trace);
        }
        if (submission.expires() != null) {
            properties.put(
                    Deliveries.EXPIRES,
                    unit.now().wall().plus(submission.expires()).toString());
        }
        if (arrival.message == null) {
            String key = submission.key();
            ExecutionId source = arrival.source == null ? executions.nextId() : arrival.source;
            arrival.message = key == null ? unit.process() + "-" + source : key;
        }
        return new Message(
                arrival.message,
                submission.key() != null || arrival.from != null,
                submission.payload(),
                lane,
                submission.delay(),
                properties);
    }

    /** The broker answered what it was handed, or did not. */
    void published(JobState job, long which, @Nullable Receipt receipt, @Nullable QueueException failure) {
        Arrival arrival = job.publications.underWay.remove(which);
        SharedQueue queue = job.definition.shared();
        if (arrival == null || queue == null) {
            return;
        }
        boolean wasProbe = job.publications.probe == arrival;
        if (wasProbe) {
            job.publications.probe = null;
        }
        if (arrival.isDecided()) { // it was refused, or withdrawn, while it was being asked for
            probe(job);
            return;
        }
        if (receipt != null) {
            job.publications.published += receipt.isKnown() ? 0 : 1;
            job.publications.known += receipt.isKnown() ? 1 : 0;
            job.publications.pause = FIRST_PAUSE;
            admission.leave(arrival);
            arrival.decide(answer(arrival, queue, receipt));
            probe(job);
        } else if (failure != null) {
            failed(arrival, queue, failure, wasProbe);
        }
    }

    private static Reply answer(Arrival arrival, SharedQueue queue, Receipt receipt) {
        String key = String.valueOf(arrival.message);
        return receipt.isSame()
                ? new MessageView(arrival.job.name(), key, MessageView.QUEUED, queue.id())
                : Refusal.keyReused(key);
    }

    private void failed(Arrival arrival, SharedQueue queue, QueueException failure, boolean wasProbe) {
        JobState job = arrival.job;
        Refusal refusal = switch (failure.kind()) {
            case FULL -> admission.full(job);
            case TOO_LARGE ->
                Refusal.messageTooLarge(job.name(), queue.binding().maxPayloadBytes());
            case NO_MEMORY -> Refusal.queueWithoutMemory(job.name(), queue.id(), text(failure));
            case UNKNOWN -> Refusal.queueSilent(job.name(), queue.id());
            case UNAVAILABLE, LEASE_LOST -> Refusal.queueUnavailable(job.name(), queue.id(), text(failure), SOON);
        };
        boolean isForGood = failure.kind() == QueueException.Kind.TOO_LARGE
                || (arrival.from == null && failure.kind() != QueueException.Kind.FULL);
        if (isForGood) {
            admission.refuse(arrival, refusal);
        } else if (!wasProbe) {
            waitInLine(arrival, queue, refusal);
        } else if (arrival.from == null && unit.now().nanos() - arrival.untilNanos >= 0) {
            admission.refuse(arrival, admission.stayedFull(job));
        } else {
            admission.waitOn(arrival);
        }
        probeLater(job);
    }

    private static String text(QueueException failure) {
        return String.valueOf(failure.getMessage());
    }

    /** The broker can be used: who waited for that need not wait longer. */
    void up(JobState job) {
        job.publications.pause = FIRST_PAUSE;
        probe(job);
    }

    private void probeLater(JobState job) {
        State state = job.publications;
        if (state.probes != null || state.probe != null || job.waitingProducers() == 0) {
            return;
        }
        state.probes = unit.after(state.pause, () -> {
            state.probes = null;
            probe(job);
        });
        Duration twice = state.pause.multipliedBy(2);
        state.pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    /** Has the first in line asked for again. */
    private void probe(JobState job) {
        State state = job.publications;
        Arrival first = admission.firstInLine(job);
        if (state.probe != null || first == null) {
            return;
        }
        if (!job.leases.isUp()) {
            probeLater(job);
            return;
        }
        state.probe = first;
        admission.holdDeadline(first);
        send(first);
    }
}

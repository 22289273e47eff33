package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.policy.DrainRate;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.LinkedFifo;
import dev.latido.room.Offer;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where producers bring work to a job: clients, and stages of a pipeline before it. Decides what is let in, what waits in
 * line for room, and what is refused.
 */
final class Admission {

    /** How long who was told of room is thought to need to bring work. */
    static final Duration TOLD_FOR = Duration.ofSeconds(1);

    /** Who waits for room in the queue of one job, and what of its own results waits for room elsewhere. */
    static final class State {

        private final Map<Priority, LinkedFifo<Arrival>> lines = new EnumMap<>(Priority.class);

        /** Who only asks for room, by priority. Apart, because nobody who brings work waits for whoever brings none. */
        private final Map<Priority, LinkedFifo<Arrival>> askers = new EnumMap<>(Priority.class);

        /** How many were told of room lately that nobody has taken since. */
        private int told;

        /** What forgets them; null while there are none. */
        private Alarms.@Nullable Alarm forgetsTold;

        private final DrainRate drainRate = new DrainRate();

        /** Producers in line but for those that are stages of a pipeline, whose number is bounded elsewhere. */
        private int waitingClients;

        /** True since a producer found no room, until there is room for all. */
        private boolean isPressed;

        /** How many results of the job wait for room, by the job that has none. */
        private final Map<String, Integer> blockedBy = new TreeMap<>();

        State() {
            for (Priority priority : Priority.values()) {
                lines.put(priority, new LinkedFifo<>());
                askers.put(priority, new LinkedFifo<>());
            }
        }

        /** Returns who waits with work of this priority. */
        LinkedFifo<Arrival> line(Priority priority) {
            return of(lines, priority);
        }

        /** Returns who only wants to know when there is room. */
        LinkedFifo<Arrival> askers(Priority priority) {
            return of(askers, priority);
        }

        private LinkedFifo<Arrival> lineOf(Arrival arrival) {
            return of(arrival.onlyAsks ? askers : lines, priority(arrival));
        }

        private static LinkedFifo<Arrival> of(Map<Priority, LinkedFifo<Arrival>> all, Priority priority) {
            LinkedFifo<Arrival> line = all.get(priority);
            if (line == null) {
                throw new AssertionError("every priority has a line");
            }
            return line;
        }

        /** Returns how many producers are in line. */
        int waiting() {
            int waiting = 0;
            for (Priority priority : Priority.values()) {
                waiting += line(priority).size() + askers(priority).size();
            }
            return waiting;
        }

        /** Returns how many of them are not stages of pipelines. */
        int waitingClients() {
            return waitingClients;
        }

        /** Returns how many were told of room lately that nobody has taken since. */
        int told() {
            return told;
        }

        /** Returns how many alarms are set. */
        int alarms() {
            return waitingClients + (forgetsTold == null ? 0 : 1);
        }

        /** Returns how many results of the job wait for room, by the job that has none. */
        Map<String, Integer> blockedBy() {
            return Collections.unmodifiableMap(blockedBy);
        }

        /** Notes that a place in the queue became free. */
        void departed(Moment now) {
            if (isPressed) {
                drainRate.departed(now.nanos());
            }
        }
    }

    private final UnitOfWork unit;
    private final Executions executions;
    private final Publisher publisher;

    /** Brings work to the brokers that have the queues of some jobs. */
    @FunctionalInterface
    interface Publisher {
        void publish(Arrival arrival, SharedQueue queue, Instant deadline);
    }

    Admission(UnitOfWork unit, Executions executions, Publisher publisher) {
        this.unit = unit;
        this.executions = executions;
        this.publisher = publisher;
    }

    /** Takes what one item of a submission brings; its producer learns what became of it, now or later. */
    void submit(Arrival arrival, Instant deadline) {
        JobState job = arrival.job;
        Submission submission = arrival.submission;
        String key = submission.key();
        if (submission.delay().isNegative() || submission.delay().compareTo(Submission.MAX_DELAY) > 0) {
            refuse(arrival, Refusal.invalid("A delay is from zero to " + Submission.MAX_DELAY + "."));
        } else if (submission.expires() != null
                && (submission.expires().isNegative() || submission.expires().isZero())) {
            refuse(arrival, Refusal.invalid("The time after which it expires must be longer than none."));
        } else if (expiresBeforeItIsDue(job, submission)) {
            refuse(arrival, Refusal.invalid("It would expire before its delay is over."));
        } else if (key != null && (key.isEmpty() || key.length() > Submission.MAX_KEY_LENGTH)) {
            refuse(arrival, Refusal.invalid("A key has 1 to " + Submission.MAX_KEY_LENGTH + " characters."));
        } else if (key == null || job.definition.shared() != null) { // its broker knows its keys
            arrive(arrival, deadline);
        } else {
            IdempotencyKeys.Use use = job.keys.find(key, unit.now());
            if (use != null) {
                repeat(arrival, use);
            } else {
                arrival.use = job.keys.begin(key, submission, unit.now());
                arrive(arrival, deadline);
            }
        }
    }

    private static boolean expiresBeforeItIsDue(JobState job, Submission submission) {
        Duration expires = submission.expires() == null ? job.definition.expires() : submission.expires();
        return expires != null && submission.delay().compareTo(expires) >= 0;
    }

    /** Tells what became of what the key was used for. Of an end that has to be stored it is told once that is. */
    private void repeat(Arrival arrival, IdempotencyKeys.Use use) {
        ExecutionId made = use.execution;
        Execution known = made == null ? null : executions.find(made);
        boolean isEndOpen = known != null
                && known.state().isTerminal()
                && arrival.job.definition.durability() == Durability.FULL
                && !unit.isStored(known.changedIn);
        boolean mayWait = unit.storeRefusal() == null;
        arrival.isRepeated = true;
        arrival.toldOf =
                known != null && isEndOpen && mayWait ? Math.max(use.answeredIn, known.changedIn) : use.answeredIn;
        arrival.decide(
                RepeatedKey.answer(arrival.submission, use, known, isEndOpen && !mayWait, arrival.job.definition));
    }

    /**
     * Has {@code caller} answered once there is room in the job's queue. That holds no place for it: but of those who ask, only
     * as many are told as there are places, and others of the same places when nobody has come within {@link #TOLD_FOR}.
     */
    void awaitRoom(JobState job, Priority priority, Instant deadline, ReplyTo replyTo) {
        Submission nothing = new Submission(null, priority, Duration.ZERO, null);
        arrive(Arrival.whoAsks(job, nothing, (arrival, reply) -> unit.answerAtOnce(replyTo, reply)), deadline);
    }

    /** Takes the result of a stage, which waits as long as it takes. */
    void handOver(Arrival arrival) {
        arrive(arrival, Instant.MAX);
    }

    private void arrive(Arrival arrival, Instant deadline) {
        JobState job = arrival.job;
        Refusal storeRefusal = unit.storeRefusal();
        SharedQueue shared = job.definition.shared();
        if (shared != null && unit.faultOf(job.name()) == null) {
            publisher.publish(arrival, shared, deadline);
        } else if (job.isClosed()) {
            refuse(arrival, Refusal.closed(job.name()));
        } else if (unit.faultOf(job.name()) != null) {
            standInLine(arrival, deadline); // only what comes from another stage gets here, and can wait
        } else if (storeRefusal != null && unit.isWithoutStore(job) && arrival.from == null) {
            refuse(arrival, storeRefusal);
        } else if (arrival.submission.payloadBytes() > job.maxQueueBytes) {
            refuse(arrival, Refusal.payloadTooLarge(job.name(), job.maxQueueBytes));
        } else if (unit.holdings.isOverdrawn() && arrival.from == null) {
            unit.holdings.budget().refuse();
            refuse(arrival, Refusal.memoryFull(unit.holdings.budget().max()));
        } else if (!isFirst(arrival) || !admit(arrival)) {
            if (unit.isShuttingDown() && arrival.from == null) {
                refuse(arrival, Refusal.stopping());
            } else if (!arrival.mayWait && job.definition.queue().whenFull() == FullMode.WAIT) {
                refuse(arrival, stayedFull(job));
            } else if (!mayWait(arrival)) {
                refuse(arrival, full(job));
            } else {
                standInLine(arrival, deadline);
            }
        }
    }

    private static boolean isFirst(Arrival arrival) {
        State state = arrival.job.admission;
        return state.line(priority(arrival)).size() == 0
                && (!arrival.onlyAsks || state.askers(priority(arrival)).size() == 0);
    }

    private static boolean mayWait(Arrival arrival) {
        JobState job = arrival.job;
        return job.definition.queue().whenFull() == FullMode.WAIT
                && job.definition.queue().capacityOf(priority(arrival)) > 0
                && (arrival.from != null
                        || job.admission.waitingClients < job.definition.queue().maxWaiting());
    }

    private void standInLine(Arrival arrival, Instant deadline) {
        arrival.untilNanos = unit.nanosAt(deadline);
        standInLine(arrival);
    }

    /** Has {@code arrival} wait for room, a client until the time that it has noted. */
    void standInLine(Arrival arrival) {
        JobState job = arrival.job;
        pressed(job);
        job.admission.lineOf(arrival).add(arrival, executions.nextOrder());
        if (arrival.from != null) {
            arrival.from.admission.blockedBy.merge(job.name(), 1, Integer::sum);
        } else {
            job.admission.waitingClients++;
            waitOn(arrival);
        }
    }

    /** Has a client in line wait for its deadline, after {@link #holdDeadline}. */
    void waitOn(Arrival arrival) {
        if (arrival.from == null) {
            arrival.alarm = unit.set(arrival.untilNanos, () -> refuse(arrival, stayedFull(arrival.job)));
        }
    }

    /** Has the deadline of who is in line not come while it is being found out whether there is room. */
    void holdDeadline(Arrival arrival) {
        unit.alarms.cancel(arrival.alarm);
        arrival.alarm = null;
    }

    /** Returns who is first in line, the most urgent first; null when nobody waits. */
    @Nullable Arrival firstInLine(JobState job) {
        for (Priority priority : Priority.MOST_URGENT_FIRST) {
            Arrival first = job.admission.line(priority).first();
            if (first != null) {
                return first;
            }
        }
        return null;
    }

    /** Lets {@code arrival} in if the queue takes or drops what it brings; false when it has to wait or go. */
    private boolean admit(Arrival arrival) {
        JobState job = arrival.job;
        Submission submission = arrival.submission;
        Priority priority = priority(arrival);
        FullMode mode = job.definition.queue().whenFull();
        if (arrival.onlyAsks) {
            if (mode == FullMode.WAIT && job.queue.room(priority) <= job.admission.told) {
                return false;
            }
            leave(arrival);
            if (mode == FullMode.WAIT) {
                told(job);
            }
            arrival.decide(JobViews.status(job, "A submission need not wait."));
            return true;
        }
        if ((mode == FullMode.WAIT || mode == FullMode.REJECT)
                && !job.queue.hasRoom(priority, submission.payloadBytes())) {
            return false;
        }
        boolean delayed = !submission.delay().isZero();
        Execution execution = executions.make(job, priority, submission.payload(), submission.payloadBytes(), delayed);
        execution.trace = arrival.trace;
        execution.use = arrival.use;
        if (submission.expires() != null) {
            execution.expireAfter(submission.expires());
        }
        Offer<Execution> offer =
                delayed ? job.queue.reserve(priority, submission.payloadBytes()) : job.queue.offer(execution, priority);
        if (offer instanceof Offer.Full) {
            return false;
        }
        leave(arrival);
        job.admission.told = Math.max(0, job.admission.told - 1);
        if (offer instanceof Offer.Evicted<Execution> evicted) {
            evicted.victims().forEach(executions::drop);
        }
        if (offer instanceof Offer.Dropped) {
            executions.dropNew(execution);
        } else {
            if (delayed) {
                delay(execution, submission.delay());
            }
            executions.accept(execution);
        }
        if (execution.use != null) { // else the queue dropped it, and the key is free again
            executions.noteIn(execution.use, execution);
        }
        arrival.decide(ExecutionViews.of(execution));
        return true;
    }

    private void told(JobState job) {
        State state = job.admission;
        state.told++;
        if (state.forgetsTold == null) {
            state.forgetsTold = unit.after(TOLD_FOR, () -> {
                state.forgetsTold = null;
                state.told = 0;
                unit.markDirty(job);
            });
        }
    }

    /** Has an execution, for which a place in the queue is held, queued later. */
    void delay(Execution execution, Duration delay) {
        execution.dueMillis = unit.now().millisAfter(delay);
        awaitDue(execution, executions.nextOrder());
    }

    /**
     * Has an execution, for which a place in the queue is held, queued when it is due.
     *
     * @param order its place among those that are delayed
     */
    void awaitDue(Execution execution, long order) {
        JobState job = execution.job;
        execution.alarm = unit.setByWall(execution.dueMillis, () -> {
            execution.alarm = null;
            job.takeBack(execution);
            execution.become(ExecutionState.QUEUED, unit.now());
            job.queue.queueReserved(execution, execution.priority);
            unit.changed(execution);
            executions.announceQueued(execution);
            unit.markDirty(job);
        });
        job.setAside(execution, order);
    }

    /** Notes that a producer found no room. */
    private void pressed(JobState job) {
        State state = job.admission;
        if (!state.isPressed) {
            state.isPressed = true;
            state.drainRate.lineBegan(unit.now().nanos());
        }
    }

    /** Notes that all who waited were let in, if there is room beyond that. */
    void relax(JobState job) {
        State state = job.admission;
        if (state.isPressed
                && state.waiting() == 0
                && job.queue.size() < job.definition.queue().capacity()) {
            state.isPressed = false;
        }
    }

    /** Takes out an execution that is delayed, or stands aside. */
    void takeOut(Execution execution) {
        unit.alarms.cancel(execution.alarm);
        execution.alarm = null;
        executions.leaveAside(execution);
    }

    /** Lets in who waits and for whom there is room, the most urgent first; true when somebody was. */
    boolean letIn(JobState job) {
        if (job.definition.shared() != null) {
            return false; // whether there is room is for its broker to know
        }
        boolean moved = false;
        for (Priority priority : Priority.MOST_URGENT_FIRST) {
            Arrival first = job.admission.line(priority).first();
            while (first != null && job.queue.hasRoom(priority, first.submission.payloadBytes())) {
                letIn(first);
                moved = true;
                first = job.admission.line(priority).first();
            }
            Arrival asker = job.admission.askers(priority).first();
            while (first == null && asker != null && job.queue.room(priority) > job.admission.told) {
                letIn(asker);
                asker = job.admission.askers(priority).first();
            }
        }
        return moved;
    }

    private void letIn(Arrival first) {
        if (first.alarm != null && first.alarm.isDue(unit.now())) {
            refuse(first, stayedFull(first.job));
        } else if (!admit(first)) {
            throw new IllegalStateException("a queue with room did not take what was offered");
        }
    }

    void refuseAll(JobState job, Refusal refusal) {
        refuseClients(job, refusal);
        for (Priority priority : Priority.values()) {
            job.admission.line(priority).all().forEach(arrival -> refuse(arrival, refusal));
        }
    }

    /** Refuses all who wait in line but for stages of pipelines. */
    void refuseClients(JobState job, Refusal refusal) {
        for (Priority priority : Priority.values()) {
            job.admission.askers(priority).all().forEach(asker -> refuse(asker, refusal));
            for (Arrival arrival : job.admission.line(priority).all()) {
                if (arrival.from == null) {
                    refuse(arrival, refusal);
                }
            }
        }
    }

    /** Takes a producer out of the line; it is not told, and brings nothing any more. */
    void withdraw(Arrival arrival) {
        leave(arrival);
        arrival.forget();
    }

    /** Takes a producer out of the line, if it stands there. */
    void leave(Arrival arrival) {
        unit.alarms.cancel(arrival.alarm);
        arrival.alarm = null;
        if (arrival.job.admission.lineOf(arrival).remove(arrival)) {
            if (arrival.from == null) {
                arrival.job.admission.waitingClients--;
            } else {
                arrival.from.admission.blockedBy.computeIfPresent(
                        arrival.job.name(), (name, count) -> count == 1 ? null : count - 1);
            }
        }
    }

    /** Tells a producer that what it brings is not taken. */
    void refuse(Arrival arrival, Refusal refusal) {
        leave(arrival);
        if (arrival.use != null) {
            arrival.job.keys.forget(arrival.use);
        }
        if (!arrival.onlyAsks) {
            arrival.job.counters.refused(refusal.type());
            unit.counted(arrival.job);
        }
        arrival.decide(refusal);
    }

    /** Returns the refusal of what the job's queue has no room for. */
    Refusal full(JobState job) {
        pressed(job);
        return Refusal.queueFull(job.name(), retryAfter(job));
    }

    /** Returns the refusal of who waited for room in vain. */
    Refusal stayedFull(JobState job) {
        return Refusal.queueStayedFull(job.name(), retryAfter(job));
    }

    private Duration retryAfter(JobState job) {
        return job.admission.drainRate.retryAfter(
                job.waitingProducers() + 1, unit.now().nanos());
    }

    private static Priority priority(Arrival arrival) {
        return arrival.submission.priority();
    }
}

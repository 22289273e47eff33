package dev.latido.core;

import dev.latido.event.Event;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionIds;
import dev.latido.job.ExecutionState;
import dev.latido.job.Gate;
import dev.latido.job.Priority;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredState;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Knows every execution, from being accepted to being forgotten. Whatever begins or ends one goes through here, so that it
 * is counted and announced.
 */
final class Executions {

    private final UnitOfWork unit;
    private final OnEnd[] onEnd;
    private final History history;
    private final Map<ExecutionId, Execution> executions = new HashMap<>();

    /** The jobs, set aside, whose executions stay in the store as they are, by the ids of these. */
    private final Map<ExecutionId, JobState> setAside = new HashMap<>();

    private final ExecutionIds ids = new ExecutionIds();
    private long nextOrder;

    /**
     * Makes an empty index.
     *
     * @param onEnd what else happens when one ends, in this order
     */
    Executions(UnitOfWork unit, HistoryConfig config, OnEnd[] onEnd) {
        this.unit = unit;
        this.onEnd = onEnd;
        this.history = new History(config, execution -> {
            executions.remove(execution.id);
            unit.holdings.forget(execution);
            unit.writes.forget(execution);
            Leases.forget(execution);
            if (execution.state() == ExecutionState.FAILED) {
                unit.lostDeadLetter(execution.job);
            }
            IdempotencyKeys.Use use = execution.use;
            if (use != null && !use.isForgotten) { // now it has to know by itself
                noteIn(use, execution);
            }
        });
    }

    @Nullable Execution find(ExecutionId id) {
        return executions.get(id);
    }

    /** Notes that the store holds an execution which is not taken up, because {@code job} is set aside. */
    void setAside(ExecutionId id, JobState job) {
        setAside.put(id, job);
    }

    /** Returns the job for which an execution is not taken up; null when there is no such execution. */
    @Nullable JobState whoseIsSetAside(ExecutionId id) {
        return setAside.get(id);
    }

    /** Returns a number greater than all before, for lists in the order of time. */
    long nextOrder() {
        return nextOrder++;
    }

    /** Returns an id that nothing has, for what is not an execution here yet. */
    ExecutionId nextId() {
        return ids.next(unit.now());
    }

    /** Makes an execution that nobody knows yet: {@link #accept} or {@link #dropNew} follows. */
    Execution make(JobState job, Priority priority, @Nullable String payload, int payloadBytes, boolean delayed) {
        ExecutionState state = delayed ? ExecutionState.WAITING : ExecutionState.QUEUED;
        Execution execution =
                new Execution(ids.next(unit.now()), job, priority, payload, payloadBytes, state, unit.now());
        execution.expireAfter(job.definition.expires());
        execution.key = job.keyIn(payload);
        return execution;
    }

    void accept(Execution execution) {
        enter(execution);
        announceQueued(execution);
        unit.markDirty(execution.job);
    }

    private void enter(Execution execution) {
        execution.job.counters.accepted++;
        executions.put(execution.id, execution);
        unit.changed(execution);
    }

    /** Takes up an execution from before the process began; it still has to be put where it belongs. */
    Execution restore(JobState job, StoredExecution stored, @Nullable StoredState state) {
        Execution execution = ExecutionRows.restore(job, stored, state, unit.now());
        executions.put(execution.id, execution);
        if (!execution.isPayloadAway()) {
            execution.key = job.keyIn(execution.payload());
        }
        boolean isHandedOver = state != null && !state.handovers().isEmpty();
        unit.holdings.restored(execution, isHandedOver);
        if (execution.isTick && !execution.state().isTerminal()) {
            job.opened(execution);
        }
        return execution;
    }

    /** Gives out only ids after {@code id}, and orders from {@code order} on. */
    void continueAfter(ExecutionId id, long order) {
        ids.continueAfter(id);
        nextOrder = Math.max(nextOrder, order + 1);
    }

    /** Puts an execution that had ended before the process began where it belongs; called in the order of their ends. */
    void remember(Execution execution, long order) {
        history.add(execution, order);
    }

    void announceQueued(Execution execution) {
        JobState job = execution.job;
        unit.involve(job); // it is told after what made it
        unit.announce(new Event.ExecutionQueued(
                job.name(),
                unit.now().wall(),
                execution.id,
                execution.priority,
                execution.state(),
                job.queue.size(execution.priority),
                job.running.size()));
    }

    /** Has an execution, in no list now, wait for something else than its turn. A place in its queue is held for it. */
    void stepAside(Execution execution, @Nullable String note) {
        JobState job = execution.job;
        execution.become(ExecutionState.WAITING, unit.now());
        execution.note = note;
        job.queue.restoreReserved(execution.priority, execution.payloadBytes);
        job.setAside(execution, nextOrder());
        announceQueued(execution);
    }

    /** Has an execution that stepped aside because of {@code gate} come back to its place in its queue. */
    void comeBack(Execution execution, Gate gate) {
        noteAside(execution, gate);
        comeBack(execution);
    }

    /** Has an execution that stepped aside come back to its place in its queue. */
    void comeBack(Execution execution) {
        leaveAside(execution);
        execution.become(ExecutionState.QUEUED, unit.now());
        execution.job.queue.putBack(execution, execution.priority, execution.queueOrder);
        announceQueued(execution);
    }

    /** Notes what held up an execution that leaves where it stood aside because of {@code gate}: others before, and that. */
    void noteAside(Execution execution, Gate gate) {
        Holds.noteUntil(execution, execution.sinceNanos, unit.now());
        Holds.note(execution, gate, execution.sinceNanos, unit.now());
    }

    /** Takes out an execution that stepped aside. */
    void leaveAside(Execution execution) {
        JobState job = execution.job;
        job.takeBack(execution);
        job.queue.releaseReserved(execution.priority, execution.payloadBytes);
    }

    /** Drops an execution on arrival. */
    void dropNew(Execution execution) {
        enter(execution);
        if (execution.state() == ExecutionState.WAITING) {
            execution.become(ExecutionState.QUEUED, unit.now()); // it would have been, and held a place for that
        }
        drop(execution);
    }

    /** Drops an execution that its queue evicted. */
    void drop(Execution execution) {
        execution.note =
                "dropped by " + execution.job.definition.queue().whenFull().wireName();
        end(execution, ExecutionState.DROPPED, execution.note, null);
    }

    /**
     * Ends an execution, which is in no list any more; {@link EndHooks} says what follows from that.
     *
     * @param took how long its last attempt took; null when none was under way
     */
    void end(Execution execution, ExecutionState state, @Nullable String why, @Nullable Duration took) {
        JobState job = execution.job;
        if (execution.state() != ExecutionState.RUNNING) {
            Holds.note(execution, unit.now());
        }
        execution.become(state, unit.now());
        unit.changed(execution);
        job.counters.ended(state);
        unit.announce(new Event.ExecutionEnded(
                job.name(),
                unit.now().wall(),
                execution.id,
                state,
                execution.priority,
                why,
                execution.attempt,
                job.definition.retry().attempts(),
                took,
                job.queue.size(execution.priority),
                job.running.size()));
        for (OnEnd each : onEnd) {
            each.ended(execution);
        }
        if (execution.origin == null || !execution.origin.isOwed) {
            remember(execution);
        }
    }

    /** Has an execution that has ended not be forgotten until {@link #remember(Execution)}. */
    void recall(Execution execution) {
        history.remove(execution);
    }

    /** Puts an execution that has ended, of which nothing is owed to a broker, where it may be forgotten. */
    void remember(Execution execution) {
        history.add(execution, nextOrder());
    }

    /** Notes in the use of its idempotency key how {@code execution} stands. */
    void noteIn(IdempotencyKeys.Use use, Execution execution) {
        use.note(execution.id, execution.state(), execution.isExpiredUnrun());
        unit.changed(execution.job, use);
    }

    /** Queues a failed execution again; there is room for it. */
    void retry(Execution execution) {
        JobState job = execution.job;
        history.remove(execution);
        job.counters.failed--;
        execution.become(ExecutionState.QUEUED, unit.now());
        execution.clearOutcome();
        execution.forgive();
        execution.dueMillis = unit.now().wall().toEpochMilli(); // it waits from now on
        job.queue.offer(execution, execution.priority);
        if (execution.isTick) {
            job.opened(execution);
        }
        unit.changed(execution);
        announceQueued(execution);
        unit.markDirty(job);
    }

    /** Forgets what is too old; true when there is more than can be done at once. */
    boolean prune() {
        return history.prune(unit.now());
    }

    /** Has history give way where executions hold too much memory; true when there is more of it than can be done at once. */
    boolean makeRoom() {
        int left = History.MAX_PER_PRUNE;
        while (unit.holdings.mustHistoryGiveWay()
                && left > 0
                && history.forgetOldest(unit.holdings.mustDeadLettersGiveWay())) {
            left--;
        }
        return left == 0;
    }

    /** Returns how many dead letters are kept, over all jobs. */
    int deadLetters() {
        return history.deadLetters();
    }

    int size() {
        return executions.size();
    }

    Iterable<Execution> all() {
        return executions.values();
    }
}

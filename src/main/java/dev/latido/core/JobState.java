package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.room.LinkedFifo;
import dev.latido.room.WaitingRoom;
import dev.latido.store.StoredJob;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The mutable state of one job. Only {@link JobEngine} and its parts touch it. What one of these alone changes is a state of
 * its own, private to it.
 */
final class JobState {

    final JobDefinition definition;
    final WaitingRoom<Execution> queue;

    /** How many delayed executions are looked at to find one among them. */
    static final int MAX_LOOKED_AT = 1_000;

    /** How many bytes of payloads the queue holds at most. */
    final long maxQueueBytes;

    /** Only {@link #setAside} and {@link #takeBack} change it. */
    final LinkedFifo<Execution> delayed = new LinkedFifo<>();

    private int retrying;
    final LinkedFifo<Execution> running = new LinkedFifo<>();
    private final Map<ExecutionState, LinkedFifo<Execution>> ended = new EnumMap<>(ExecutionState.class);

    final IdempotencyKeys keys;
    final Counters counters = new Counters();
    final RunCount runs = new RunCount();
    final RecentRuns recent;
    final LiveLimits limits;

    final Admission.State admission = new Admission.State();
    final DispatchGates.State gates = new DispatchGates.State();

    /** What has held up what is queued lately. Only {@link DispatchGates} writes it. */
    final GateLog gateLog = new GateLog();

    final Handovers.State handovers = new Handovers.State();
    final ResultPublications.State results = new ResultPublications.State();
    final Ticks.State ticks;
    final QueueDepths.State depths = new QueueDepths.State();
    final SharedTicks.State sharedTicks = new SharedTicks.State();
    final UnitOfWork.State turns = new UnitOfWork.State();
    final PendingWrites.State writes = new PendingWrites.State();
    final Waiters.Line drainers = new Waiters.Line();
    final WorkerWatch.State worker = new WorkerWatch.State();
    final WorkerHold.State hold = new WorkerHold.State();
    final Leases.State leases = new Leases.State();
    final Deliveries.State deliveries = new Deliveries.State();
    final Publications.State publications = new Publications.State();

    /** The executions by key; null where nothing is limited by key. Set as this is made. */
    @Nullable KeyLimiter keyLimiter;

    /** Null where there is none. Set as this is made. */
    @Nullable SharedBreaker breaker;

    /** Null where it was defined. Set as this is made. */
    @Nullable LeftBehind leftBehind;

    /**
     * What makes a job that the configuration does not name any more: the store holds executions of it. Nothing of it runs.
     *
     * @param row how the job stood, and stands again once it is defined again; null when that was never stored
     */
    record LeftBehind(@Nullable StoredJob row) {}

    private boolean isRunning;
    private boolean isClosed;
    private @Nullable Instant stoppedAt;

    JobState(JobDefinition definition, WaitingRoom<Execution> queue, long maxQueueBytes, PendingWrites writes) {
        this.maxQueueBytes = maxQueueBytes;
        this.definition = definition;
        this.queue = queue;
        this.keys = new IdempotencyKeys(definition, writes::forget, () -> counters.keysForgotten++);
        this.limits = new LiveLimits(definition);
        this.recent = new RecentRuns(definition.failing());
        this.ticks = new Ticks.State(definition.trigger().schedule());
        for (ExecutionState state : ExecutionState.values()) {
            if (state.isTerminal()) {
                ended.put(state, new LinkedFifo<>());
            }
        }
    }

    String name() {
        return definition.name();
    }

    LinkedFifo<Execution> ended(ExecutionState state) {
        LinkedFifo<Execution> list = ended.get(state);
        if (list == null) {
            throw new IllegalArgumentException(state + " is not terminal");
        }
        return list;
    }

    /** Tells whether the configuration does not name it any more. */
    boolean isUndefined() {
        return leftBehind != null;
    }

    boolean isRunning() {
        return isRunning;
    }

    boolean isClosed() {
        return isClosed;
    }

    /** Returns when it was last stopped; null for never. */
    @Nullable Instant stoppedAt() {
        return stoppedAt;
    }

    /** Tells whether nobody ever decided whether this job is to run. */
    boolean isUntouched() {
        return !isRunning && !isClosed && stoppedAt == null;
    }

    void start() {
        isRunning = true;
        isClosed = false;
    }

    void stop(Instant time) {
        isRunning = false;
        stoppedAt = time;
    }

    void close() {
        isClosed = true;
    }

    /** Takes up how it was before the process began. */
    void restore(boolean wasRunning, boolean wasClosed, @Nullable Instant lastStoppedAt) {
        isRunning = wasRunning;
        isClosed = wasClosed;
        stoppedAt = lastStoppedAt;
    }

    /** Takes up when the latest tick before the process began was due, and by which schedule. */
    void restoreTicks(@Nullable Instant tickedAt, @Nullable String schedule) {
        ticks.restore(tickedAt, schedule);
    }

    /** Returns the schedule that is in force, in one line; empty for none, null for one that is not known. */
    @Nullable String scheduleInForce() {
        return ticks.inForce();
    }

    /** Returns the key in {@code payload} by which executions are limited; null where none are. */
    @Nullable String keyIn(@Nullable String payload) {
        return keyLimiter == null ? null : keyLimiter.keyIn(payload);
    }

    /** Returns how many producers wait in line for room. */
    int waitingProducers() {
        return admission.waiting();
    }

    /** Returns when the latest tick was due, or the timer was started without one; null for never. */
    @Nullable Instant tickedAt() {
        return ticks.tickedAt();
    }

    /** Returns when the next tick is due; empty when none is. */
    Optional<Instant> nextTick(Moment now) {
        return ticks.next(SharedTicks.inStep(this, now));
    }

    /** A tick made {@code execution}, or somebody gave one that a tick made back to life. */
    void opened(Execution execution) {
        ticks.opened(execution);
    }

    /** An execution, for which a place in the queue is held, waits for something else than its turn. */
    void setAside(Execution execution, long order) {
        delayed.add(execution, order);
        retrying += isRetry(execution) ? 1 : 0;
    }

    /** An execution does not wait for something else any more. */
    void takeBack(Execution execution) {
        if (delayed.remove(execution)) {
            retrying -= isRetry(execution) ? 1 : 0;
        }
    }

    private static boolean isRetry(Execution execution) {
        return !execution.failures().isEmpty();
    }

    /** Returns how many executions that are delayed were tried before and failed. */
    int retrying() {
        return retrying;
    }

    /** An execution begins. */
    void began(Execution execution, long order) {
        running.add(execution, order);
        ticks.began(execution);
    }

    /** An execution is not running any more. */
    void left(Execution execution) {
        running.remove(execution);
        execution.attemptOver();
        ticks.left(execution);
    }

    /** Returns how many executions are with workers. */
    int atWorkers() {
        return running.size() - handovers.open();
    }

    boolean canBegin() {
        return isRunning && !gates.isResting() && running.size() < limits.concurrency();
    }

    boolean isIdle() {
        return !hasWork() && waitingProducers() == 0;
    }

    /** Tells whether there are executions that have not ended. */
    boolean hasWork() {
        return waits() || running.size() > 0;
    }

    /** Tells whether there are executions that no worker has yet. */
    boolean waits() {
        return queue.size() > 0 || delayed.size() > 0;
    }

    /** Returns since when what has waited longest to be begun has done so; null when nothing that is due waits. */
    @Nullable Instant oldestQueuedAt() {
        long oldest = Long.MAX_VALUE;
        for (Priority priority : Priority.values()) {
            for (Execution first : queue.list(priority, null, Long.MIN_VALUE, 1)) {
                oldest = Math.min(oldest, first.readyMillis());
            }
        }
        if (ticks.aside() > 0 || (keyLimiter != null && keyLimiter.aside() > 0)) {
            for (Execution each : delayed.list(null, Long.MIN_VALUE, MAX_LOOKED_AT)) {
                oldest = each.isAside ? Math.min(oldest, each.readyMillis()) : oldest;
            }
        }
        return oldest == Long.MAX_VALUE ? null : Instant.ofEpochMilli(oldest);
    }
}

package dev.latido.control;

import dev.latido.command.JobStatus;
import dev.latido.command.JobView;
import dev.latido.command.Refusal;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.limit.DrainRate;
import dev.latido.queue.JobQueue;
import dev.latido.queue.LinkedFifo;
import dev.latido.schedule.Timer;
import dev.latido.store.StoredJob;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The mutable state of one job. Only {@link JobControl} and its parts touch it. */
final class JobState {

    private static final double WELL_FILLED = 0.8;

    final JobDefinition definition;
    final JobQueue<Execution> queue;
    final LinkedFifo<Execution> delayed = new LinkedFifo<>();
    final LinkedFifo<Execution> running = new LinkedFifo<>();
    final Map<Priority, LinkedFifo<Arrival>> arrivals = new EnumMap<>(Priority.class);
    final IdempotencyKeys keys;
    final Counters counters = new Counters();
    final DrainRate drainRate = new DrainRate();
    final Waiters.Line drainers = new Waiters.Line();
    private final Map<ExecutionState, LinkedFifo<Execution>> ended = new EnumMap<>(ExecutionState.class);

    boolean isRunning;
    boolean isClosed;
    long executionCount;

    @Nullable Instant lastExecutionTime;

    @Nullable Instant stoppedAt;

    /** When the latest tick was due, or its timer was started without one. */
    @Nullable Instant tickedAt;

    @Nullable Timer timer;

    Alarms.@Nullable Alarm tickAlarm;

    /** How many executions that ticks made have not ended. */
    int openTicks;

    /** When to look for a worker again; set while the last look found none. */
    Alarms.@Nullable Alarm workerAlarm;

    /** What is missing; null when the worker could be reached the last time. */
    @Nullable String missingWorker;

    /** Executions in flight whose results wait for room in the next jobs' queues. */
    int handingOver;

    /** How many of the results wait for room, by the job that has none. */
    final Map<String, Integer> blockedBy = new TreeMap<>();

    /** Producers in line but for those that are stages of a pipeline, whose number is bounded elsewhere. */
    int waitingClients;

    /** True since a producer found no room, until there is room for all. */
    private boolean isPressed;

    /** True while the job stands in the line of those to be looked at. */
    boolean isTouched;

    /** True while it changed since the store was told. */
    boolean isChanged;

    /** The newest turn whose effects concern this job. */
    long involvedIn;

    /** How far the store has to be before further effects that concern this job may be performed. */
    long heldUntil;

    JobState(JobDefinition definition, JobQueue<Execution> queue, Changes changes) {
        this.definition = definition;
        this.queue = queue;
        this.keys = new IdempotencyKeys(definition, changes);
        for (Priority priority : Priority.values()) {
            arrivals.put(priority, new LinkedFifo<>());
        }
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

    LinkedFifo<Arrival> arrivals(Priority priority) {
        LinkedFifo<Arrival> line = arrivals.get(priority);
        if (line == null) {
            throw new AssertionError("every priority has a line");
        }
        return line;
    }

    int waitingProducers() {
        int waiting = 0;
        for (LinkedFifo<Arrival> line : arrivals.values()) {
            waiting += line.size();
        }
        return waiting;
    }

    /** Notes that a producer found no room. */
    void pressed(Moment now) {
        if (!isPressed) {
            isPressed = true;
            drainRate.lineBegan(now.nanos());
        }
    }

    /** Notes that a place in the queue became free. */
    void departed(Moment now) {
        if (isPressed) {
            drainRate.departed(now.nanos());
        }
    }

    /** Notes that all who waited were let in, if there is room beyond that. */
    void relax() {
        if (isPressed
                && waitingProducers() == 0
                && queue.size() < definition.queue().capacity()) {
            isPressed = false;
        }
    }

    boolean canBegin() {
        return isRunning && workerAlarm == null && running.size() < definition.concurrency();
    }

    boolean isIdle() {
        return !hasWork() && waitingProducers() == 0;
    }

    /** Tells whether there are executions that have not ended. */
    boolean hasWork() {
        return queue.size() > 0 || delayed.size() > 0 || running.size() > 0;
    }

    /** Says what is not as it should be; null when all is well. */
    @Nullable String whyDegraded() {
        if (missingWorker != null) {
            return "job '" + name() + "' is waiting for a worker: " + missingWorker;
        }
        int kept = queue.size() + delayed.size();
        return kept >= WELL_FILLED * definition.queue().capacity()
                ? "the queue of job '" + name() + "' holds " + kept + " of "
                        + definition.queue().capacity()
                : null;
    }

    /** Takes back that a run began: no worker was there. */
    void nothingWasRun() {
        executionCount--;
        if (executionCount == 0) {
            lastExecutionTime = null;
        }
    }

    /** Returns what the store is told. What is in memory only is not counted either. */
    StoredJob row() {
        boolean counts = definition.durability() != Durability.NONE;
        return new StoredJob(
                name(),
                isRunning,
                isClosed,
                millis(stoppedAt),
                millis(tickedAt),
                counts ? executionCount : 0,
                counts ? millis(lastExecutionTime) : 0,
                (counts ? counters : new Counters()).row());
    }

    /** Takes up how the job stood before the process began. */
    void restore(StoredJob stored) {
        isRunning = stored.isRunning();
        isClosed = stored.isClosed();
        stoppedAt = instant(stored.stoppedMillis());
        tickedAt = instant(stored.tickedMillis());
        executionCount = stored.executionCount();
        lastExecutionTime = instant(stored.lastExecutionMillis());
        counters.restore(stored.counters());
    }

    private static long millis(@Nullable Instant time) {
        return time == null ? 0 : time.toEpochMilli();
    }

    private static @Nullable Instant instant(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }

    /** Tells whether nobody ever decided whether this job is to run. */
    boolean isUntouched() {
        return !isRunning && !isClosed && stoppedAt == null;
    }

    JobStatus status(String message) {
        return new JobStatus(isRunning, executionCount, lastExecutionTime, message);
    }

    String inFlight() {
        return running.size() == 1 ? "one run is in flight" : running.size() + " runs are in flight";
    }

    String stillInFlight() {
        return running.size() == 1 ? "one run is still in flight" : running.size() + " runs are still in flight";
    }

    /** Says how the job stands and, when it does not work, why. */
    String why(Turn turn) {
        if (turn.isShuttingDown()) {
            return "stopping with the service" + (running.size() == 0 ? "" : "; " + inFlight());
        }
        if (!isRunning) {
            String closed = isClosed ? "completed and " : "";
            return stoppedAt == null
                    ? closed + "stopped: has not been started" + queuedNote()
                    : closed + "stopped at " + stoppedAt + queuedNote();
        }
        String closing = isClosed ? "completed, working off the rest: " : "";
        Refusal storeRefusal = turn.storeRefusal();
        return storeRefusal != null && turn.isWithoutStore(this)
                ? closing + "waiting for the store: " + storeRefusal.detail()
                : closing + whyStarted(turn.now());
    }

    private String whyStarted(Moment now) {
        if (missingWorker != null) {
            return "waiting for a worker: " + missingWorker;
        }
        String blocked = handingOver == 0
                ? ""
                : handingOver + " done, waiting for room in the queue of job "
                        + blockedBy.keySet().stream()
                                .map(name -> "'" + name + "'")
                                .collect(Collectors.joining(", "));
        if (handingOver > 0 && handingOver == running.size()) {
            return "blocked: " + blocked + (queue.size() == 0 ? "" : "; " + queue.size() + " queued");
        }
        String rest = blocked.isEmpty() ? "" : "; " + blocked;
        if (queue.size() > 0 && running.size() >= definition.concurrency()) {
            return "working; " + queue.size() + " queued, waiting for a slot (" + running.size() + " of "
                    + definition.concurrency() + " taken)" + rest;
        }
        if (running.size() > 0) {
            return "working; " + inFlight() + rest;
        }
        if (delayed.size() > 0) {
            return "nothing is due; " + delayed.size() + " delayed" + nextTickNote(now);
        }
        return "nothing to do; the queue is empty" + nextTickNote(now);
    }

    private String queuedNote() {
        int kept = queue.size() + delayed.size();
        return kept == 0 ? "" : "; " + kept + " queued until it is started";
    }

    private String nextTickNote(Moment now) {
        return timer == null
                ? ""
                : timer.next(now).map(next -> ", next tick at " + next).orElse(", and no tick will come any more");
    }

    JobView view(Turn turn) {
        Map<Priority, Integer> queued = new EnumMap<>(Priority.class);
        for (Priority priority : Priority.values()) {
            queued.put(priority, queue.size(priority));
        }
        return new JobView(
                name(),
                isRunning,
                isClosed,
                why(turn),
                executionCount,
                lastExecutionTime,
                definition.schedule() == null ? null : definition.schedule().describe(),
                timer == null ? null : timer.next(turn.now()).orElse(null),
                new JobView.Queue(
                        definition.queue().capacity(),
                        definition.queue().whenFull().wireName(),
                        queued,
                        delayed.size(),
                        waitingProducers()),
                running.size(),
                definition.concurrency(),
                definition.timeout().toMillis(),
                definition.durability(),
                definition.next(),
                counters.view());
    }
}

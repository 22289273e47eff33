package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.policy.DrainRate;
import dev.latido.policy.RateConfig;
import dev.latido.policy.RateLimit;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.JobStatus;
import dev.latido.protocol.JobView;
import dev.latido.room.JobQueue;
import dev.latido.room.LinkedFifo;
import dev.latido.schedule.Timer;
import dev.latido.store.StoredJob;
import java.time.Instant;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The mutable state of one job. Only {@link JobEngine} and its parts touch it. */
final class JobState {

    final JobDefinition definition;
    final JobQueue<Execution> queue;

    /** How many bytes of payloads the queue holds at most. */
    final long maxQueueBytes;

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

    /** The same, of those that reached their worker for sure. */
    private @Nullable Instant lastReachedTime;

    @Nullable Instant stoppedAt;

    /** When the latest tick was due, or its timer was started without one. */
    @Nullable Instant tickedAt;

    @Nullable Timer timer;

    /** What went wrong with its schedule; null while nothing does. It has no ticks meanwhile. */
    @Nullable String timerFault;

    Alarms.@Nullable Alarm tickAlarm;

    /** How many executions that ticks made have not ended. */
    int openTicks;

    /** How many of them are running. */
    private int runningTicks;

    /** Executions that ticks made and that wait for the run of another one to end, the first one first. */
    final Set<Execution> ticksAside = new LinkedHashSet<>(0);

    /** How many executions may be in flight at once, now. */
    int concurrency;

    /** How often executions may start, now; null for no limit. */
    private @Nullable RateConfig rateConfig;

    private @Nullable RateLimit rate;

    /** What was set while the service ran and is to be kept; null and 0 where that is what the definition says. */
    private int keptConcurrency;

    private String keptRate = "";

    /** When the next permit comes; set while somebody waits for it. */
    Alarms.@Nullable Alarm rateAlarm;

    /** Since when, on the monotonic clock, a limit or an open breaker holds up what is queued; null while none does. */
    @Nullable Long heldSinceNanos;

    /** The executions by key; null where nothing is limited by key. */
    @Nullable KeyLimiter keyLimiter;

    /** Null where there is none. */
    @Nullable SharedBreaker breaker;

    /** When to take from the queue again; set after so much was put aside that others get their turn first. */
    Alarms.@Nullable Alarm restAlarm;

    /** What is known of its worker. */
    final WorkerWatch.State worker = new WorkerWatch.State();

    /** Executions in flight whose results wait for room in the next jobs' queues. */
    int handingOver;

    /** How many of the results wait for room, by the job that has none. */
    final Map<String, Integer> blockedBy = new TreeMap<>();

    /** Producers in line but for those that are stages of a pipeline, whose number is bounded elsewhere. */
    int waitingClients;

    /** True since a producer found no room, until there is room for all. */
    private boolean isPressed;

    /** True while the job stands in the line of those to be looked at. */
    boolean isDirty;

    /** True while it changed since the store was told. */
    boolean isChanged;

    /** The newest turn whose effects concern this job. */
    long involvedIn;

    /** How far the store has to be before further effects that concern this job may be performed. */
    long heldUntil;

    JobState(JobDefinition definition, JobQueue<Execution> queue, long maxQueueBytes, PendingWrites writes) {
        this.maxQueueBytes = maxQueueBytes;
        this.definition = definition;
        this.queue = queue;
        this.keys = new IdempotencyKeys(definition, writes);
        this.concurrency = definition.concurrency();
        this.rateConfig = definition.throttle().rate();
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

    /** An execution begins. */
    void began(Execution execution, long order) {
        running.add(execution, order);
        runningTicks += execution.isTick ? 1 : 0;
    }

    /** An execution is not running any more. */
    void left(Execution execution) {
        running.remove(execution);
        execution.begin = null;
        runningTicks -= execution.isTick ? 1 : 0;
    }

    /** Tells whether a run that a tick made is going on. */
    boolean isTickRunning() {
        return runningTicks > 0;
    }

    boolean canBegin() {
        return isRunning && restAlarm == null && running.size() < concurrency;
    }

    boolean isIdle() {
        return !hasWork() && waitingProducers() == 0;
    }

    /** Tells whether there are executions that have not ended. */
    boolean hasWork() {
        return queue.size() > 0 || delayed.size() > 0 || running.size() > 0;
    }

    /** An execution that began at {@code startedMillis} reached its worker. */
    void reachedWorker(long startedMillis) {
        if (lastReachedTime == null || lastReachedTime.toEpochMilli() < startedMillis) {
            lastReachedTime = Instant.ofEpochMilli(startedMillis);
        }
    }

    /** Takes back that a run began: no worker was there. Called before it is out of {@link #running}. */
    void nothingWasRun() {
        executionCount--;
        if (running.size() - handingOver <= 1) {
            lastExecutionTime = lastReachedTime;
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
                keptConcurrency,
                keptRate,
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
        lastReachedTime = lastExecutionTime;
        counters.restore(stored.counters());
        keptConcurrency = stored.concurrency();
        keptRate = stored.rate();
        if (keptConcurrency > 0) {
            concurrency = Math.min(keptConcurrency, definition.maxConcurrency());
        }
        if (!keptRate.isEmpty()) {
            rateConfig = RateText.parse(keptRate);
        }
    }

    /** Returns what limits how often executions may start; null for no limit. */
    @Nullable RateLimit rate(Moment now) {
        RateConfig config = rateConfig;
        if (rate == null && config != null) {
            rate = RateLimit.of(config, now.nanos());
        }
        return rate;
    }

    /** Takes what was changed while the service runs. */
    void change(JobSettings settings) {
        if (settings.changesConcurrency()) {
            Integer wanted = settings.concurrency();
            concurrency = wanted == null ? definition.concurrency() : wanted;
            keptConcurrency = !settings.isStored() ? keptConcurrency : wanted == null ? 0 : wanted;
        }
        if (settings.changesRate()) {
            RateConfig wanted = settings.removesRate() || settings.rate() != null
                    ? settings.rate()
                    : definition.throttle().rate();
            if (!Objects.equals(rateConfig, wanted)) { // else it would begin full again
                rateConfig = wanted;
                rate = null;
            }
            boolean isDefault = settings.rate() == null && !settings.removesRate();
            keptRate = !settings.isStored() ? keptRate : isDefault ? "" : RateText.of(wanted);
        }
    }

    /** Tells whether it may do something else than its definition says. */
    boolean isChangedFromDefinition() {
        return concurrency != definition.concurrency()
                || !Objects.equals(rateConfig, definition.throttle().rate());
    }

    /** Returns the rate limit for people; null for none. */
    @Nullable String rateText() {
        return rateConfig == null ? null : RateText.forPeople(rateConfig);
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

    private JobView.Policies policies() {
        return new JobView.Policies(
                definition.retry().attempts(),
                rateConfig,
                definition.throttle().key(),
                definition.throttle().rateByKey(),
                definition.throttle().concurrencyByKey(),
                breaker == null ? null : new JobView.Breaker(breaker.name, breaker.state(), breaker.openUntil()),
                definition.hasFallback(),
                definition.expires() == null
                        ? null
                        : (Long) definition.expires().toMillis());
    }

    /**
     * Returns all there is to know of it.
     *
     * @param why what it does, or why not
     */
    JobView view(Moment now, String why) {
        return view(
                why,
                definition.trigger().schedule() == null
                        ? null
                        : definition.trigger().schedule().describe(),
                timer == null ? null : timer.next(now).orElse(null),
                policies());
    }

    /** Returns what can be told without asking anybody else. */
    JobView viewInPart(String why) {
        return view(
                why,
                null,
                null,
                new JobView.Policies(
                        definition.retry().attempts(),
                        rateConfig,
                        definition.throttle().key(),
                        definition.throttle().rateByKey(),
                        definition.throttle().concurrencyByKey(),
                        null,
                        definition.hasFallback(),
                        null));
    }

    private JobView view(String why, @Nullable String schedule, @Nullable Instant nextTick, JobView.Policies policies) {
        Map<Priority, Integer> queued = new EnumMap<>(Priority.class);
        for (Priority priority : Priority.values()) {
            queued.put(priority, queue.size(priority));
        }
        return new JobView(
                name(),
                isRunning,
                isClosed,
                why,
                executionCount,
                lastExecutionTime,
                schedule,
                nextTick,
                new JobView.Queue(
                        definition.queue().capacity(),
                        definition.queue().whenFull().wireName(),
                        queued,
                        delayed.size(),
                        waitingProducers(),
                        queue.bytes(),
                        maxQueueBytes),
                running.size(),
                concurrency,
                policies,
                definition.timeout().toMillis(),
                definition.durability(),
                definition.next(),
                ended(ExecutionState.FAILED).size(),
                counters.view());
    }
}

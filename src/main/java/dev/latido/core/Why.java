package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.memory.MemoryBudget;
import dev.latido.policy.RateLimit;
import dev.latido.protocol.Reason;
import dev.latido.protocol.Refusal;
import dev.latido.queue.ProducerConfig;
import dev.latido.store.StoredFault;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says what a job does or, when it does not work, why not; and what is not as it should be. Changes nothing. */
final class Why {

    /** From which share of a bound on it is told. */
    private static final double WELL_FILLED = 0.8;

    private final UnitOfWork unit;
    private final GlobalLimit global;
    private final CrashQuarantine quarantine;
    private final Executions executions;
    private final HistoryConfig.Bounds deadLetters;

    Why(
            UnitOfWork unit,
            GlobalLimit global,
            CrashQuarantine quarantine,
            Executions executions,
            HistoryConfig.Bounds deadLetters) {
        this.unit = unit;
        this.executions = executions;
        this.deadLetters = deadLetters;
        this.global = global;
        this.quarantine = quarantine;
    }

    /** Says what is not as it should be with {@code job}; null when all is well. */
    @Nullable String isDegraded(JobState job) {
        try {
            return degraded(job);
        } catch (RuntimeException fault) { // others are looked at too
            return "job '" + job.name() + "' cannot be looked at: " + fault;
        }
    }

    private @Nullable String degraded(JobState job) {
        StoredFault fault = unit.faultOf(job.name());
        if (fault != null) {
            return "job '" + job.name() + "' is " + setAside(fault);
        }
        if (job.isUndefined()) {
            return job.hasWork() ? "job '" + job.name() + "' is " + undefined(job) : null;
        }
        if (job.ticks.fault() != null) {
            return "job '" + job.name() + "' has no ticks: " + job.ticks.fault();
        }
        String queue = queue(job);
        if (queue != null) {
            return "job '" + job.name() + "' " + queue;
        }
        String notice = notice(job);
        if (!notice.isEmpty()) {
            return "job '" + job.name() + "': " + notice;
        }
        ProducerConfig results = job.definition.resultQueue();
        if (results != null && job.results.trouble() != null) {
            return "job '" + job.name() + "' cannot publish results to queue " + results.id() + ": "
                    + job.results.trouble();
        }
        String missing = missingWorker(job);
        if (missing != null) {
            return "job '" + job.name() + "' is waiting for a worker: " + missing;
        }
        SharedBreaker breaker = job.breaker;
        if (job.isRunning() && breaker != null && breaker.openUntil() != null) {
            return "the breaker '" + breaker.name + "' of job '" + job.name() + "' is open until "
                    + breaker.openUntil();
        }
        String failing = job.isRunning() ? job.recent.describe() : null;
        if (failing != null) {
            return "job '" + job.name() + "' is failing: " + failing;
        }
        int kept = job.queue.size() + job.delayed.size();
        int capacity = job.definition.queue().capacity();
        if (kept >= WELL_FILLED * capacity && job.definition.shared() == null) {
            return "the queue of job '" + job.name() + "' holds " + kept + " of " + capacity;
        }
        if (isWellFilledWithBytes(job)) {
            return "the queue of job '" + job.name() + "' holds " + bytes(job);
        }
        if (!job.isRunning() && job.waits() && job.definition.shared() == null && !unit.isShuttingDown()) {
            return "job '" + job.name() + "' is " + stands(job).text();
        }
        String letters = deadLetters(job);
        return letters.isEmpty() ? null : "job '" + job.name() + "' keeps " + letters;
    }

    /** Says that dead letters will be lost soon, over all jobs; null when they will not. */
    @Nullable String isFullOfDeadLetters() {
        int kept = executions.deadLetters();
        return deadLetters.maxTotal() > 0 && kept >= WELL_FILLED * deadLetters.maxTotal()
                ? kept + " dead letters are kept of " + deadLetters.maxTotal() + " (history.deadLetters.maxTotal);"
                        + " beyond that the oldest are lost"
                : null;
    }

    private String deadLetters(JobState job) {
        int kept = job.ended(ExecutionState.FAILED).size();
        return deadLetters.maxPerJob() > 0 && kept >= WELL_FILLED * deadLetters.maxPerJob()
                ? kept + " dead letters of " + deadLetters.maxPerJob() + " (history.deadLetters.maxPerJob); beyond that"
                        + " the oldest are lost"
                : "";
    }

    /** Says how {@code job} stands and, when it does not work, why. */
    Standing of(JobState job) {
        StoredFault fault = unit.faultOf(job.name());
        if (fault != null) {
            return new Standing(Reason.SET_ASIDE, setAside(fault));
        }
        if (job.isUndefined()) {
            return new Standing(Reason.UNDEFINED, undefined(job));
        }
        String letters = deadLetters(job);
        String fill = job.waitingProducers() > 0 ? "; queue full: " : "; the queue holds ";
        String full = isWellFilledWithBytes(job) ? fill + bytes(job) : "";
        String failing = job.recent.describe();
        String notice = notice(job);
        return stands(job)
                .with(
                        "",
                        (notice.isEmpty() ? "" : "; " + notice)
                                + (failing == null ? "" : "; " + failing)
                                + full
                                + (letters.isEmpty() ? "" : "; " + letters));
    }

    /** Says what its queue at a broker has that nobody will work on; empty when there is nothing. */
    private static String notice(JobState job) {
        SharedQueue queue = job.definition.shared();
        String notice = QueueNotices.text(job.depths.depth());
        return queue == null || notice.isEmpty() ? "" : "its queue " + queue.id() + " has " + notice;
    }

    private static boolean isWellFilledWithBytes(JobState job) {
        return job.queue.bytes() >= WELL_FILLED * job.maxQueueBytes;
    }

    private static String bytes(JobState job) {
        return job.queue.bytes() + " of " + job.maxQueueBytes + " bytes";
    }

    /** Says that no more work will be taken in soon, for want of memory; null when there is enough. */
    @Nullable String isFullOfMemory() {
        MemoryBudget memory = unit.holdings.budget();
        return memory.used() >= WELL_FILLED * memory.max()
                ? "work and history take " + memory.used() + " of " + memory.max() + " bytes (maxMemory)"
                : null;
    }

    private static String undefined(JobState job) {
        return "no longer in the configuration" + kept(job)
                + ". Nothing of it is run: define it again, under this name, or purge it";
    }

    private static String setAside(StoredFault fault) {
        return "set aside, because a fault in working for it ended the process at "
                + Instant.ofEpochMilli(fault.millis()) + ": " + fault.why()
                + ". Its work is stored; it is tried again when the service is stopped and started";
    }

    private Standing stands(JobState job) {
        String inFlight = job.running.size() == 0 ? "" : "; " + JobViews.inFlight(job);
        if (unit.isShuttingDown()) {
            return new Standing(Reason.STOPPING, "stopping with the service" + inFlight);
        }
        if (!job.isRunning()) {
            String closed = job.isClosed() ? "completed and " : "";
            return new Standing(
                    Reason.STOPPED,
                    job.stoppedAt() == null
                            ? closed + "stopped: has not been started" + queued(job)
                            : closed + "stopped at " + job.stoppedAt() + queued(job));
        }
        String closing = job.isClosed() ? "completed, working off the rest: " : "";
        if (unit.pausedAt() != null) {
            return new Standing(
                    Reason.PAUSED, closing + "everything was paused at " + unit.pausedAt() + inFlight + kept(job));
        }
        Refusal storeRefusal = unit.storeRefusal();
        return storeRefusal != null && unit.isWithoutStore(job)
                ? new Standing(Reason.STORE, closing + "waiting for the store: " + storeRefusal.detail())
                : started(job).with(closing, "");
    }

    /** Says what is wrong with the queue of a job at its broker; null when nothing is, or it has none. */
    private static @Nullable String queue(JobState job) {
        SharedQueue queue = job.definition.shared();
        int elsewhere = job.leases.elsewhere();
        if (elsewhere > 0) {
            return elsewhere + " messages are still owed to another queue than "
                    + (queue == null ? "its own" : queue.id()) + ": name that one again until they are settled";
        }
        String down = queue == null ? null : job.leases.down();
        return down == null ? null : "cannot use its queue " + (queue == null ? "" : queue.id()) + ": " + down;
    }

    private Standing started(JobState job) {
        int queued = job.queue.size();
        int running = job.running.size();
        String lost = queue(job);
        if (lost != null) {
            return new Standing(Reason.QUEUE, lost + (running == 0 ? "" : "; " + JobViews.inFlight(job)) + kept(job));
        }
        String blocked = blocked(job);
        if (job.handovers.open() > 0 && job.handovers.open() == running) {
            return new Standing(
                    Reason.NEXT_STAGE_FULL, "blocked: " + blocked + (queued == 0 ? "" : "; " + queued + " queued"));
        }
        String rest = (blocked.isEmpty() ? "" : "; " + blocked) + alone(job);
        if (queued > 0 && running >= job.limits.concurrency()) {
            return new Standing(
                    Reason.SLOTS,
                    "working; " + queued + " queued, waiting for a slot (" + running + " of " + job.limits.concurrency()
                            + " taken" + JobViews.longestSince(job) + ")" + rest);
        }
        Standing gate = queued + quarantine.waiting(job) == 0 ? null : gate(job);
        if (gate != null) {
            String waiting = queued == 0 ? "" : queued + " queued, ";
            return gate.with((running == 0 ? "" : "working; " + JobViews.inFlight(job) + "; ") + waiting, rest);
        }
        String missing = missingWorker(job);
        if (missing != null) {
            return new Standing(Reason.MISSING_WORKER, "waiting for a worker: " + missing + rest);
        }
        if (running > 0) {
            return new Standing(Reason.WORKING, "working; " + JobViews.inFlight(job) + rest);
        }
        if (job.delayed.size() > 0) {
            boolean isByKey = job.keyLimiter != null && job.keyLimiter.aside() > 0;
            return new Standing(
                    isByKey ? Reason.KEY : Reason.DELAYED,
                    "nothing is due; " + delayed(job) + nextTick(job, unit.now()));
        }
        return new Standing(Reason.IDLE, "nothing to do; the queue is empty" + nextTick(job, unit.now()));
    }

    /** Says what is missing of the worker of a job that has work for it; null when nothing is, or nobody looked. */
    private static @Nullable String missingWorker(JobState job) {
        return job.isRunning() && job.queue.size() > 0 ? job.worker.missing() : null;
    }

    private static String blocked(JobState job) {
        if (job.handovers.open() == 0) {
            return "";
        }
        ProducerConfig results = job.definition.resultQueue();
        if (results != null && job.results.open() > 0) {
            String trouble = job.results.trouble();
            return job.results.open() + " done, whose results wait for queue " + results.id()
                    + (trouble == null ? "" : ": " + trouble);
        }
        return job.admission.blockedBy().isEmpty()
                ? job.handovers.open() + " done, whose results are on their way"
                : job.handovers.open() + " done, waiting for room in the queue of job "
                        + job.admission.blockedBy().keySet().stream()
                                .map(name -> "'" + name + "'")
                                .collect(Collectors.joining(", "));
    }

    /** Says what holds up work for which there is a slot; null when nothing does. */
    private @Nullable Standing gate(JobState job) {
        Moment now = unit.now();
        RateLimit limit = job.limits.rate(now);
        long permitIn = limit == null ? 0 : limit.next(now.nanos()) - now.nanos();
        if (permitIn > 0) {
            return new Standing(
                    Reason.RATE,
                    "rate limit " + job.limits.rateText() + ", next permit in "
                            + Duration.ofNanos(permitIn).toMillis() + " ms");
        }
        JobDefinition.BreakerUse use = job.definition.breaker();
        SharedBreaker breaker = job.breaker;
        if (use != null
                && use.whileOpen() == JobDefinition.WhileOpen.WAIT
                && breaker != null
                && !breaker.mayAcquire()) {
            Instant until = breaker.openUntil();
            return new Standing(
                    Reason.BREAKER,
                    "breaker '" + breaker.name + "' "
                            + (until == null ? "half-open, being probed" : "open until " + until));
        }
        String held = job.hold.describe();
        if (held != null) {
            return new Standing(Reason.WORKER_BUSY, held);
        }
        if (global.isFull()) {
            return new Standing(
                    Reason.SERVICE_SLOTS, "waiting for a slot: all " + global.limit() + " of the service are taken");
        }
        String suspicion = job.definition.mayRunInside() ? suspicion(job) : null;
        return suspicion == null ? null : new Standing(Reason.SUSPECT, suspicion);
    }

    /** Says that something is tried alone, or is to be, because it may be what killed the process; null when it is not. */
    private @Nullable String suspicion(JobState job) {
        Execution tried = quarantine.tried();
        if (tried != null) {
            return "waiting: execution " + tried.id + " of job '" + tried.job.name()
                    + "' is tried alone, because the process died while it ran";
        }
        return quarantine.isHeldUp(job)
                ? "waiting for what is running to end, so that a suspect can be tried alone"
                : null;
    }

    private String alone(JobState job) {
        int alone = quarantine.waiting(job);
        return alone == 0 ? "" : "; " + alone + " to be tried alone, because the process died while they ran";
    }

    /** Says what is delayed and why: for a time, for a retry, by its key, or to be tried alone. */
    private String delayed(JobState job) {
        int aside = job.keyLimiter == null ? 0 : job.keyLimiter.aside();
        int alone = quarantine.waiting(job);
        Execution soonest = null;
        for (Execution execution : job.delayed.list(null, Long.MIN_VALUE, JobState.MAX_LOOKED_AT)) {
            boolean isTimed = execution.dueMillis != 0 && !execution.isAside;
            if (isTimed && (soonest == null || execution.dueMillis < soonest.dueMillis)) {
                soonest = execution;
            }
        }
        String due = soonest == null
                ? ""
                : ", "
                        + Objects.requireNonNullElse(
                                ExecutionViews.nextAttempt(soonest),
                                "the next due at " + Instant.ofEpochMilli(soonest.dueMillis));
        int ticks = job.ticks.aside();
        int timed = job.delayed.size() - aside - alone - ticks;
        StringBuilder all = new StringBuilder(timed == 0 ? "" : timed + " delayed" + due);
        if (aside > 0) {
            all.append(all.isEmpty() ? "" : "; ").append(aside).append(" limited by their keys");
        }
        if (ticks > 0) {
            all.append(all.isEmpty() ? "" : "; ").append(ticks).append(" waiting for the run of the tick before");
        }
        if (alone > 0) {
            all.append(all.isEmpty() ? "" : "; ")
                    .append(alone)
                    .append(" to be tried alone, because the process died while they ran");
        }
        return all.toString();
    }

    private static String queued(JobState job) {
        return kept(job) + (job.queue.size() + job.delayed.size() == 0 ? "" : " until it is started");
    }

    private static String kept(JobState job) {
        int kept = job.queue.size() + job.delayed.size();
        return kept == 0 ? "" : "; " + kept + " queued";
    }

    private static String nextTick(JobState job, Moment now) {
        if (job.ticks.fault() != null) {
            return ", and no tick comes: " + job.ticks.fault();
        }
        return !job.ticks.hasTimer()
                ? ""
                : job.ticks
                        .next(now)
                        .map(next -> ", next tick at " + next)
                        .orElse(", and no tick will come any more: " + job.ticks.inForce()
                                + ", and its time has passed");
    }
}

package dev.latido.core;

import dev.latido.core.JobDefinition.WhileOpen;
import dev.latido.job.ExecutionState;
import dev.latido.job.FailedAttempt;
import dev.latido.job.Gate;
import dev.latido.policy.RateLimit;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an execution has to pass before it begins, besides a free slot of its job: the pause of everything, the store, the
 * rate limit and the circuit breaker of its job, a worker that is there, the limit on all jobs, its own expiry, and the limits of its key.
 */
final class DispatchGates {

    /** What may be done with an execution that was taken from its queue. */
    enum Pass {
        /** It begins. */
        GO,
        /** It begins with the fallback worker. */
        FALLBACK,
        /** It was put somewhere else, and the next one may be taken. */
        AWAY
    }

    /** What holds up one job. */
    static final class State {

        /** When the next permit comes; set while somebody waits for it. */
        private Alarms.@Nullable Alarm rateAlarm;

        /** Since when, on the monotonic clock, a limit or an open breaker holds up what is queued; null while none does. */
        private @Nullable Long heldSinceNanos;

        /** When to take from the queue again; set after so much was put aside that others get their turn first. */
        private Alarms.@Nullable Alarm restAlarm;

        /** What {@link #areOpen} found to hold up what is queued; null for nothing. */
        private @Nullable Gate shut;

        /** Tells whether nothing is taken from the queue until others had their turn. */
        boolean isResting() {
            return restAlarm != null;
        }

        /** Returns how many alarms are set, for tests. */
        int alarms() {
            return (rateAlarm == null ? 0 : 1) + (restAlarm == null ? 0 : 1);
        }
    }

    private final UnitOfWork unit;
    private final Executions executions;
    private final WorkerWatch watch;
    private final WorkerHold workerHold;
    final GlobalLimit global;

    /** How many executions are with workers that run inside this process. */
    private int inside;

    DispatchGates(
            UnitOfWork unit, Executions executions, WorkerWatch watch, WorkerHold workerHold, GlobalLimit global) {
        this.unit = unit;
        this.executions = executions;
        this.watch = watch;
        this.workerHold = workerHold;
        this.global = global;
    }

    /** Tells whether {@code job}, which has a free slot, may take something from its queue. */
    boolean areOpen(JobState job, boolean hasWork) {
        if (!hasWork || unit.pausedAt() != null || unit.isWithoutStore(job)) {
            global.leave(job);
            job.gates.heldSinceNanos = null;
            return false;
        }
        job.gates.shut = null;
        if (isRateLimited(job) || isShut(job)) {
            global.leave(job);
            hold(job);
            return false;
        }
        if (!isFailingOver(job)) {
            if (!workerHold.mayBegin(job)) {
                global.leave(job);
                hold(job);
                job.gates.shut = Gate.WORKER_BUSY;
                return false;
            } else if (!watch.mayBegin(job)) {
                global.leave(job);
                job.gates.shut = Gate.MISSING_WORKER;
                return false;
            }
        }
        boolean hasPlace = global.hasPlaceFor(job);
        if (!hasPlace) {
            hold(job);
            job.gates.shut = Gate.SERVICE_SLOTS;
        }
        return hasPlace;
    }

    /** Tells whether {@code job}, which is started, may begin something but for its rate and free slots. */
    boolean mayBegin(JobState job) {
        return unit.pausedAt() == null && !unit.isWithoutStore(job) && !isShut(job);
    }

    /** Takes nothing more from the job's queue until other inputs had their turn. */
    void rest(JobState job) {
        job.gates.restAlarm = unit.after(Duration.ZERO, () -> {
            job.gates.restAlarm = null;
            unit.markDirty(job);
        });
    }

    /** The rate limit of {@code job} may be another one now. */
    void rateChanged(JobState job) {
        unit.alarms.cancel(job.gates.rateAlarm);
        job.gates.rateAlarm = null;
    }

    /** A limit or the breaker holds up what is queued, from now on if not longer. */
    private void hold(JobState job) {
        if (job.gates.heldSinceNanos == null) {
            job.gates.heldSinceNanos = unit.now().nanos();
        }
    }

    /** Returns how long {@code execution}, which begins, was held up, or the queue before it; null when it was not. */
    @Nullable Duration held(Execution execution) {
        JobState job = execution.job;
        Long since = job.gates.heldSinceNanos;
        long byKey = job.keyLimiter == null ? 0 : job.keyLimiter.heldNanos(execution);
        if (since == null && byKey == 0) {
            return null;
        }
        job.gates.heldSinceNanos = null;
        return Duration.ofNanos(byKey + (since == null ? 0 : unit.now().nanos() - since));
    }

    /** A suspect holds up what is queued. */
    void heldUpBySuspect(JobState job) {
        job.gates.shut = Gate.SUSPECT;
    }

    /** Notes what holds up what is queued of {@code job} from now on, after it was looked at, stopped or paused. */
    void noteHold(JobState job) {
        GateLog log = job.gateLog;
        if (job.queue.size() > 0) {
            log.note(gate(job), unit.now().nanos());
        } else if (!log.isEmpty()) {
            log.note(null, unit.now().nanos());
            if (job.delayed.size() == 0) { // else one that stands aside may still ask
                log.clear();
            }
        }
    }

    private @Nullable Gate gate(JobState job) {
        if (!job.isRunning()) {
            return Gate.STOPPED;
        } else if (unit.pausedAt() != null) {
            return Gate.PAUSED;
        } else if (unit.isWithoutStore(job)) {
            return Gate.STORE;
        } else if (job.running.size() >= job.limits.concurrency()) {
            return job.atWorkers() == 0 ? Gate.NEXT_STAGE_FULL : Gate.SLOTS;
        }
        return job.gates.shut;
    }

    private boolean isRateLimited(JobState job) {
        RateLimit rate = job.limits.rate(unit.now());
        if (rate == null) {
            return false;
        }
        long now = unit.now().nanos();
        long next = rate.next(now);
        if (next - now <= 0) {
            return false;
        }
        job.gates.shut = Gate.RATE;
        if (job.gates.rateAlarm == null) {
            job.gates.rateAlarm = unit.set(next, () -> {
                job.gates.rateAlarm = null;
                unit.markDirty(job);
            });
        }
        return true;
    }

    private static boolean isShut(JobState job) {
        if (job.breaker == null || failsOver(job) || job.breaker.mayAcquire()) {
            return false;
        }
        job.gates.shut = Gate.BREAKER;
        job.breaker.lookAgain();
        return true;
    }

    /** Tells whether what {@code job} begins next goes to its fallback, because the breaker lets nothing through. */
    private boolean isFailingOver(JobState job) {
        return job.breaker != null && failsOver(job) && !job.breaker.mayAcquire();
    }

    private static boolean failsOver(JobState job) {
        JobDefinition.BreakerUse use = job.definition.breaker();
        return use != null && use.whileOpen() == WhileOpen.FALLBACK;
    }

    /** Lets an execution that was just taken from its queue begin, or puts it elsewhere. */
    Pass pass(Execution execution) {
        JobState job = execution.job;
        if (execution.isExpired(unit.now())) {
            expire(execution);
            return Pass.AWAY;
        }
        if (job.keyLimiter != null && !job.keyLimiter.pass(execution)) {
            return Pass.AWAY;
        }
        if (execution.isOutOfAttempts) {
            if (job.definition.hasFallback()) {
                return Pass.FALLBACK;
            }
            lostFallback(execution);
            return Pass.AWAY;
        }
        if (job.breaker != null) {
            if (!job.breaker.mayAcquire()) {
                return Pass.FALLBACK; // else nothing would have been taken from the queue
            }
            job.breaker.acquire(execution);
        }
        return Pass.GO;
    }

    /** Its worker is not asked again, and the fallback that was left to try is not configured any more. */
    private void lostFallback(Execution execution) {
        List<FailedAttempt> failures = execution.failures();
        execution.error = (failures.isEmpty()
                        ? ""
                        : failures.get(failures.size() - 1).error() + "; ") + "its job has no fallback any more";
        executions.end(execution, ExecutionState.FAILED, execution.error, null);
    }

    /** Returns how many executions are with workers that run inside this process, over all jobs. */
    int inside() {
        return inside;
    }

    /** Ends an execution, in no list any more, whose time to be started is over. */
    void expire(Execution execution) {
        execution.error = "expired: not started by " + Instant.ofEpochMilli(execution.expiresMillis);
        executions.end(execution, ExecutionState.FAILED, execution.error, null);
    }

    /** An execution begins. */
    void began(Execution execution) {
        JobState job = execution.job;
        global.take(job);
        inside += execution.isInside ? 1 : 0;
        RateLimit rate = job.limits.rate(unit.now());
        if (rate != null) {
            rate.take(unit.now().nanos());
        }
        if (job.keyLimiter != null) {
            job.keyLimiter.began(execution);
        }
    }

    /** An execution that began comes back, because its worker never got it: nothing was used. */
    void reachedNobody(Execution execution, Begin begin) {
        JobState job = execution.job;
        if (begin.rate() != null) {
            begin.rate().giveBack(begin.nanos(), unit.now().nanos());
        }
        if (job.keyLimiter != null) {
            job.keyLimiter.reachedNobody(execution, begin.nanos());
        }
        leftWorker(execution, null);
    }

    /**
     * An execution left its worker.
     *
     * @param isGood whether the worker did its work; null when nobody can say
     */
    void leftWorker(Execution execution, @Nullable Boolean isGood) {
        JobState job = execution.job;
        global.giveBack();
        inside -= execution.isInside ? 1 : 0;
        execution.isInside = false;
        if (job.keyLimiter != null) {
            job.keyLimiter.leftWorker(execution);
        }
        if (job.breaker != null && !execution.isByFallback) {
            job.breaker.ended(execution, isGood);
        }
    }
}

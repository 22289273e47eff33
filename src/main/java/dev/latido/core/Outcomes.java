package dev.latido.core;

import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.job.FailedAttempt;
import dev.latido.job.Outcome;
import dev.latido.job.ResultBound;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What becomes of an execution when an attempt at it is over, however that came: there is another one, or it ends. */
final class Outcomes {

    /** How often a worker may refuse an execution untried; after that it counts as a failed attempt. */
    static final int MAX_THROTTLED = 100;

    private final UnitOfWork unit;
    private final Slots slots;
    private final Handovers handovers;
    private final DispatchGates gates;
    private final WorkerWatch watch;
    private final WorkerHold hold;
    private final RandomGenerator random;

    Outcomes(
            UnitOfWork unit,
            Slots slots,
            Handovers handovers,
            DispatchGates gates,
            WorkerWatch watch,
            WorkerHold hold,
            RandomGenerator random) {
        this.unit = unit;
        this.slots = slots;
        this.handovers = handovers;
        this.gates = gates;
        this.watch = watch;
        this.hold = hold;
        this.random = random;
    }

    /** The worker said how its attempt ended, or nobody got it. */
    void ended(Execution execution, Outcome outcome) {
        if (outcome instanceof Outcome.Overloaded overloaded && !execution.isByFallback) { // its own worker is another
            leaveAlone(execution, overloaded);
        }
        if (outcome instanceof Outcome.Success success) {
            gates.leftWorker(execution, true);
            workerAnswered(execution);
            execution.job.recent.succeeded(unit.now().wall().toEpochMilli());
            ResultBound bound = execution.job.definition.results();
            succeeded(execution, KeptResult.of(success.result(), bound.maxResult()), success.trace());
        } else if (outcome instanceof Outcome.Unavailable unavailable) {
            unavailable(execution, unavailable.why());
        } else if (execution.cancelRequested) {
            execution.job.runs.reachedWorker(execution.startedMillis);
            gates.leftWorker(execution, null);
            slots.finish(execution, ExecutionState.CANCELLED, null);
        } else if (outcome instanceof Outcome.Overloaded overloaded) {
            overloaded(execution, overloaded);
        } else if (outcome instanceof Outcome.Failure failure) {
            gates.leftWorker(execution, false);
            workerAnswered(execution);
            failed(execution, failure);
        }
    }

    /** The worker is left alone for a while, whatever becomes of the execution. */
    private void leaveAlone(Execution execution, Outcome.Overloaded outcome) {
        JobState job = execution.job;
        int times = outcome.isAttempt() ? execution.failures().size() + 1 : execution.throttled + 1;
        Duration wanted = outcome.retryAfter();
        watch.found(job);
        hold.begin(
                job,
                outcome.error(),
                wanted != null && wanted.compareTo(Duration.ZERO) > 0
                        ? wanted
                        : job.definition.retry().pause(times, random));
    }

    /** The worker has too much to do. If it did not try, its answer costs no attempt, up to a bound. */
    private void overloaded(Execution execution, Outcome.Overloaded outcome) {
        boolean isAttempt = outcome.isAttempt() || execution.isByFallback || execution.throttled >= MAX_THROTTLED;
        gates.leftWorker(execution, isAttempt ? false : null);
        execution.job.runs.reachedWorker(execution.startedMillis);
        if (isAttempt) {
            failed(execution, new Outcome.Failure(outcome.error(), false, outcome.retryAfter()));
        } else {
            execution.throttled++;
            execution.takeBackAttempt(beginOf(execution));
            slots.putBack(execution);
        }
    }

    private void succeeded(Execution execution, KeptResult result, @Nullable String trace) {
        JobDefinition definition = execution.job.definition;
        execution.setResult(result.json());
        execution.isResultCut = result.isCut();
        if (!result.isCut()) {
            handovers.begin(execution, trace == null ? execution.trace : trace);
        } else if (definition.next().isEmpty() && definition.resultQueue() == null) {
            int kept = definition.results().maxResult();
            String note = "the result is longer than " + kept + " characters and was cut off";
            slots.finish(execution, ExecutionState.SUCCEEDED, note);
        } else { // the work is done: neither another attempt nor the fallback is to do it again
            slots.finish(execution, ExecutionState.FAILED, resultTooLong(definition));
        }
    }

    private static String resultTooLong(JobDefinition definition) {
        int kept = definition.results().maxResult();
        return "result-too-long: the work is done, but its result has more than " + kept
                + " characters (maxResult), and a part of it is not handed to " + String.join(", ", definition.next());
    }

    private void workerAnswered(Execution execution) {
        execution.job.runs.reachedWorker(execution.startedMillis);
        if (!execution.isByFallback) {
            watch.found(execution.job);
            hold.answered(execution.job);
        }
    }

    /** Nobody was there. The job waits for its worker; for its fallback it does not, as others of its work do without. */
    private void unavailable(Execution execution, String why) {
        if (execution.isByFallback) {
            gates.leftWorker(execution, null);
            if (execution.cancelRequested) {
                slots.finish(execution, ExecutionState.CANCELLED, null);
            } else {
                failed(execution, new Outcome.Failure("the fallback worker cannot be reached: " + why));
            }
            return;
        }
        takeBack(execution);
        watch.missing(execution.job, why);
        if (execution.cancelRequested) {
            slots.finish(execution, ExecutionState.CANCELLED, null, null);
        } else {
            slots.putBack(execution);
        }
    }

    /** Nothing of it left this process: it is as if the attempt had not begun. */
    private void takeBack(Execution execution) {
        Begin begin = beginOf(execution);
        gates.reachedNobody(execution, begin);
        execution.takeBackAttempt(begin);
        execution.job.runs.takeBack(execution.job.atWorkers() <= 1);
    }

    private static Begin beginOf(Execution execution) {
        Begin begin = execution.begin;
        if (begin == null) {
            throw new IllegalStateException("execution " + execution.id + " is in flight and did not begin");
        }
        return begin;
    }

    /** The worker took too long, and was told to end. */
    void timedOut(Execution execution) {
        execution.job.runs.reachedWorker(execution.startedMillis);
        if (execution.cancelRequested) {
            gates.leftWorker(execution, null);
            slots.finish(execution, ExecutionState.CANCELLED, "cancelled; its worker did not end in time");
        } else {
            gates.leftWorker(execution, false);
            long millis = execution.job.definition.timeout().toMillis();
            failed(execution, new Outcome.Failure("timed out after " + millis + " ms"));
        }
    }

    /** An attempt failed: there is another one after a pause, or with the fallback, or the execution is a dead letter. */
    private void failed(Execution execution, Outcome.Failure failure) {
        JobDefinition definition = execution.job.definition;
        long nowMillis = unit.now().wall().toEpochMilli();
        execution.course = execution.course.with(new FailedAttempt(
                execution.attempt,
                execution.startedMillis,
                nowMillis,
                failure.error(),
                definition.workerText(execution.isByFallback)));
        execution.job.recent.failed(failure.error(), nowMillis);
        Origin origin = execution.origin;
        int before = origin == null ? 0 : origin.attemptsBefore;
        Duration pause = execution.isOutOfAttempts
                ? null
                : definition
                        .retry()
                        .next(before + execution.failures().size(), failure, random)
                        .orElse(null);
        if (pause != null && origin != null && isForOthers(execution, origin, pause)) {
            Instant next = Instant.ofEpochMilli(unit.now().millisAfter(pause));
            announceFailedAttempt(execution, failure.error(), next, false);
            origin.settlement = Deliveries.later(execution, pause);
            slots.finish(execution, ExecutionState.RETURNED, "tried again after " + next + ", by any process");
        } else if (pause != null && !execution.isExpired(unit.now().plus(pause))) {
            announceFailedAttempt(
                    execution, failure.error(), Instant.ofEpochMilli(unit.now().millisAfter(pause)), false);
            slots.waitForRetry(execution, pause);
        } else if (definition.hasFallback() && !execution.isByFallback && pause == null) {
            announceFailedAttempt(execution, failure.error(), unit.now().wall(), true);
            execution.isOutOfAttempts = true;
            slots.putBack(execution);
        } else {
            String why = pause == null ? failure.error() : failure.error() + "; it expires before the next attempt";
            slots.finish(execution, ExecutionState.FAILED, why);
        }
    }

    /**
     * Tells whether a pause is so long that the message goes back, to be tried by whichever process has time then, or whether the
     * message may not be here for as long as another attempt may take.
     */
    private boolean isForOthers(Execution execution, Origin origin, Duration pause) {
        JobDefinition definition = execution.job.definition;
        SharedQueue queue = definition.shared();
        if (queue == null || origin.handle == null) {
            return false;
        }
        Duration held = Duration.ofNanos(unit.now().nanos() - origin.leasedNanos);
        return pause.compareTo(queue.retryInPlace()) > 0 || queue.isHeldTooLong(held, pause.plus(definition.timeout()));
    }

    private void announceFailedAttempt(Execution execution, String error, Instant next, boolean toFallback) {
        JobState job = execution.job;
        job.counters.retried++;
        unit.announce(new Event.AttemptFailed(
                job.name(),
                unit.now().wall(),
                execution.id,
                execution.attempt,
                job.definition.retry().attempts(),
                error,
                next,
                toFallback,
                slots.withWorker(execution)));
    }

    /**
     * An execution was in flight when the process died. It is tried again, unless that happened too often: then it may be
     * what kills the process. Work elsewhere cannot be, and an end that the process was told of, or chose, is nobody's fault.
     */
    void crashed(Execution execution) {
        int max = execution.job.definition.maxCrashes();
        boolean maySuspect = execution.isInside && !unit.wasEnding();
        execution.isInside = false;
        if (maySuspect) {
            execution.crashes++;
        }
        if (execution.cancelRequested) {
            slots.finish(
                    execution, ExecutionState.CANCELLED, "cancelled; the process died before its worker had ended");
        } else if (maySuspect && execution.crashes >= max) {
            String times = execution.crashes == 1 ? "once" : execution.crashes + " times";
            slots.finish(execution, ExecutionState.FAILED, "quarantined: in flight when the process died, " + times);
        } else if (CrashQuarantine.isOne(execution)) {
            slots.tryAlone(execution);
        } else {
            slots.putBack(execution);
        }
    }

    /** Somebody else may have the message of an execution that is with a worker. */
    void withdrawn(Execution execution, String why) {
        gates.leftWorker(execution, null);
        slots.finish(execution, ExecutionState.RETURNED, why);
    }

    /** The service ends before the worker, which was told to end too. */
    void cutShort(Execution execution) {
        gates.leftWorker(execution, null);
        if (execution.cancelRequested) {
            slots.finish(execution, ExecutionState.CANCELLED, "cancelled; the service ended before its worker");
        } else {
            slots.putBack(execution);
        }
    }
}

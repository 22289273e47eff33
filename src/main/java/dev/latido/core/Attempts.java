package dev.latido.core;

import dev.latido.core.Effect.CancelAttempt;
import dev.latido.core.Effect.Perform;
import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionState;
import dev.latido.job.FailedAttempt;
import dev.latido.job.Outcome;
import dev.latido.job.ResultBound;
import dev.latido.job.WorkPlace;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Executions in flight: with a worker, up to their time-out, and then on their way to the next jobs. An execution keeps its
 * slot until all of those have taken its result, which is how a slow last stage slows the first.
 */
final class Attempts {

    /** What is in flight of one job. */
    static final class State {

        /** Executions in flight whose results wait for room in the next jobs' queues. */
        private int handingOver;

        int handingOver() {
            return handingOver;
        }
    }

    private final Jobs jobs;
    private final UnitOfWork unit;
    private final Executions executions;
    private final Admission admission;
    private final Waiters waiters;
    private final DispatchGates gates;
    private final WorkerWatch watch;
    private final RandomGenerator random;

    /** What this turn began. */
    private final List<Begun> begun = new ArrayList<>();

    /** What was begun and is not handed to its worker before that is stored. */
    private final ArrayDeque<Begun> unstored = new ArrayDeque<>();

    private record Begun(Execution execution, int number, boolean isHeld, long position) {}

    Attempts(
            Jobs jobs,
            UnitOfWork unit,
            Executions executions,
            Admission admission,
            Waiters waiters,
            DispatchGates gates,
            WorkerWatch watch,
            RandomGenerator random) {
        this.gates = gates;
        this.watch = watch;
        this.random = random;
        this.jobs = jobs;
        this.unit = unit;
        this.executions = executions;
        this.admission = admission;
        this.waiters = waiters;
    }

    /** Hands an execution that was just taken from its queue to a worker, or to the fallback. */
    void begin(Execution execution, boolean byFallback) {
        JobState job = execution.job;
        JobDefinition definition = job.definition;
        execution.isByFallback = byFallback;
        execution.isInside = (byFallback ? definition.fallbackPlace() : definition.place()) == WorkPlace.INSIDE;
        long nanos = unit.now().nanos();
        Duration waited = Duration.ofNanos(nanos - execution.sinceNanos);
        boolean isTick = execution.tickLagNanos != Execution.NO_LAG && execution.attempt == 0;
        Duration lag = isTick ? waited.plusNanos(execution.tickLagNanos) : null;
        execution.queueOrder = execution.order();
        execution.become(ExecutionState.RUNNING, unit.now());
        execution.clearOutcome();
        execution.attempt++;
        execution.begin = new Begin(nanos, execution.startedMillis, job.limits.rate(unit.now()));
        execution.startedMillis = unit.now().wall().toEpochMilli();
        job.began(execution, executions.nextOrder());
        boolean isHeld = waitsForStore(execution);
        Perform perform = new Perform(
                execution.currentAttempt(), execution.payload(), execution.payloadBytes, execution.trace, byFallback);
        if (!perform.isHeavy()) { // else it takes a while, and is told of
            begun.add(new Begun(execution, execution.attempt, isHeld, 0));
        }
        job.runs.began(unit.now().wall());
        job.admission.departed(unit.now());
        unit.announce(new Event.ExecutionBegan(
                job.name(),
                unit.now().wall(),
                execution.id,
                execution.priority,
                execution.attempt,
                lag,
                waited,
                gates.held(execution),
                job.queue.size(execution.priority),
                job.running.size()));
        unit.changed(execution);
        if (isHeld) {
            unit.addOnceStored(perform);
        } else {
            unit.add(perform);
        }
        gates.began(execution);
    }

    /**
     * Tells whether the store has to know of an attempt before it begins although nothing else of its job waits for that:
     * inside this process it may be what ends it, again and again, and would never be found.
     */
    private static boolean waitsForStore(Execution execution) {
        return execution.isInside && execution.job.definition.durability() == Durability.RELAXED;
    }

    /** The turn ended: what it began is with its worker now, or will be once the store is at {@code position}. */
    void turnEnded(boolean waits, long position) {
        for (Begun attempt : begun) {
            unit.workFor(attempt.execution.job);
            if (waits || attempt.isHeld) {
                unstored.add(new Begun(attempt.execution, attempt.number, attempt.isHeld, position));
            } else {
                atWorker(attempt);
            }
        }
        begun.clear();
    }

    /** Everything up to {@code position} is stored: what waited for that is with its worker now. */
    void stored(long position) {
        while (!unstored.isEmpty() && unstored.element().position <= position) {
            atWorker(unstored.remove());
        }
    }

    private void atWorker(Begun attempt) {
        if (attempt.execution.attempt == attempt.number) {
            atWorker(attempt.execution);
        }
    }

    /** From here on the time of an attempt runs: a slow store is not the worker's fault. */
    private void atWorker(Execution execution) {
        unit.workFor(execution.job);
        if (execution.state() == ExecutionState.RUNNING && execution.handover == null) {
            execution.sinceNanos = unit.now().nanos();
            execution.alarm = unit.after(execution.job.definition.timeout(), () -> timeOut(execution));
        }
    }

    /** An attempt with a large payload is with its worker now. */
    void handedOut(Attempt attempt) {
        Execution execution = executions.find(attempt.execution());
        if (execution != null && execution.isAt(attempt)) {
            atWorker(execution);
        }
    }

    void progressed(Attempt attempt, double fraction, String note) {
        Execution execution = executions.find(attempt.execution());
        if (execution != null && execution.isAt(attempt)) {
            unit.workFor(execution.job);
            execution.progress = fraction;
            execution.note = note;
            unit.announce(new Event.ExecutionProgressed(
                    attempt.job(), unit.now().wall(), attempt.execution(), fraction, note));
        }
    }

    void ended(Attempt attempt, Outcome outcome) {
        Execution execution = executions.find(attempt.execution());
        if (execution == null || !execution.isAt(attempt)) {
            JobState job = jobs.find(attempt.job());
            if (job != null) {
                unit.workFor(job);
                unit.involve(job);
            }
            unit.announce(
                    new Event.LateOutcome(attempt.job(), unit.now().wall(), attempt.execution(), attempt.number()));
            return;
        }
        unit.workFor(execution.job);
        unit.alarms.cancel(execution.alarm);
        execution.alarm = null;
        if (outcome instanceof Outcome.Success success) {
            gates.leftWorker(execution, true);
            workerAnswered(execution);
            ResultBound bound = execution.job.definition.results();
            succeeded(execution, KeptResult.of(success.result(), bound.maxResult()));
        } else if (outcome instanceof Outcome.Unavailable unavailable) {
            unavailable(execution, unavailable.why());
        } else if (execution.cancelRequested) {
            execution.job.runs.reachedWorker(execution.startedMillis);
            gates.leftWorker(execution, null);
            finish(execution, ExecutionState.CANCELLED, null);
        } else if (outcome instanceof Outcome.Failure failure) {
            gates.leftWorker(execution, false);
            workerAnswered(execution);
            failed(execution, failure);
        }
    }

    private void succeeded(Execution execution, KeptResult result) {
        JobDefinition definition = execution.job.definition;
        execution.setResult(result.json());
        execution.isResultCut = result.isCut();
        if (!result.isCut()) {
            handOver(execution);
        } else if (definition.next().isEmpty()) {
            int kept = definition.results().maxResult();
            String note = "the result is longer than " + kept + " characters and was cut off";
            finish(execution, ExecutionState.SUCCEEDED, note);
        } else { // the work is done: neither another attempt nor the fallback is to do it again
            finish(execution, ExecutionState.FAILED, resultTooLong(definition));
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
        }
    }

    /** Nobody was there. The job waits for its worker; for its fallback it does not, as others of its work do without. */
    private void unavailable(Execution execution, String why) {
        if (execution.isByFallback) {
            gates.leftWorker(execution, null);
            if (execution.cancelRequested) {
                finish(execution, ExecutionState.CANCELLED, null);
            } else {
                failed(execution, new Outcome.Failure("the fallback worker cannot be reached: " + why));
            }
            return;
        }
        takeBack(execution);
        watch.missing(execution.job, why);
        if (execution.cancelRequested) {
            finish(execution, ExecutionState.CANCELLED, null, null);
        } else {
            putBack(execution);
        }
    }

    /** Nothing of it left this process: it is as if the attempt had not begun. */
    private void takeBack(Execution execution) {
        Begin begin = execution.begin;
        if (begin == null) {
            throw new IllegalStateException("execution " + execution.id + " is in flight and did not begin");
        }
        gates.reachedNobody(execution, begin);
        execution.attempt--;
        execution.startedMillis = begin.startedMillisBefore();
        execution.job.runs.takeBack(execution.job.atWorkers() <= 1);
    }

    private void timeOut(Execution execution) {
        execution.alarm = null;
        tellToEnd(execution);
        execution.job.runs.reachedWorker(execution.startedMillis);
        if (execution.cancelRequested) {
            gates.leftWorker(execution, null);
            finish(execution, ExecutionState.CANCELLED, "cancelled; its worker did not end in time");
        } else {
            gates.leftWorker(execution, false);
            long millis = execution.job.definition.timeout().toMillis();
            failed(execution, new Outcome.Failure("timed out after " + millis + " ms"));
        }
    }

    /** An attempt failed: there is another one after a pause, or with the fallback, or the execution is a dead letter. */
    private void failed(Execution execution, Outcome.Failure failure) {
        JobState job = execution.job;
        JobDefinition definition = job.definition;
        execution.addFailure(new FailedAttempt(
                execution.attempt, execution.startedMillis, unit.now().wall().toEpochMilli(), failure.error()));
        Duration pause = execution.isOutOfAttempts
                ? null
                : definition
                        .retry()
                        .next(execution.failures.size(), failure, random)
                        .orElse(null);
        if (pause != null && !execution.isExpired(unit.now().plus(pause))) {
            announceFailedAttempt(execution, failure.error(), pause);
            waitForRetry(execution, pause);
        } else if (definition.hasFallback() && !execution.isByFallback && pause == null) {
            announceFailedAttempt(execution, failure.error(), Duration.ZERO);
            execution.isOutOfAttempts = true;
            putBack(execution);
        } else {
            String why = pause == null ? failure.error() : failure.error() + "; it expires before the next attempt";
            finish(execution, ExecutionState.FAILED, why);
        }
    }

    private void announceFailedAttempt(Execution execution, String error, Duration pause) {
        JobState job = execution.job;
        job.counters.retried++;
        unit.announce(new Event.AttemptFailed(
                job.name(),
                unit.now().wall(),
                execution.id,
                execution.attempt,
                error,
                unit.now().wall().plus(pause),
                withWorker(execution)));
    }

    /** Waits in its queue's bounds, without a slot, and is queued behind the others when its time has come. */
    private void waitForRetry(Execution execution, Duration pause) {
        JobState job = execution.job;
        job.left(execution);
        execution.become(ExecutionState.WAITING, unit.now());
        execution.clearOutcome();
        execution.dueMillis = unit.now().wall().plus(pause).toEpochMilli();
        job.queue.restoreReserved(execution.priority, execution.payloadBytes);
        admission.delay(execution, pause, executions.nextOrder());
        unit.changed(execution);
        executions.announceQueued(execution);
        settled(job);
    }

    /** Tells an execution in flight to end. What is done already and waits for room is only {@link #withdraw withdrawn}. */
    void cancel(Execution execution) {
        if (!execution.cancelRequested && execution.handover == null) {
            execution.cancelRequested = true;
            execution.note = "told to end";
            unit.changed(execution);
            tellToEnd(execution);
        }
    }

    private void tellToEnd(Execution execution) {
        CancelAttempt cancel = new CancelAttempt(execution.currentAttempt());
        if (waitsForStore(execution)) { // as what it is to cancel
            unit.addOnceStored(cancel);
        } else {
            unit.add(cancel);
        }
    }

    /** Ends an execution whose result waits for room; the jobs that have not taken it will not get it. */
    void withdraw(Execution execution) {
        Handover handover = stopHandingOver(execution);
        if (handover != null) {
            String why = "cancelled before the next job had room for its result";
            finish(execution, ExecutionState.CANCELLED, why, handover.took());
        }
    }

    private @Nullable Handover stopHandingOver(Execution execution) {
        Handover handover = execution.handover;
        if (handover == null) {
            return null;
        }
        execution.handover = null;
        execution.job.attempts.handingOver--;
        handover.open().forEach(admission::withdraw);
        return handover;
    }

    /**
     * An execution was in flight when the process died. It is tried again, unless that happened too often: then it may be
     * what kills the process. Work elsewhere cannot be, and an end that the process was told of, or chose, is nobody's fault.
     */
    void crashed(Execution execution, CrashQuarantine quarantine) {
        int max = execution.job.definition.maxCrashes();
        boolean maySuspect = execution.isInside && !unit.wasEnding();
        execution.isInside = false;
        if (maySuspect) {
            execution.crashes++;
        }
        if (execution.cancelRequested) {
            finish(execution, ExecutionState.CANCELLED, "cancelled; the process died before its worker had ended");
        } else if (maySuspect && execution.crashes >= max) {
            String times = execution.crashes == 1 ? "once" : execution.crashes + " times";
            finish(execution, ExecutionState.FAILED, "quarantined: in flight when the process died, " + times);
        } else if (CrashQuarantine.isOne(execution)) {
            tryAlone(execution, quarantine);
        } else {
            putBack(execution);
        }
    }

    private void tryAlone(Execution execution, CrashQuarantine quarantine) {
        JobState job = execution.job;
        job.left(execution);
        execution.clearOutcome();
        quarantine.setAside(execution);
        settled(job);
    }

    /** The time to finish is over: what is still with workers goes back to its place, to be run when the service is back. */
    void giveBack(JobState job) {
        for (Execution execution : job.running.all()) {
            if (execution.handover == null) {
                unit.alarms.cancel(execution.alarm);
                execution.alarm = null;
                tellToEnd(execution);
                gates.leftWorker(execution, null);
                if (execution.cancelRequested) {
                    finish(execution, ExecutionState.CANCELLED, "cancelled; the service ended before its worker");
                } else {
                    putBack(execution);
                }
            }
        }
    }

    /** Nothing is known to have been done: the execution goes back to its place. */
    private void putBack(Execution execution) {
        JobState job = execution.job;
        job.left(execution);
        execution.become(ExecutionState.QUEUED, unit.now());
        execution.clearOutcome();
        job.queue.putBack(execution, execution.priority, execution.queueOrder);
        unit.changed(execution);
        executions.announceQueued(execution);
        settled(job);
    }

    private void handOver(Execution execution) {
        JobState job = execution.job;
        if (job.definition.next().isEmpty()) {
            finish(execution, ExecutionState.SUCCEEDED, null);
            return;
        }
        List<Arrival> open = new ArrayList<>();
        for (String name : job.definition.next()) {
            JobState next = jobs.find(name);
            if (next == null) {
                throw new IllegalStateException("job '" + name + "' comes next and is not defined");
            }
            open.add(arrival(execution, next));
        }
        execution.note = null;
        handOver(execution, new Handover(open, withWorker(execution)));
    }

    private void handOver(Execution execution, Handover handover) {
        execution.handover = handover;
        execution.job.attempts.handingOver++;
        unit.changed(execution);
        List.copyOf(handover.open()).forEach(admission::handOver);
    }

    private Arrival arrival(Execution execution, JobState next) {
        Submission submission = new Submission(execution.result(), execution.priority, Duration.ZERO, null);
        return Arrival.ofStage(execution, next, submission, (arrival, reply) -> handedOver(execution, arrival, reply));
    }

    /**
     * Goes on with handing over the result of an execution that was in flight when the process died, to the jobs that had
     * not taken it.
     *
     * @param next the names of these jobs
     */
    void goOnHandingOver(Execution execution, List<String> next) {
        List<Arrival> open = new ArrayList<>();
        for (String name : next) {
            JobState job = jobs.find(name);
            if (job == null) {
                execution.error = "job '" + name + "', which was to get the result, is not defined any more";
            } else {
                open.add(arrival(execution, job));
            }
        }
        if (open.isEmpty()) {
            finish(execution, ExecutionState.FAILED, execution.error, null);
        } else {
            handOver(execution, new Handover(open, null));
        }
    }

    private void handedOver(Execution execution, Arrival arrival, Reply reply) {
        Handover handover = execution.handover;
        if (handover == null) {
            return;
        }
        handover.open().remove(arrival);
        unit.changed(execution);
        if (reply instanceof Refusal refusal) {
            if (execution.error == null) {
                execution.error = "job '" + arrival.job.name() + "' did not take the result: " + refusal.detail();
            }
        } else if (reply instanceof ExecutionView taken && taken.state() == ExecutionState.DROPPED) {
            execution.note = "the result was " + taken.note() + " of job '" + arrival.job.name() + "'";
        }
        if (handover.open().isEmpty()) {
            stopHandingOver(execution);
            String error = execution.error;
            ExecutionState state = error == null ? ExecutionState.SUCCEEDED : ExecutionState.FAILED;
            finish(execution, state, error, handover.took());
        }
    }

    /** Returns how long {@code execution} has been with its worker. */
    private Duration withWorker(Execution execution) {
        return Duration.ofNanos(unit.now().nanos() - execution.sinceNanos);
    }

    /** Ends an execution that its worker was done with just now. */
    private void finish(Execution execution, ExecutionState state, @Nullable String why) {
        finish(execution, state, why, withWorker(execution));
    }

    /**
     * Ends an execution.
     *
     * @param took how long it was with its worker; null when nobody knows
     */
    private void finish(Execution execution, ExecutionState state, @Nullable String why, @Nullable Duration took) {
        JobState job = execution.job;
        job.left(execution);
        if (state == ExecutionState.FAILED) {
            execution.error = why;
        } else if (why != null) {
            execution.note = why;
        }
        executions.end(execution, state, why, took);
        settled(job);
    }

    private void settled(JobState job) {
        if (job.running.size() == 0) {
            waiters.drained(job, false);
        }
        unit.markDirty(job);
    }
}

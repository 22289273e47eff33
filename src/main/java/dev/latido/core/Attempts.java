package dev.latido.core;

import dev.latido.core.Effect.CancelAttempt;
import dev.latido.core.Effect.Perform;
import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.ProgressNote;
import dev.latido.job.WorkPlace;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** Executions with their workers: handed out, told to end, and heard of, up to the end or the timeout of an attempt. */
final class Attempts {

    private final Jobs jobs;
    private final UnitOfWork unit;
    private final Executions executions;
    private final DispatchGates gates;
    private final Outcomes outcomes;

    /** What this turn began. */
    private final List<Begun> begun = new ArrayList<>();

    /** What was begun and is not handed to its worker before that is stored. */
    private final ArrayDeque<Begun> unstored = new ArrayDeque<>();

    private record Begun(Execution execution, int number, boolean isHeld, long position) {}

    Attempts(Jobs jobs, UnitOfWork unit, Executions executions, DispatchGates gates, Outcomes outcomes) {
        this.jobs = jobs;
        this.unit = unit;
        this.executions = executions;
        this.gates = gates;
        this.outcomes = outcomes;
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
        execution.keepPlace();
        Holds.note(execution, unit.now());
        execution.course = execution.course.with(byFallback);
        execution.become(ExecutionState.RUNNING, unit.now());
        execution.clearOutcome();
        execution.attemptBegan(unit.now(), job.limits.rate(unit.now()));
        job.began(execution, executions.nextOrder());
        boolean isHeld = waitsForStore(execution);
        Perform perform = new Perform(
                execution.currentAttempt(),
                execution.payload(),
                execution.payloadBytes,
                execution.origin == null ? null : execution.origin.key,
                execution.trace,
                byFallback);
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
            execution.alarm = unit.after(execution.job.definition.timeout(), () -> timedOut(execution));
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
            if (!note.isBlank()) {
                execution.course =
                        execution.course.with(new ProgressNote(unit.now().wall().toEpochMilli(), fraction, note));
                unit.holdings.changed(execution);
            }
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
        outcomes.ended(execution, outcome);
    }

    private void timedOut(Execution execution) {
        execution.alarm = null;
        tellToEnd(execution, true);
        outcomes.timedOut(execution);
    }

    /** Tells an execution in flight to end. What is done already and waits for room is not, see {@link Handovers}. */
    void cancel(Execution execution) {
        if (!execution.cancelRequested && execution.handover == null) {
            execution.cancelRequested = true;
            execution.note = "told to end";
            unit.changed(execution);
            tellToEnd(execution, false);
        }
    }

    private void tellToEnd(Execution execution, boolean isTimeout) {
        CancelAttempt cancel = new CancelAttempt(execution.currentAttempt(), isTimeout);
        if (waitsForStore(execution)) { // as what it is to cancel
            unit.addOnceStored(cancel);
        } else {
            unit.add(cancel);
        }
    }

    /** Somebody else may have the message of an execution that is with a worker, which is told to end. */
    void withdraw(Execution execution, String why) {
        unit.alarms.cancel(execution.alarm);
        execution.alarm = null;
        tellToEnd(execution, false);
        outcomes.withdrawn(execution, why);
    }

    /** The time to finish is over: what is still with workers goes back to its place, to be run when the service is back. */
    void giveBack(JobState job) {
        for (Execution execution : job.running.all()) {
            if (execution.handover == null) {
                unit.alarms.cancel(execution.alarm);
                execution.alarm = null;
                tellToEnd(execution, false);
                outcomes.cutShort(execution);
            }
        }
    }
}

package dev.latido.core;

import dev.latido.job.ExecutionState;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How an execution gives back the slot of its job that it has been in: it ends, goes back to its place in the queue, waits
 * for another attempt, or waits to be tried alone.
 */
final class Slots {

    private final UnitOfWork unit;
    private final Executions executions;
    private final Admission admission;
    private final Waiters waiters;
    private final CrashQuarantine quarantine;

    Slots(UnitOfWork unit, Executions executions, Admission admission, Waiters waiters, CrashQuarantine quarantine) {
        this.unit = unit;
        this.executions = executions;
        this.admission = admission;
        this.waiters = waiters;
        this.quarantine = quarantine;
    }

    /** Returns how long {@code execution} has been with its worker. */
    Duration withWorker(Execution execution) {
        return Duration.ofNanos(unit.now().nanos() - execution.sinceNanos);
    }

    /** Ends an execution that its worker was done with just now. */
    void finish(Execution execution, ExecutionState state, @Nullable String why) {
        finish(execution, state, why, withWorker(execution));
    }

    /**
     * Ends an execution.
     *
     * @param took how long it was with its worker; null when nobody knows
     */
    void finish(Execution execution, ExecutionState state, @Nullable String why, @Nullable Duration took) {
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

    /** Nothing is known to have been done: the execution goes back to its place. */
    void putBack(Execution execution) {
        JobState job = execution.job;
        job.left(execution);
        execution.become(ExecutionState.QUEUED, unit.now());
        execution.clearOutcome();
        job.queue.putBack(execution, execution.priority, execution.queueOrder);
        unit.changed(execution);
        executions.announceQueued(execution);
        settled(job);
    }

    /** Waits in its queue's bounds, without a slot, and is queued behind the others when its time has come. */
    void waitForRetry(Execution execution, Duration pause) {
        JobState job = execution.job;
        job.left(execution);
        execution.become(ExecutionState.WAITING, unit.now());
        execution.clearOutcome();
        job.queue.restoreReserved(execution.priority, execution.payloadBytes);
        admission.delay(execution, pause);
        unit.changed(execution);
        executions.announceQueued(execution);
        settled(job);
    }

    /** The execution may be what killed the process. */
    void tryAlone(Execution execution) {
        JobState job = execution.job;
        job.left(execution);
        execution.clearOutcome();
        quarantine.setAside(execution);
        settled(job);
    }

    private void settled(JobState job) {
        if (job.running.size() == 0) {
            waiters.drained(job, false);
        }
        unit.markDirty(job);
    }
}

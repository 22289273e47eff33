package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.queue.Handle;

/** Takes executions back that have not ended, wherever they are: somebody cancels them, or their message went to another process. */
final class Withdrawals {

    private final UnitOfWork unit;
    private final Executions executions;
    private final Attempts attempts;
    private final Handovers handovers;
    private final Places places;
    private final Leases leases;
    private final Deliveries deliveries;

    Withdrawals(
            UnitOfWork unit,
            Executions executions,
            Attempts attempts,
            Handovers handovers,
            Places places,
            Leases leases,
            Deliveries deliveries) {
        this.unit = unit;
        this.executions = executions;
        this.attempts = attempts;
        this.handovers = handovers;
        this.places = places;
        this.leases = leases;
        this.deliveries = deliveries;
    }

    /** Cancels an execution that has not ended. */
    void cancel(Execution execution) {
        if (execution.handover != null) {
            handovers.withdraw(execution);
        } else if (execution.state() == ExecutionState.RUNNING) {
            attempts.cancel(execution);
        } else {
            places.takeOut(execution);
            executions.end(execution, ExecutionState.CANCELLED, null, null);
            unit.markDirty(execution.job);
        }
    }

    /** The lease of a message is over, or another's. */
    void leaseLost(JobState job, Handle handle, String why) {
        Execution execution = leases.find(job, handle);
        if (execution == null) {
            return;
        }
        boolean isDone = leases.lost(execution);
        if (isDone) {
            executions.remember(execution);
        } else if (execution.handover != null || execution.state().isTerminal()) {
            return; // its work is done, whoever has the message
        } else if (execution.state() == ExecutionState.RUNNING) {
            attempts.withdraw(execution, "its lease was lost: " + why);
        } else {
            deliveries.leaseLost(execution, "its lease was lost: " + why);
        }
    }
}

package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.protocol.Command;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import org.jspecify.annotations.Nullable;

/** What is done for commands that concern one execution: one method each. Made for each command. */
final class ExecutionCommands implements Command.ExecutionHandler {

    private final Execution execution;
    private final Parts parts;
    private final UnitOfWork unit;
    private final ReplyTo replyTo;

    ExecutionCommands(Execution execution, Parts parts, ReplyTo replyTo) {
        this.execution = execution;
        this.parts = parts;
        this.unit = parts.unit;
        this.replyTo = replyTo;
    }

    @Override
    public Reply getExecution(Command.GetExecution command) {
        return ExecutionViews.of(execution, unit.now());
    }

    @Override
    public @Nullable Reply awaitExecution(Command.AwaitExecution command) {
        return parts.waiters.awaitEnd(execution, command.until(), replyTo);
    }

    @Override
    public Reply cancel(Command.Cancel command) {
        Refusal storeRefusal = unit.storeRefusal();
        if (storeRefusal != null && unit.isWithoutStore(execution.job)) {
            return storeRefusal;
        }
        if (execution.state().isTerminal()) {
            return Refusal.wrongState("Execution '" + execution.id + "' has already "
                    + execution.state().wireName() + ".");
        }
        parts.withdrawals.cancel(execution);
        unit.requireDurable(execution.job);
        return ExecutionViews.of(execution);
    }

    @Override
    public Reply retry(Command.Retry command) {
        if (unit.isShuttingDown()) {
            return Refusal.stopping();
        }
        if (execution.job.isUndefined()) {
            return Refusal.undefinedJob(execution.job.name());
        }
        Refusal storeRefusal = unit.storeRefusal();
        if (storeRefusal != null && unit.isWithoutStore(execution.job)) {
            return storeRefusal;
        }
        if (execution.state() != ExecutionState.FAILED) {
            return Refusal.wrongState("Only a failed execution can be retried; '" + execution.id + "' is "
                    + execution.state().wireName() + ".");
        }
        if (execution.origin != null) {
            return Refusal.notPossibleHere("The message of execution '" + execution.id + "' is a dead letter at "
                    + execution.origin.queue + ", or another process has it; retry-failed of job '"
                    + execution.job.name() + "' has it delivered anew.");
        }
        if (execution.job.isClosed()) {
            return Refusal.closed(execution.job.name());
        }
        if (!execution.job.queue.hasRoom(execution.priority, execution.payloadBytes)) {
            return parts.admission.full(execution.job);
        }
        parts.executions.retry(execution);
        parts.dispatcher.runToFixpoint();
        return ExecutionViews.of(execution);
    }
}

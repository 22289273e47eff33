package dev.latido.core;

import dev.latido.job.ExecutionState;

/**
 * What happens because an execution has ended. It is noted for the store, counted and announced by then, and goes to history
 * after that, which may forget it at once. In this order:
 *
 * <ol>
 *   <li>its timer's next tick is not merged into it any more;
 *   <li>it leaves the line of its key, and the next of that may come: after the end was announced, as one follows from the
 *       other;
 *   <li>an idempotency key of which nothing came is free again;
 *   <li>the broker that has its message is owed how it ended, and is told once that is stored;
 *   <li>who waits for the end is answered, last: the answers tell how everything stands then.
 * </ol>
 */
final class EndHooks {

    private EndHooks() {}

    static OnEnd[] inOrder(Leases leases, Waiters waiters) {
        return new OnEnd[] {
            EndHooks::closeTick, EndHooks::leaveKey, EndHooks::freeIdempotencyKey, leases::ended, waiters::ended
        };
    }

    private static void closeTick(Execution execution) {
        execution.job.ticks.ended(execution);
    }

    private static void leaveKey(Execution execution) {
        KeyLimiter limiter = execution.job.keyLimiter;
        if (limiter != null) {
            limiter.leftQueue(execution);
        }
    }

    private static void freeIdempotencyKey(Execution execution) {
        IdempotencyKeys.Use use = execution.use;
        if (execution.state() == ExecutionState.DROPPED && use != null) {
            execution.job.keys.forget(use);
            execution.use = null;
        }
    }
}

package dev.latido.worker;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * Performs executions. Used for all executions of its job, several at once where the job's {@code concurrency} says so.
 *
 * <p>A class on the class path is called on an event loop of its job's own and must not block it, or its job gets no
 * further and the log says so. The exception is one that the configuration marks {@code blocking: true}: it is called on
 * threads of its job's own, as many as the job's {@code concurrency}, may block them, and usually returns a future that is
 * complete already. When its work is no longer wanted, its thread is interrupted; the job gets the thread back only when
 * the call returns. Workers of other kinds are called on the owner's event loop.
 *
 * <p>A class on the class path is made once, by its public constructor that takes a {@link io.vertx.core.Vertx} or
 * nothing.
 */
@FunctionalInterface
public interface Worker {

    /**
     * Performs one attempt. Work is done at least once: an execution may come again, under a higher attempt number.
     *
     * @return succeeds with the result, or null for none, when the work is done: JSON text is kept as it is, any other text
     *     as a JSON string, and of what is longer than its job keeps, the beginning; fails with
     *     {@link WorkerUnavailableException} when nothing was tried, with {@link WorkFailedException} when the work is not
     *     done and the worker knows whether and when to try again, and with anything else, of which the message is kept,
     *     when it is not done either. An exception thrown counts as a failed future. Once the task is cancelled,
     *     the outcome does not matter but its coming soon does
     */
    Future<@Nullable String> perform(Task task);

    /**
     * Looks whether this worker could be called now, without giving it work. Asked before work is begun for one that was not
     * reached lately, so that nothing is begun in vain; an attempt that finds nobody all the same is taken back.
     *
     * @return fails with {@link WorkerUnavailableException}, and what is missing, when nobody is there. Comes soon
     */
    default Future<Void> checkReachable() {
        return Future.succeededFuture();
    }
}

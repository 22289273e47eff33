package dev.latido.move;

import dev.latido.queue.Delivery;
import io.vertx.core.Future;

/** Where a job has its queue now. */
@FunctionalInterface
public interface MoveTarget {

    /**
     * Hands {@code message} in for {@code job}, under its key.
     *
     * @return completes once it is kept as what is submitted is. Fails with {@link CannotMoveException}, or with anything else
     *     when it is to be tried again: that may make two of it, under the same key
     */
    Future<Void> handIn(String job, Delivery message);
}

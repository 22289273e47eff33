package dev.latido.queue.storagequeue;

import dev.latido.job.Priority;
import io.vertx.core.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A message that this process has taken. Each call that changes it has the service give another receipt, and without the latest
 * one nothing can be done: so one call is made after the other. On the broker's loop.
 */
final class Lease {

    final StorageHandle handle;
    final Priority lane;
    final Wire content;

    /** Its text where it cannot be work; null otherwise. */
    final @Nullable String original;

    /** What proves that it is this process's. */
    String receipt;

    int deliveries;

    /** Whether its owner was told of it. */
    boolean isTold;

    /** When it was renewed last: the time at which that was asked for. */
    long renewedAt;

    boolean isRenewing;

    /** Whether it is being settled, and so not renewed. */
    boolean isSettling;

    /** Whether a settlement was sent that nobody answered: its repetition finds out. */
    boolean isUnsure;

    /** Whether its message was asked to be deleted. */
    boolean isDeleting;

    /** Whether it was settled. */
    boolean isDone;

    /** Whether it is among the dead letters already. */
    boolean isBuried;

    private Future<?> last = Future.succeededFuture();

    Lease(
            StorageHandle handle,
            Priority lane,
            Wire content,
            @Nullable String original,
            String receipt,
            int deliveries) {
        this.handle = handle;
        this.lane = lane;
        this.content = content;
        this.original = original;
        this.receipt = receipt;
        this.deliveries = deliveries;
    }

    /** Makes a call once those before it have ended. */
    <T> Future<T> next(Supplier<Future<T>> call) {
        Future<T> begun = last.transform((done, failure) -> call.get());
        last = begun;
        return begun;
    }
}

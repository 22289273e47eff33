package dev.latido.queue;

import dev.latido.job.Priority;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** A broker to test with, and processes at it. Time is theirs: virtual, or what passes. */
public interface QueueBed extends AutoCloseable {

    /** Returns what it promises. */
    Capabilities capabilities();

    /** A lease that is short by its time: tests wait for several of them. */
    Duration shortLease();

    /** Has a process of this name use a queue; another one of the same name is the same one after a restart. Not opened yet. */
    Member member(String process, QueueBinding binding);

    /** Has a process stop, as by SIGSTOP. */
    void freeze(Member member);

    /** Has it go on. */
    void thaw(Member member);

    /** Has a process end without a word. */
    void kill(Member member);

    /** Has the broker not be there. */
    void breakDown();

    /** Has it be there again, with all that it had. */
    void bringBack();

    /** Has somebody else hand in a message, by the broker's own means. */
    void put(String queue, Priority lane, Map<String, String> fields);

    /** Waits until it is so. */
    void await(String what, BooleanSupplier condition);

    /** Waits until it has ended. */
    default <T> T get(Future<T> future) {
        await("an answer", future::isComplete);
        if (future.failed()) {
            throw new AssertionError(future.cause());
        }
        return future.result();
    }

    /** Waits until it has failed. */
    default QueueException.Kind failure(Future<?> future) {
        await("an answer", future::isComplete);
        if (future.succeeded()) {
            throw new AssertionError("did not fail");
        }
        if (future.cause() instanceof QueueException expected) {
            return expected.kind();
        }
        throw new AssertionError(future.cause());
    }

    /** Lets time pass: at least so much, by the monotonic clock. */
    void pass(Duration time);

    /** Reads the monotonic clock. */
    long nanos();

    @Override
    void close();
}

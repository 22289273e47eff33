package dev.latido.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;

/**
 * Reads and writes what is long on threads of its own, for the event loop has all other requests to serve: to check a
 * megabyte of JSON takes 5 to 10 ms, ten times that while the code is not compiled, and bodies may be larger. What is short
 * is done at once.
 *
 * <p>What waits for a thread is bounded by the number of connections, because a connection has one request under way.
 */
final class LongWork {

    /** So many bytes or characters of JSON are short: however they are made, they take less than a millisecond. */
    static final int SHORT = 16_384;

    /** More would take the processors from the event loops, which nobody else can stand in for. */
    private static final int THREADS = 2;

    private final WorkerExecutor threads;

    LongWork(Vertx vertx) {
        threads = vertx.createSharedWorkerExecutor("latido-http", THREADS);
    }

    /**
     * Does {@code work}, which may throw and must not need the event loop; the future completes on the caller's.
     *
     * @param size how much it is, in bytes or characters of JSON, about
     */
    <T> Future<T> run(long size, Callable<T> work) {
        if (size > SHORT) {
            return threads.executeBlocking(work, false);
        }
        try {
            return Future.succeededFuture(work.call());
        } catch (Exception failure) {
            return Future.failedFuture(failure);
        }
    }
}

package dev.latido.http;

import static org.awaitility.Awaitility.await;

import dev.latido.worker.Task;
import dev.latido.worker.WorkFailedException;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A worker whose work is done when the test says so; or at once. */
final class Bench implements Worker {

    private final Queue<Work> begun = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private volatile boolean atOnce;

    /** One attempt, and how to end it. */
    record Work(Task task, Promise<@Nullable String> promise) {
        void succeed(String result) {
            promise.complete(result);
        }

        void fail(String error) {
            promise.fail(new WorkFailedException(error));
        }
    }

    /** Lets everything that begins from now on succeed at once with its payload as result. */
    Bench succeedAtOnce() {
        atOnce = true;
        return this;
    }

    @Override
    public Future<@Nullable String> perform(Task task) {
        count.incrementAndGet();
        if (atOnce) {
            return Future.succeededFuture(task.payload());
        }
        Promise<@Nullable String> promise = Promise.promise();
        begun.add(new Work(task, promise));
        return promise.future();
    }

    /** Waits for the next attempt to begin. */
    Work take() {
        return await().until(begun::poll, work -> work != null);
    }

    /** Returns how many attempts have begun. */
    int count() {
        return count.get();
    }
}

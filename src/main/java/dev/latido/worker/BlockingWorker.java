package dev.latido.worker;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs a worker that blocks on threads of its job's own, so that one that hangs takes no thread from another job. There
 * is no queue: while all threads are held by attempts that were given up and did not end, no worker is available.
 */
final class BlockingWorker implements Worker {

    /** How many threads one job may have. */
    static final int MAX_THREADS = 256;

    private final Worker worker;
    private final WorkerLoop loop;
    private final WorkerExecutor threads;
    private final int size;
    private final AtomicInteger busy = new AtomicInteger();

    /**
     * Makes a worker.
     *
     * @param name of its threads, unlike that of any other worker
     * @param loop where the worker is told that its work is no longer wanted, while its own threads are held
     * @param size how many threads, from 1 to {@value #MAX_THREADS}
     * @param timeout how long a call is expected to take at most; a warning is logged beyond
     */
    BlockingWorker(Vertx vertx, String name, int size, Duration timeout, Worker worker, WorkerLoop loop) {
        this.worker = worker;
        this.loop = loop;
        this.size = size;
        this.threads =
                vertx.createSharedWorkerExecutor(name, size, Math.max(1, timeout.toMillis()), TimeUnit.MILLISECONDS);
    }

    @Override
    public Future<@Nullable String> perform(Task task) {
        if (busy.incrementAndGet() > size) {
            busy.decrementAndGet();
            return Future.failedFuture(noThread());
        }
        Call call = new Call(task);
        task.onCancel(call::cancel);
        return threads.executeBlocking(call::run, false).compose(outcome -> outcome);
    }

    @Override
    public Future<Void> checkReachable() {
        return busy.get() < size ? worker.checkReachable() : Future.failedFuture(noThread());
    }

    private WorkerUnavailableException noThread() {
        return new WorkerUnavailableException(
                "all " + size + " threads are held by attempts that were given up and have not ended");
    }

    /** One call, interrupted when it is no longer wanted; never after it has ended, when its thread is another's. */
    private final class Call {

        private final Task task;
        private @Nullable Thread thread;
        private boolean isCancelled;

        Call(Task task) {
            this.task = task;
        }

        Future<@Nullable String> run() {
            try {
                return begin()
                        ? worker.perform(new OnLoop(task, loop))
                        : Future.failedFuture(new WorkFailedException("cancelled"));
            } finally {
                end();
                busy.decrementAndGet();
            }
        }

        private synchronized boolean begin() {
            thread = Thread.currentThread();
            return !isCancelled;
        }

        private synchronized void end() {
            thread = null;
            Thread.interrupted(); // meant for this call, not for the next one on this thread
        }

        synchronized void cancel() {
            isCancelled = true;
            if (thread != null) {
                thread.interrupt();
            }
        }
    }
}

package dev.latido.worker;

import static dev.latido.worker.Outcomes.failure;
import static dev.latido.worker.Outcomes.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BlockingWorkerTest {

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final CountDownLatch release = new CountDownLatch(1);
    private final Queue<Thread> began = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        release.countDown();
        vertx.close().await();
    }

    private Worker blocking(int size, Worker worker) {
        return new BlockingWorker(
                vertx, "import", size, Duration.ofMinutes(1), worker, new WorkerLoop(vertx, "import", "import-cancel"));
    }

    /** Waits for {@link #release}; ends early when it is interrupted. */
    private Future<@Nullable String> waiting(Task task) {
        began.add(Thread.currentThread());
        try {
            release.await();
            return Future.succeededFuture(task.payload());
        } catch (InterruptedException e) {
            return Future.failedFuture(e);
        }
    }

    /** Waits for {@link #release}, whatever happens. */
    private Future<@Nullable String> stubborn(Task task) {
        began.add(Thread.currentThread());
        boolean interrupted = false;
        while (true) {
            try {
                release.await();
                return Future.succeededFuture(Boolean.toString(interrupted));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    @Test
    void blocksNoEventLoop() {
        Worker worker = blocking(2, this::waiting);
        Context loop = vertx.getOrCreateContext();
        Promise<@Nullable String> outcome = Promise.promise();
        loop.runOnContext(ignored -> worker.perform(new FakeTask(1, "[]")).onComplete(outcome));
        await().until(() -> began.size() == 1);
        Promise<Void> loopIsFree = Promise.promise();
        loop.runOnContext(ignored -> loopIsFree.complete());
        loopIsFree.future().await();
        assertThat(outcome.future().isComplete()).isFalse();
        release.countDown();
        assertThat(result(outcome.future())).isEqualTo("[]");
    }

    @Test
    void runsAsManyAtOnceAsThereAreThreads() {
        Worker worker = blocking(3, this::waiting);
        List<Future<@Nullable String>> outcomes = IntStream.range(0, 3)
                .mapToObj(id -> worker.perform(new FakeTask(id, "[]")))
                .toList();
        await().until(() -> began.size() == 3);
        assertThat(began).doesNotHaveDuplicates();
        release.countDown();
        outcomes.forEach(Outcomes::result);
    }

    @Test
    void whatItThrowsIsAFailure() {
        Worker worker = blocking(1, task -> {
            throw new IllegalStateException("thrown");
        });
        assertThat(failure(worker.perform(new FakeTask(1, null)))).hasMessage("thrown");
        assertThat(failure(worker.perform(new FakeTask(2, null)))).hasMessage("thrown");
    }

    @Test
    void aFutureThatCompletesLaterIsWaitedFor() {
        Promise<@Nullable String> later = Promise.promise();
        Worker worker = blocking(1, task -> later.future());
        Future<@Nullable String> outcome = worker.perform(new FakeTask(1, null));
        later.complete("[]");
        assertThat(result(outcome)).isEqualTo("[]");
    }

    @Test
    void cancelInterruptsItsThread() {
        Worker worker = blocking(1, this::waiting);
        FakeTask task = new FakeTask(1, null);
        Future<@Nullable String> outcome = worker.perform(task);
        await().until(() -> began.size() == 1);
        task.cancel();
        assertThat(failure(outcome)).isInstanceOf(InterruptedException.class);
    }

    @Test
    void cancelBeforeItBeganRunsNothing() {
        Worker worker = blocking(1, this::waiting);
        FakeTask task = new FakeTask(1, null);
        task.cancel();
        assertThat(failure(worker.perform(task))).hasMessage("cancelled");
        assertThat(began).isEmpty();
    }

    @Test
    void cancelAfterTheEndDoesNotInterruptTheNextCall() {
        AtomicBoolean first = new AtomicBoolean(true);
        Worker worker = blocking(1, task -> first.getAndSet(false) ? Future.succeededFuture() : waiting(task));
        FakeTask ended = new FakeTask(1, null);
        result(worker.perform(ended));
        Future<@Nullable String> outcome = worker.perform(new FakeTask(2, "[]"));
        await().until(() -> began.size() == 1);
        ended.cancel();
        release.countDown();
        assertThat(result(outcome)).isEqualTo("[]");
    }

    @Test
    void anInterruptDoesNotReachTheNextCall() {
        AtomicBoolean first = new AtomicBoolean(true);
        FakeTask cancelled = new FakeTask(1, null);
        Worker worker = blocking(1, task -> {
            if (first.getAndSet(false)) {
                task.onCancel(() -> {});
                cancelled.cancel(); // sets the flag of this thread, and nobody looks at it
                return Future.succeededFuture("[]");
            }
            return Future.succeededFuture(
                    Boolean.toString(Thread.currentThread().isInterrupted()));
        });
        result(worker.perform(cancelled));
        assertThat(result(worker.perform(new FakeTask(2, null)))).isEqualTo("false");
    }

    @Test
    void whileAbandonedCallsHoldAllThreadsNothingIsTried() {
        Worker worker = blocking(1, this::stubborn);
        FakeTask abandoned = new FakeTask(1, null);
        Future<@Nullable String> first = worker.perform(abandoned);
        await().until(() -> began.size() == 1);
        abandoned.cancel();
        assertThat(failure(worker.perform(new FakeTask(2, null))))
                .isInstanceOf(WorkerUnavailableException.class)
                .hasMessage("all 1 threads are held by attempts that were given up and have not ended");
        assertThat(failure(worker.checkReachable())).isInstanceOf(WorkerUnavailableException.class);
        release.countDown();
        assertThat(result(first)).isEqualTo("true");
        assertThat(result(worker.perform(new FakeTask(3, null)))).isEqualTo("false");
    }

    /** The owner cancels, and would wait for what the class does then. */
    @Test
    void whoCancelsDoesNotRunWhatTheClassDoesThen() {
        AtomicReference<String> cancelled = new AtomicReference<>();
        FakeTask task = new FakeTask(1, null);
        Future<@Nullable String> call = blocking(1, given -> {
                    given.onCancel(() -> cancelled.set(Thread.currentThread().getName()));
                    return waiting(given);
                })
                .perform(task);
        await().until(() -> began.size() == 1);
        task.cancel();
        assertThat(failure(call)).isInstanceOf(InterruptedException.class);
        await().untilAsserted(() -> assertThat(cancelled).hasValue("import-cancel"));
    }

    @Test
    void jobsDoNotShareThreads() {
        Worker hanging = blocking(1, this::waiting);
        hanging.perform(new FakeTask(1, null));
        await().until(() -> began.size() == 1);
        Worker other = new BlockingWorker(
                vertx,
                "export",
                1,
                Duration.ofMinutes(1),
                task -> Future.succeededFuture("[]"),
                new WorkerLoop(vertx, "export", "export-cancel"));
        assertThat(result(other.perform(new FakeTask(2, null)))).isEqualTo("[]");
    }
}

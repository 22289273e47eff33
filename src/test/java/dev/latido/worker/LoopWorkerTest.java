package dev.latido.worker;

import static dev.latido.worker.Outcomes.failure;
import static dev.latido.worker.Outcomes.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.latido.BlockedThreadGuard;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LoopWorkerTest {

    private static final long SECOND = 1_000_000_000L;

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final WorkerLoop loop = new WorkerLoop(vertx, "import", "latido-worker-import");
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger calls = new AtomicInteger();
    private final Worker blocking = new LoopWorker(this::block, loop);
    private final Logger logger = (Logger) LoggerFactory.getLogger(WorkerLoop.class);
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>() {
        @Override
        protected void append(ILoggingEvent line) {
            lines.add(line.getLevel() + " " + line.getFormattedMessage());
            super.append(line);
        }
    };

    @BeforeEach
    void record() {
        appender.start();
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        logger.addAppender(appender);
    }

    @AfterEach
    void close() {
        release.countDown();
        vertx.close().await();
        logger.detachAppender(appender);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    private Future<@Nullable String> block(Task task) {
        calls.incrementAndGet();
        try {
            release.await();
            return Future.succeededFuture(task.payload());
        } catch (InterruptedException e) {
            return Future.failedFuture(e);
        }
    }

    private static String thread() {
        return Thread.currentThread().getName();
    }

    @Test
    void allThatAClassDoesRunsOnItsOwnThread() {
        Worker worker = new LoopWorker(
                task -> {
                    String called = thread();
                    return vertx.timer(1).map(fired -> called + " " + thread());
                },
                loop);
        assertThat(result(worker.perform(new FakeTask(1, null))))
                .isEqualTo("latido-worker-import latido-worker-import");
    }

    @Test
    void whoCancelsDoesNotRunWhatTheClassDoesThen() {
        AtomicReference<String> thread = new AtomicReference<>();
        Promise<@Nullable String> outcome = Promise.promise();
        Worker worker = new LoopWorker(
                task -> {
                    task.onCancel(() -> {
                        thread.set(thread());
                        outcome.fail("cancelled");
                    });
                    calls.incrementAndGet();
                    return outcome.future();
                },
                loop);
        FakeTask task = new FakeTask(1, null);
        Future<@Nullable String> performed = worker.perform(task);
        await().until(() -> calls.get() == 1);
        task.cancel();
        assertThat(failure(performed)).hasMessage("cancelled");
        assertThat(thread).hasValue("latido-worker-import");
    }

    @Test
    void whatIsThrownIsAFailure() {
        Worker worker = new LoopWorker(
                task -> {
                    throw new AssertionError("thrown");
                },
                loop);
        assertThat(failure(worker.perform(new FakeTask(1, null)))).isInstanceOf(AssertionError.class);
    }

    @Test
    void aClassThatBlocksIsNamedAndGetsNoMoreUntilItReturns() {
        Future<@Nullable String> first = blocking.perform(new FakeTask(1, "[1]"));
        FakeTask given = new FakeTask(2, null);
        Future<@Nullable String> second = blocking.perform(given);
        await().until(() -> calls.get() == 1);
        loop.look(SECOND);
        loop.look(3 * SECOND - 1);
        assertThat(lines).isEmpty();
        blocking.checkReachable().await();

        loop.look(3 * SECOND);
        loop.look(4 * SECOND);
        assertThat(lines)
                .containsExactly(
                        "WARN import: its worker blocks its event loop, for more than 2 s now; until it returns"
                                + " the job gets no further. Set 'blocking: true', or have it return a future instead of waiting");
        assertThat(Arrays.stream(appender.list.get(0).getThrowableProxy().getStackTraceElementProxyArray()))
                .anyMatch(frame -> frame.getStackTraceElement().getMethodName().equals("block"));
        assertThat(failure(blocking.perform(new FakeTask(3, null))))
                .isInstanceOf(WorkerUnavailableException.class)
                .hasMessage("the worker's class blocks its event loop; the log says where");
        assertThat(failure(blocking.checkReachable())).isInstanceOf(WorkerUnavailableException.class);

        given.cancel();
        release.countDown();
        assertThat(result(first)).isEqualTo("[1]");
        assertThat(failure(second)).hasMessage("cancelled");
        await().until(() -> lines.size() == 2);
        assertThat(lines).element(1).isEqualTo("INFO import: the event loop of its worker runs again");
        assertThat(result(blocking.perform(new FakeTask(4, "[4]")))).isEqualTo("[4]");
        assertThat(calls).hasValue(2);
    }

    @Test
    void anIdleLoopIsLeftAlone() {
        loop.look(SECOND);
        loop.look(10 * SECOND);
        assertThat(lines).isEmpty();
    }

    @Test
    void afterTheEndNobodyIsThere() {
        Worker calm = new LoopWorker(task -> Future.succeededFuture("1"), loop);
        assertThat(result(calm.perform(new FakeTask(1, null)))).isEqualTo("1");
        vertx.close().await();
        await().until(() -> calm.perform(new FakeTask(1, null)).cause() instanceof WorkerUnavailableException end
                && "the service ends".equals(end.getMessage()));
        loop.look(SECOND);
    }

    /** Nothing is left that nobody would end. */
    @Test
    void whatIsMadeAfterTheEndEndsToo() {
        vertx.close().await();
        new LoopWorker(task -> Future.succeededFuture("1"), loop).perform(new FakeTask(1, null));
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("latido-worker-import")));
    }
}

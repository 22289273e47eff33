package dev.latido.worker;

import static dev.latido.worker.Outcomes.failure;
import static dev.latido.worker.Outcomes.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.job.ResultBound;
import dev.latido.queue.Producer;
import dev.latido.queue.ProducerConfig;
import dev.latido.worker.FakeTask.Progress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final WorkBus bus = new LocalBus(vertx.eventBus(), address -> false);
    private final Workers workers = new Workers(
            vertx, bus, InstantSource.system(), "progress", "cancel", WorkersTest::noProducer, worker -> worker);

    private static Producer noProducer(ProducerConfig target) {
        throw new AssertionError("nobody hands in at " + target);
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private Worker make(WorkerConfig config) {
        return workers.make("import", "worker", 2, Duration.ofMinutes(1), ResultBound.DEFAULT, config);
    }

    private Worker make(Class<?> type, boolean blocking) {
        return make(new WorkerConfig.JavaClass(type.getName(), blocking));
    }

    private Future<@Nullable String> perform(Class<?> type) {
        return make(type, false).perform(new FakeTask(1, "{\"n\":1}"));
    }

    @Test
    void makesTheWorkerThatTheConfigurationNames() {
        assertThat(make(new WorkerConfig.Log())).isInstanceOf(LogWorker.class);
        assertThat(make(new WorkerConfig.EventBus("work"))).isInstanceOf(EventBusWorker.class);
        assertThat(make(new WorkerConfig.Http(URI.create("http://worker.test"), false)))
                .isInstanceOf(HttpWorker.class);
        assertThat(make(Echo.class, false)).isInstanceOf(LoopWorker.class);
        assertThat(make(Echo.class, true)).isInstanceOf(BlockingWorker.class);
    }

    @Test
    void privateTargetsAreRefusedUnlessAllowed() {
        URI nobody = URI.create("http://127.0.0.1:1/");
        assertThat(failure(make(new WorkerConfig.Http(nobody, false)).perform(new FakeTask(1, null))))
                .hasMessageStartingWith("not called: 127.0.0.1 has the address 127.0.0.1");
        assertThat(failure(make(new WorkerConfig.Http(nobody, true)).perform(new FakeTask(1, null))))
                .hasMessageStartingWith("no connection to 127.0.0.1:1");
    }

    @Test
    void listensToProgressOnlyForWorkersThatReportIt() {
        make(new WorkerConfig.Log());
        workers.start().await();
        assertThat(vertx.eventBus()
                        .request("progress", "anybody?")
                        .transform(reply -> Future.succeededFuture(reply.failed()))
                        .await())
                .isTrue();
        Worker bus = make(new WorkerConfig.EventBus("work"));
        workers.start().await();
        vertx.eventBus().consumer("work", message -> {}).completion().await();
        FakeTask task = new FakeTask(1, null);
        bus.perform(task);
        vertx.eventBus()
                .send(
                        "progress",
                        new JsonObject().put("id", task.id()).put("attempt", 2).put("progress", 1));
        await().until(() -> task.reported.contains(new Progress(1, "")));
    }

    // Classes

    /** Returns its payload. */
    public static final class Echo implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            task.progress(0.5, "half");
            return Future.succeededFuture(task.payload());
        }
    }

    /** Needs the Vert.x instance, and prefers this constructor. */
    public static final class OnVertx implements Worker {
        private final @Nullable Vertx vertx;

        public OnVertx() {
            this.vertx = null;
        }

        public OnVertx(Vertx vertx) {
            this.vertx = vertx;
        }

        @Override
        public Future<@Nullable String> perform(Task task) {
            return vertx == null
                    ? Future.failedFuture("no Vert.x")
                    : vertx.timer(1).map("[ \"on time\" ]");
        }
    }

    @Test
    void runsAClass() {
        FakeTask task = new FakeTask(1, "{\"n\": 1}");
        assertThat(result(make(Echo.class, false).perform(task))).isEqualTo("{\"n\": 1}");
        assertThat(task.reported).containsExactly(new Progress(0.5, "half"));
    }

    @Test
    void givesAClassTheVertxThatItAsksFor() {
        assertThat(result(perform(OnVertx.class))).isEqualTo("[ \"on time\" ]");
    }

    /** Throws. */
    public static final class Throwing implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            throw new IllegalStateException("thrown");
        }
    }

    /** Lacks a class at run time. */
    public static final class Incomplete implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            throw new NoClassDefFoundError("com/example/Missing");
        }
    }

    /** Fails. */
    public static final class Failing implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            return Future.failedFuture("failed");
        }
    }

    /** Knows that it never will. */
    public static final class Refusing implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            return Future.failedFuture(WorkFailedException.doNotRetry("never"));
        }
    }

    /** Forgets its future. */
    public static final class Forgetful implements Worker {
        @Override
        @SuppressWarnings("NullAway")
        public Future<@Nullable String> perform(Task task) {
            return null;
        }
    }

    /** Returns what is not JSON. */
    public static final class NoJson implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            return Future.succeededFuture("done!");
        }
    }

    /** Returns more than is kept. */
    public static final class Verbose implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            return Future.succeededFuture("x".repeat(65_537));
        }
    }

    @Test
    void whatAClassDoesWrongIsAFailure() {
        assertThat(failure(perform(Throwing.class))).hasMessage("thrown");
        assertThat(failure(perform(Incomplete.class))).hasMessage("com/example/Missing");
        assertThat(failure(perform(Failing.class))).hasMessage("failed");
        assertThat(failure(perform(Refusing.class)))
                .isInstanceOfSatisfying(
                        WorkFailedException.class,
                        refused -> assertThat(refused.isFinal()).isTrue());
        assertThat(failure(perform(Forgetful.class))).hasMessage("the worker returned null instead of a future");
    }

    /** The owner decides what is kept of it. */
    @Test
    void theTextThatAClassReturnsIsHandedOnAsItIs() {
        assertThat(result(perform(NoJson.class))).isEqualTo("done!");
        assertThat(result(perform(Verbose.class))).hasSize(65_537);
    }

    /** It was tried again, and so the work was done again. */
    @Test
    void whatAClassDidWithoutAFutureIsNotTriedAgain() {
        assertThat(failure(perform(Forgetful.class)))
                .isInstanceOfSatisfying(
                        WorkFailedException.class,
                        failed -> assertThat(failed.isFinal()).isTrue());
    }

    /** Says from its own thread when it wants to be asked again, one way or the other. */
    public static final class Busy implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            WorkFailedException later = WorkFailedException.retryIn("busy", Duration.ofSeconds(5));
            if (task.payload() == null) {
                throw later;
            }
            return Future.failedFuture(later);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatAClassSaysOfTryingAgainIsPassedOn(boolean isBlocking) {
        for (FakeTask task : List.of(new FakeTask(1, null), new FakeTask(2, "1"))) {
            assertThat(failure(make(Busy.class, isBlocking).perform(task)))
                    .isInstanceOfSatisfying(
                            WorkFailedException.class,
                            failed -> assertThat(failed.retryAfter()).isEqualTo(Duration.ofSeconds(5)));
        }
    }

    // Fallbacks

    private Worker fallback(WorkerConfig config) {
        return workers.make("import", "fallback", 1, Duration.ofMinutes(1), ResultBound.DEFAULT, config);
    }

    @Test
    void aFallbackIsOfAnyKind() {
        assertThat(fallback(new WorkerConfig.Log())).isInstanceOf(LogWorker.class);
        assertThat(fallback(new WorkerConfig.EventBus("other"))).isInstanceOf(EventBusWorker.class);
        assertThat(fallback(new WorkerConfig.Http(URI.create("http://fallback.test"), false)))
                .isInstanceOf(HttpWorker.class);
        assertThat(fallback(new WorkerConfig.JavaClass(Echo.class.getName(), false)))
                .isInstanceOf(LoopWorker.class);
        assertThat(fallback(new WorkerConfig.JavaClass(Echo.class.getName(), true)))
                .isInstanceOf(BlockingWorker.class);
    }

    /** Holds its thread until it is interrupted; says before on which it is. */
    public static final class Holding implements Worker {
        static final BlockingQueue<String> THREADS = new LinkedBlockingQueue<>();

        @Override
        public Future<@Nullable String> perform(Task task) {
            THREADS.add(Thread.currentThread().getName());
            try {
                new CountDownLatch(1).await();
                throw new AssertionError("nobody counts down");
            } catch (InterruptedException e) {
                return Future.failedFuture("interrupted");
            }
        }
    }

    /** With threads in common, a worker that hangs would take those of the fallback that is to help out. */
    @Test
    void aFallbackThatBlocksHasThreadsOfItsOwn() throws Exception {
        WorkerConfig config = new WorkerConfig.JavaClass(Holding.class.getName(), true);
        Worker worker = workers.make("import", "worker", 1, Duration.ofMinutes(1), ResultBound.DEFAULT, config);
        Worker fallback = fallback(config);
        FakeTask first = new FakeTask(1, null);
        FakeTask second = new FakeTask(2, null);
        Future<@Nullable String> byWorker = worker.perform(first);
        assertThat(Holding.THREADS.poll(10, TimeUnit.SECONDS)).startsWith("latido-worker-import-");
        Future<@Nullable String> byFallback = fallback.perform(second);
        assertThat(Holding.THREADS.poll(10, TimeUnit.SECONDS)).startsWith("latido-fallback-import-");
        assertThat(failure(fallback.perform(new FakeTask(3, null))))
                .isInstanceOf(WorkerUnavailableException.class)
                .hasMessageStartingWith("all 1 threads are held");
        first.cancel();
        second.cancel();
        assertThat(failure(byWorker)).hasMessage("interrupted");
        assertThat(failure(byFallback)).hasMessage("interrupted");
    }

    @Test
    void whatIsWrongWithAFallbackIsToldWithItsSetting() {
        assertThatThrownBy(() -> fallback(new WorkerConfig.JavaClass("com.example.Missing", false)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "jobs.import.fallback.class: there is no class com.example.Missing on the class path; start with");
        WorkerConfig blocking = new WorkerConfig.JavaClass(Echo.class.getName(), true);
        assertThatThrownBy(() ->
                        workers.make("import", "fallback", 257, Duration.ofMinutes(1), ResultBound.DEFAULT, blocking))
                .hasMessageStartingWith("jobs.import.concurrency: at most 256 with a worker that blocks");
    }

    @Test
    void aFallbackOnTheBusReportsItsProgressToo() {
        Worker bus = fallback(new WorkerConfig.EventBus("other"));
        workers.start().await();
        vertx.eventBus().consumer("other", message -> {}).completion().await();
        FakeTask task = new FakeTask(1, null);
        bus.perform(task);
        vertx.eventBus()
                .send(
                        "progress",
                        new JsonObject().put("id", task.id()).put("attempt", 2).put("progress", 1));
        await().until(() -> task.reported.contains(new Progress(1, "")));
    }

    /** Is no worker. */
    public static final class NoWorker {}

    /** Has no constructor that could be called. */
    public static final class NoConstructor implements Worker {
        NoConstructor() {}

        @Override
        public Future<@Nullable String> perform(Task task) {
            return Future.succeededFuture();
        }
    }

    /** Cannot be made. */
    public abstract static class Abstract implements Worker {
        public Abstract() {}
    }

    /** Is not for everybody. */
    static final class Hidden implements Worker {
        public Hidden() {}

        @Override
        public Future<@Nullable String> perform(Task task) {
            return Future.succeededFuture();
        }
    }

    /** Fails while it is made. */
    public static final class Broken implements Worker {
        public Broken() {
            throw new IllegalStateException("no database");
        }

        @Override
        public Future<@Nullable String> perform(Task task) {
            return Future.succeededFuture();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "com.example.Missing, there is no class com.example.Missing on the class path",
        "'', there is no class",
        "dev.latido.worker.WorkersTest$NoWorker, does not implement dev.latido.worker.Worker",
        "dev.latido.worker.WorkersTest$NoConstructor, has no public constructor that takes a Vertx or nothing",
        "dev.latido.worker.WorkersTest$Abstract, cannot be used: java.lang.InstantiationException",
        "dev.latido.worker.WorkersTest$Broken, threw java.lang.IllegalStateException: no database",
        "dev.latido.worker.Worker, has no public constructor",
        "DEV.latido.worker.workerstest, there is no class",
    })
    void aClassThatCannotBeUsedIsToldWithItsSetting(String name, String reason) {
        assertThatThrownBy(() -> make(new WorkerConfig.JavaClass(name, false)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("jobs.import.worker.class: ")
                .hasMessageContaining(reason);
    }

    @Test
    void moreThreadsThanAJobMayHaveAreRefusedWithTheSetting() {
        WorkerConfig config = new WorkerConfig.JavaClass(Echo.class.getName(), true);
        assertThatThrownBy(
                        () -> workers.make("import", "worker", 257, Duration.ofMinutes(1), ResultBound.DEFAULT, config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("jobs.import.concurrency: at most 256 with a worker that blocks, because each takes a"
                        + " thread, was 257");
    }
}

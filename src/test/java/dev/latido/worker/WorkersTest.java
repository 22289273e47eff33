package dev.latido.worker;

import static dev.latido.worker.Outcomes.failure;
import static dev.latido.worker.Outcomes.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.worker.FakeTask.Progress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkersTest {

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final Workers workers = new Workers(vertx, "progress", "cancel");

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private Worker make(WorkerConfig config) {
        return workers.make("import", 2, Duration.ofMinutes(1), config);
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
        assertThat(make(Echo.class, false)).isInstanceOf(ClassWorker.class);
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
        assertThat(result(make(Echo.class, false).perform(task))).isEqualTo("{\"n\":1}");
        assertThat(task.reported).containsExactly(new Progress(0.5, "half"));
    }

    @Test
    void givesAClassTheVertxThatItAsksFor() {
        assertThat(result(perform(OnVertx.class))).isEqualTo("[\"on time\"]");
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

    /** Forgets its future. */
    public static final class Forgetful implements Worker {
        @Override
        @SuppressWarnings("NullAway")
        public Future<@Nullable String> perform(Task task) {
            return null;
        }
    }

    /** Returns what is no JSON. */
    public static final class NoJson implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            return Future.succeededFuture("done!");
        }
    }

    /** Returns more than is kept; the owner says so. */
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
        assertThat(failure(perform(Forgetful.class))).hasMessage("the worker returned null instead of a future");
        assertThat(failure(perform(NoJson.class))).hasMessage("the worker's result is no JSON text");
        assertThat(result(perform(Verbose.class))).hasSize(65_537);
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
        assertThatThrownBy(() -> workers.make("import", 257, Duration.ofMinutes(1), config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("jobs.import.concurrency: at most 256 with a worker that blocks, because each takes a"
                        + " thread, was 257");
    }
}

package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The real program told to end while work is in flight: what is not done is put back, and that is stored. */
@DisabledOnOs(OS.WINDOWS) // has no SIGTERM
class ShutdownTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private final HeldWorker worker = new HeldWorker();

    @AfterEach
    void close() {
        worker.close();
    }

    private MainProcess start(String grace) {
        JsonObject work = new JsonObject()
                .put("concurrency", 2)
                .put("maxCrashes", 1) // what counts as a crash is not tried again
                .put("worker", worker.config());
        return MainProcess.start(
                new JsonObject().put("jobs", new JsonObject().put("work", work)),
                "store.directory=" + directory,
                "shutdown.grace=" + grace);
    }

    private static String submit(ApiClient api) throws ApiClient.Died {
        return api.post("/api/jobs/work/executions", "1").json().getString("id");
    }

    private void assertStoppedInOrder(MainProcess program) {
        assertThat(program.lines().get(program.lines().size() - 1)).endsWith("latido - Stopped");
        assertThat(program.lines()).noneMatch(line -> line.contains(" ERROR "));
        assertThat(directory.resolve("latido.db-wal")).doesNotExist();
        assertThat(directory.resolve("native")).isEmptyDirectory();
    }

    @Test
    void workThatOutlastsTheGraceRunsAgainAndIsNoCrash() throws Exception {
        worker.hold();
        String done;
        String slow;
        String queued;
        try (MainProcess program = start("1500ms");
                ApiClient api = new ApiClient(program.awaitPort())) {
            done = submit(api);
            slow = submit(api);
            Map<String, HeldWorker.Call> calls = takeTwo();
            assertThat(calls).containsOnlyKeys(done, slow);
            queued = submit(api);
            program.terminate();
            program.awaitLine("Stopping: not ready now");
            Objects.requireNonNull(calls.get(done)).succeed();
            assertThat(program.awaitExit()).isEqualTo(1);
            program.awaitLine("Not all that was in flight finished in time");
            assertStoppedInOrder(program);
        }
        assertGoesOn(done, slow, queued);
    }

    /** Takes two calls that are made at once, each on a connection of its own, so that either may come first. */
    private Map<String, HeldWorker.Call> takeTwo() {
        HeldWorker.Call one = worker.take();
        HeldWorker.Call other = worker.take();
        return Map.of(one.execution(), one, other.execution(), other);
    }

    /** Starts again: what was done is done, and the rest runs, what had begun before as its second attempt. */
    private void assertGoesOn(String done, String slow, String queued) throws Exception {
        try (MainProcess program = start("20s");
                ApiClient api = new ApiClient(program.awaitPort())) {
            assertThat(api.get("/api/executions/" + done).json().getString("state"))
                    .isEqualTo("succeeded");
            Map<String, HeldWorker.Call> calls = takeTwo();
            assertThat(calls).containsOnlyKeys(slow, queued);
            assertThat(Objects.requireNonNull(calls.get(slow)).attempt()).isEqualTo(2);
            assertThat(Objects.requireNonNull(calls.get(queued)).attempt()).isEqualTo(1);
            calls.values().forEach(HeldWorker.Call::succeed);
            await().atMost(PATIENCE)
                    .until(() -> api.get("/api/jobs/work")
                                    .json()
                                    .getJsonObject("counters")
                                    .getInteger("succeeded")
                            == 3);
            assertThat(worker.count()).isEqualTo(4);
            program.terminate();
            assertThat(program.awaitExit()).isZero();
            assertStoppedInOrder(program);
        }
    }

    @Test
    void secondSignalHurriesAndStillStores() throws Exception {
        worker.hold();
        String done;
        String slow;
        String queued;
        try (MainProcess program = start("5m");
                ApiClient api = new ApiClient(program.awaitPort())) {
            done = submit(api);
            worker.take().succeed();
            slow = submit(api);
            worker.take();
            await().until(() -> api.get("/api/jobs/work").json().getInteger("inFlight") == 1);
            JsonObject stop = api.post("/api/jobs/work/stop", "").json();
            assertThat(stop.getBoolean("isRunning")).isFalse();
            queued = submit(api);
            assertThat(api.post("/api/jobs/work/start", "").status()).isEqualTo(200);
            worker.take();
            program.terminate();
            program.awaitLine("Stopping: not ready now");
            program.terminate();
            assertThat(program.awaitExit()).isEqualTo(1); // long before the five minutes are over
            program.awaitLine("A second signal (SIGTERM): not waiting any more");
            assertStoppedInOrder(program);
        }
        try (MainProcess program = start("20s");
                ApiClient api = new ApiClient(program.awaitPort())) {
            assertThat(api.get("/api/executions/" + done).json().getString("state"))
                    .isEqualTo("succeeded");
            Map<String, HeldWorker.Call> calls = takeTwo();
            assertThat(calls).containsOnlyKeys(slow, queued);
            assertThat(calls.values()).extracting(HeldWorker.Call::attempt).containsOnly(2);
            program.kill();
        }
    }

    @Test
    void endsAtOnceWhenItIsToldToBeforeItIsUp() {
        try (MainProcess program = start("20s")) {
            await().atMost(PATIENCE)
                    .until(() -> directory.resolve("latido.lock").toFile().exists());
            program.terminate();
            assertThat(program.awaitExit()).isIn(0, 143); // 143: before it listened to signals
        }
        try (MainProcess program = start("20s")) {
            program.awaitPort();
        }
    }
}

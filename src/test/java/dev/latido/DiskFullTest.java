package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.RawResponse;
import dev.latido.store.sqlite.SmallDisk;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The real program with its store on a disk that is full, and then is not. */
@EnabledOnOs(OS.LINUX) // where there is tmpfs
class DiskFullTest {

    private static final String SUBMIT = "/api/jobs/work/executions";
    private static final String PAYLOAD = "\"" + "x".repeat(2_000) + "\"";
    private static final int KIB = 8_192;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Set<String> accepted = new LinkedHashSet<>();

    private static MainProcess start(SmallDisk disk, HeldWorker worker) {
        JsonObject jobs = new JsonObject()
                .put("heartbeat", new JsonObject().put("every", "1h"))
                .put("memory", new JsonObject().put("durability", "none"))
                .put("work", new JsonObject().put("concurrency", 2).put("worker", worker.config()));
        return MainProcess.start(
                new JsonObject().put("jobs", jobs),
                "store.directory=" + disk.root(),
                "submissions.timeout=500ms",
                "shutdown.grace=1s");
    }

    private RawResponse submit(ApiClient api, String key) throws ApiClient.Died {
        RawResponse answer = api.post(SUBMIT, PAYLOAD, "Idempotency-Key: " + key);
        if (answer.status() == 202 || answer.status() == 200) {
            accepted.add(answer.json().getString("id"));
        }
        return answer;
    }

    /** Hands in until the disk is full, and is known to be; returns the keys of which the outcome is unknown. */
    private List<String> fill(SmallDisk disk, ApiClient api) throws Exception {
        disk.fill();
        List<String> unknown = new ArrayList<>();
        for (int i = 0; ; i++) {
            RawResponse answer = submit(api, "filling" + i);
            if (answer.status() == 507) {
                return unknown;
            } else if (answer.status() == 504) {
                unknown.add("filling" + i);
            }
            assertThat(answer.status()).as(answer::toString).isIn(202, 504);
        }
    }

    private static JsonObject job(ApiClient api, String job) throws ApiClient.Died {
        return api.get("/api/jobs/" + job).json();
    }

    private static void awaitReady(ApiClient api) {
        await().atMost(PATIENCE).until(() -> api.get("/health/ready").status() == 200);
    }

    @Test
    void refusesWhatItCannotStoreAndGoesOnWhenThereIsSpaceAgain(@TempDir Path directory) throws Exception {
        try (SmallDisk disk = SmallDisk.mount(directory, KIB);
                HeldWorker worker = new HeldWorker()) {
            String doneWhileFull;
            try (MainProcess program = start(disk, worker);
                    ApiClient api = new ApiClient(program.awaitPort())) {
                assertThat(api.post("/api/job/start", "").status()).isEqualTo(200);
                worker.hold();
                assertThat(submit(api, "in flight").status()).isEqualTo(202);
                HeldWorker.Call inFlight = worker.take();
                worker.release();
                List<String> unknown = fill(disk, api);

                assertRefuses(api);
                assertThat(job(api, "memory").getString("durability")).isEqualTo("none");
                RawResponse inMemory = api.post("/api/jobs/memory/executions", "1", "Prefer: wait=5");
                assertThat(inMemory.json().getString("state")).isEqualTo("succeeded");
                inFlight.succeed();
                doneWhileFull = inFlight.execution();
                RawResponse stop = api.post("/api/job/stop", "");
                assertThat(stop.status()).isEqualTo(200);
                assertThat(stop.json().getString("message")).contains("stopped", "not stored yet", "no space left");
                assertThat(api.get("/api/job/status").json().getBoolean("isRunning"))
                        .isFalse();

                disk.free();
                awaitReady(api);
                for (String key : unknown) {
                    assertThat(submit(api, key).status()).isIn(200, 202);
                }
                assertThat(submit(api, "after").status()).isEqualTo(202);
                await().atMost(PATIENCE)
                        .until(() ->
                                job(api, "work").getJsonObject("counters").getInteger("succeeded") == accepted.size());
                assertThat(worker.count()).as("nothing was done twice").isEqualTo(accepted.size());
                assertThat(job(api, "work").getJsonObject("counters").getInteger("accepted"))
                        .isEqualTo(accepted.size());
                program.awaitLine("The store accepts writes again");
                program.kill();
            }
            try (MainProcess program = start(disk, worker);
                    ApiClient api = new ApiClient(program.awaitPort())) {
                for (String id : accepted) {
                    JsonObject execution = api.get("/api/executions/" + id).json();
                    assertThat(execution.getString("state")).isEqualTo("succeeded");
                    assertThat(execution.getInteger("attempt")).isEqualTo(1);
                }
                assertThat(accepted).contains(doneWhileFull);
                assertThat(api.get("/api/job/status").json().getBoolean("isRunning"))
                        .as("stopped while nothing could be stored")
                        .isFalse();
                program.kill();
            }
        }
    }

    private static void assertRefuses(ApiClient api) throws ApiClient.Died {
        List<RawResponse> refused = List.of(
                api.post(SUBMIT, PAYLOAD),
                api.post("/api/job/start", ""),
                api.post("/api/jobs/memory/start", ""),
                api.post("/api/jobs/work/complete", ""));
        for (RawResponse answer : refused) {
            answer.assertProblem(507, "store-full");
            assertThat(answer.header("Retry-After")).isPresent();
            assertThat(answer.json().getString("detail")).contains("no space left");
        }
        RawResponse batch = api.post(SUBMIT + "/batch", "[{}]");
        assertThat(batch.body()).contains("\"status\":507", "store-full");
        RawResponse status = api.get("/api/jobs/work/status");
        assertThat(status.json().getString("message")).contains("waiting for the store", "no space left");
        RawResponse ready = api.get("/health/ready");
        assertThat(ready.status()).isEqualTo(503);
        assertThat(ready.json().getJsonArray("degraded").encode()).contains("no space left");
        assertThat(api.get("/health/live").status()).isEqualTo(200);
        assertThat(api.get("/api/store").json().getString("problem")).contains("no space left");
    }

    @Test
    void endsInTimeAndSaysThatNotAllIsStored(@TempDir Path directory) throws Exception {
        try (SmallDisk disk = SmallDisk.mount(directory, KIB);
                HeldWorker worker = new HeldWorker()) {
            try (MainProcess program = start(disk, worker);
                    ApiClient api = new ApiClient(program.awaitPort())) {
                fill(disk, api);
                program.terminate();
                assertThat(program.awaitExit()).isEqualTo(1);
                assertThat(program.lines()).anyMatch(line -> line.contains("What was put back is not stored: "));
                assertThat(program.lines().get(program.lines().size() - 1)).endsWith("latido - Stopped");
            }
            disk.free();
            try (MainProcess program = start(disk, worker);
                    ApiClient api = new ApiClient(program.awaitPort())) {
                for (String id : accepted) {
                    assertThat(api.get("/api/executions/" + id).status()).isEqualTo(200);
                }
                program.kill();
            }
        }
    }

    @Test
    void startsOnAFullDiskAfterItWasKilled(@TempDir Path directory) throws Exception {
        try (SmallDisk disk = SmallDisk.mount(directory, KIB);
                HeldWorker worker = new HeldWorker()) {
            worker.hold();
            try (MainProcess program = start(disk, worker);
                    ApiClient api = new ApiClient(program.awaitPort())) {
                assertThat(submit(api, "before").status()).isEqualTo(202);
                assertThat(worker.take().attempt()).isEqualTo(1);
                program.kill();
            }
            disk.fill();
            try (MainProcess program = start(disk, worker);
                    ApiClient api = new ApiClient(program.awaitPort())) {
                await().until(() -> api.get("/health/ready").body().contains("no space left"));
                disk.free();
                HeldWorker.Call again = worker.take();
                assertThat(again.attempt()).isEqualTo(2);
                again.succeed();
                awaitReady(api);
                program.kill();
            }
        }
    }
}

package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.process.ProcessEnd;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nobody reads what the service logs, as when a log driver is slow or a terminal is stopped; it goes on all the same. */
class StalledLogTest {

    private static final int WORKS = 20_000;
    private static final int A_BATCH = 1_000;

    @TempDir
    Path directory;

    private MainProcess start() {
        JsonObject job = new JsonObject()
                .put("autoStart", true)
                .put("concurrency", 100)
                .put("queue", new JsonObject().put("capacity", WORKS));
        return MainProcess.startWith(
                List.of(),
                new JsonObject().put("jobs", new JsonObject().put("work", job)),
                "store.directory=" + directory);
    }

    /** Has so much logged that nobody can keep it. */
    private static void log(ApiClient api) throws Exception {
        String payload = "{\"payload\": \"" + "x".repeat(200) + "\"}\n";
        for (int i = 0; i < WORKS / A_BATCH; i++) {
            assertThat(api.post(
                                    "/api/jobs/work/executions/batch",
                                    payload.repeat(A_BATCH),
                                    "Content-Type: application/x-ndjson")
                            .status())
                    .isEqualTo(200);
        }
        await().atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(api.get("/api/jobs/work")
                                .json()
                                .getJsonObject("counters")
                                .getInteger("succeeded"))
                        .isEqualTo(WORKS));
    }

    @Test
    void nothingWaitsForWhoeverReadsTheLog() throws Exception {
        try (MainProcess process = start()) {
            try (ApiClient api = new ApiClient(process.awaitPort())) {
                process.stallOutput();
                log(api);
                assertThat(api.get("/health/ready").status()).isEqualTo(200);
                String metrics = api.get("/metrics").body();
                assertThat(metrics)
                        .containsPattern("latido_log_dropped_total\\{level=\"info\"} [1-9]")
                        .contains("latido_log_dropped_total{level=\"error\"} 0.0");

                process.readOutput();
                process.awaitLine("Lines were dropped, because the log was not taken in time: ");
            }
            process.terminate();
            assertThat(process.awaitExit()).isZero();
        }
    }

    @Test
    void itStopsInOrderAllTheSame() throws Exception {
        try (MainProcess process = start()) {
            try (ApiClient api = new ApiClient(process.awaitPort())) {
                process.stallOutput();
                log(api);
            }
            process.terminate();
            assertThat(process.awaitExit()).isEqualTo(ProcessEnd.OK);
        }
    }

    /** A signal does what it has to before it says so: this one ends two minutes of waiting. */
    @Test
    void aSecondSignalHurriesItAllTheSame() throws Exception {
        JsonObject file = new JsonObject().put("shutdown", new JsonObject().put("notReadyFor", "2m"));
        try (MainProcess process = MainProcess.startWith(List.of(), file, "store.directory=" + directory);
                ApiClient api = new ApiClient(process.awaitPort())) {
            process.stallOutput();
            process.terminate();
            await().untilAsserted(
                            () -> assertThat(api.get("/health/ready").status()).isEqualTo(503));
            process.terminate();
            assertThat(process.awaitExit()).isEqualTo(ProcessEnd.FAILED);
        }
    }
}

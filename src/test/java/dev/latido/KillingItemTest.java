package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One item that kills the process whenever it is worked on, among others that are worked on at the same time. */
class KillingItemTest {

    private static final int OTHERS = 12;
    private static final int DEATHS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private MainProcess start() {
        JsonObject worker = new JsonObject().put("type", "class").put("class", HaltingWorker.class.getName());
        JsonObject work = new JsonObject().put("concurrency", 4).put("worker", worker);
        return MainProcess.start(
                new JsonObject().put("jobs", new JsonObject().put("work", work)), "store.directory=" + directory);
    }

    @Test
    void isADeadLetterAfterThreeDeathsAndTheOthersAreDone() throws Exception {
        String killer;
        try (MainProcess program = start();
                ApiClient api = new ApiClient(program.awaitPort())) {
            assertThat(api.post("/api/jobs/work/stop", "").status()).isEqualTo(200);
            JsonArray items = new JsonArray().add(new JsonObject().put("payload", 0));
            items.add(new JsonObject().put("payload", "halt"));
            for (int i = 1; i < OTHERS; i++) {
                items.add(new JsonObject().put("payload", i));
            }
            JsonArray answers = new JsonArray(
                    api.post("/api/jobs/work/executions/batch", items.encode()).body());
            killer = answers.getJsonObject(1).getString("id");
            assertThat(api.post("/api/jobs/work/start", "").status()).isEqualTo(200);
            assertThat(program.awaitExit()).isEqualTo(HaltingWorker.EXIT_CODE);
        }
        for (int deaths = 2; deaths <= DEATHS; deaths++) {
            try (MainProcess program = start()) {
                assertThat(program.awaitExit()).as("death %d", deaths).isEqualTo(HaltingWorker.EXIT_CODE);
            }
        }
        try (MainProcess program = start();
                ApiClient api = new ApiClient(program.awaitPort())) {
            JsonObject dead = api.get("/api/executions/" + killer).json();
            assertThat(dead.getString("state")).isEqualTo("failed");
            assertThat(dead.getString("error")).isEqualTo("quarantined: in flight when the process died, 3 times");
            assertThat(dead.getInteger("attempt")).isEqualTo(DEATHS);
            await().atMost(PATIENCE)
                    .until(() -> api.get("/api/jobs/work")
                                    .json()
                                    .getJsonObject("counters")
                                    .getInteger("succeeded")
                            == OTHERS);
            program.terminate();
            assertThat(program.awaitExit()).isZero();
        }
    }
}

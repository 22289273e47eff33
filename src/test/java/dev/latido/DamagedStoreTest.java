package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.LogRecorder;
import dev.latido.http.RawResponse;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service starts with what can be read, and says what cannot. */
class DamagedStoreTest {

    private static final JsonObject JOBS =
            new JsonObject("{\"jobs\": {\"work\": {\"autoStart\": false}, \"other\": {\"autoStart\": false}}}");

    @TempDir
    Path directory;

    private Service start() {
        return Services.start(JOBS, "store.directory", directory.toString());
    }

    private long sql(String... statements) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("latido.db"));
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
            try (ResultSet row = statement.executeQuery("SELECT count(*) FROM execution_state WHERE state = 77")) {
                return row.getLong(1);
            }
        }
    }

    @Test
    void startsWithTheRestAndLeavesWhatItCannotReadWhereItIs() throws Exception {
        List<String> ids = new ArrayList<>();
        Service first = start();
        try (ApiClient api = new ApiClient(first.port())) {
            for (int i = 0; i < 4; i++) {
                RawResponse answer = api.post(
                        "/api/jobs/work/executions", "{\"n\": " + i + ", \"delay\": true}", "Idempotency-Key: k" + i);
                ids.add(answer.json().getString("id"));
            }
            for (String id : ids.subList(0, 2)) {
                assertThat(api.post("/api/executions/" + id + "/cancel", "").status())
                        .isEqualTo(200);
            }
        } finally {
            first.stop();
        }
        assertThat(sql(
                        "UPDATE execution_state SET state = 77",
                        "UPDATE idempotency_key SET priority = 77 WHERE name = 'k3'"))
                .isEqualTo(2);

        try (LogRecorder log = new LogRecorder()) {
            Service next = start();
            try (ApiClient api = new ApiClient(next.port())) {
                String rows = "WARN dev.latido.owner.JobVerticle: The store holds rows that cannot be read, and stay as"
                        + " they are: ";
                assertThat(log.lines())
                        .filteredOn(line -> line.contains("cannot be read"))
                        .containsExactlyInAnyOrder(
                                rows + "2 of kind 'execution', the first is " + ids.get(0) + ": there is no state 77",
                                rows + "1 of kind 'key', the first is k3 of work: there is no priority 77");
                assertThat(api.get("/api/executions/" + ids.get(0)).status()).isEqualTo(404);
                assertThat(api.get("/api/executions/" + ids.get(2)).status()).isEqualTo(200);
                assertThat(api.post("/api/jobs/work/executions", "{\"n\": 2, \"delay\": true}", "Idempotency-Key: k2")
                                .json()
                                .getString("id"))
                        .isEqualTo(ids.get(2));
                assertThat(api.post("/api/jobs/work/executions", "1").status()).isEqualTo(202);
            } finally {
                assertThat(next.stop()).isTrue();
            }
        }
        assertThat(sql()).isEqualTo(2);
    }

    private void flip(String text) throws Exception {
        Path file = directory.resolve("latido.db");
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(bytes).contains(text);
        Files.writeString(
                file,
                bytes.replace(text, (char) (text.charAt(0) ^ 1) + text.substring(1)),
                StandardCharsets.ISO_8859_1);
    }

    @Test
    void aBitThatIsAnotherOneCostsTheExecutionThatItWasOf() throws Exception {
        List<String> ids = new ArrayList<>();
        Service first = start();
        try (ApiClient api = new ApiClient(first.port())) {
            for (String payload :
                    List.of("short", "good", "l" + "o".repeat(5_000) + "ng", "w" + "e".repeat(5_000) + "ll")) {
                ids.add(api.post("/api/jobs/work/executions", '"' + payload + '"')
                        .json()
                        .getString("id"));
            }
        } finally {
            first.stop();
        }
        flip("short");
        flip("ooong");

        try (LogRecorder log = new LogRecorder()) {
            Service next = start();
            try (ApiClient api = new ApiClient(next.port())) {
                assertThat(log.lines())
                        .anyMatch(line -> line.contains("1 of kind 'execution', the first is " + ids.get(0)
                                + ": its checksum is wrong: it is not what was written"));
                api.get("/api/executions/" + ids.get(0)).assertProblem(404, "unknown-execution");
                api.get("/api/executions/" + ids.get(2)).assertProblem(500, "damaged");
                assertThat(api.get("/api/executions/" + ids.get(3)).json().getString("payload"))
                        .hasSize(5_003);

                api.post("/api/jobs/work/start", "");
                for (String id : List.of(ids.get(1), ids.get(3))) {
                    await().untilAsserted(() -> assertThat(
                                    api.get("/api/executions/" + id).json().getString("state"))
                            .isEqualTo("succeeded"));
                }
                await().untilAsserted(() -> {
                    JsonObject failed = api.get("/api/jobs/work/executions?state=failed")
                            .json()
                            .getJsonArray("executions")
                            .getJsonObject(0);
                    assertThat(failed.getString("id")).isEqualTo(ids.get(2));
                    assertThat(failed.getString("error"))
                            .isEqualTo("The payload of execution '" + ids.get(2)
                                    + "' is damaged in the store: its checksum is wrong.");
                    assertThat(failed.getInteger("attempt")).isEqualTo(1);
                });
            } finally {
                assertThat(next.stop()).isTrue();
            }
        }
    }
}

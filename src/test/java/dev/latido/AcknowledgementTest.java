package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.RawClient;
import dev.latido.http.RawResponse;
import dev.latido.job.ExecutionId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig;

/** No acknowledgement leaves before the commit that covers it. */
class AcknowledgementTest {

    private static final int PRODUCERS = 4;
    private static final int EACH = 100;
    private static final String HOST = "Host: localhost\r\n";

    // What others see of the database when a client has its answer

    @Test
    void whatIsAcknowledgedIsSeenByOthersAlready(@TempDir Path directory) throws Exception {
        JsonObject jobs = new JsonObject();
        for (int i = 0; i < PRODUCERS; i++) {
            jobs.put("job" + i, new JsonObject().put("concurrency", 2));
        }
        Service service = Services.start(new JsonObject().put("jobs", jobs), "store.directory", directory.toString());
        ExecutorService threads = Executors.newFixedThreadPool(PRODUCERS);
        try {
            List<Callable<Void>> producers = new ArrayList<>();
            for (int i = 0; i < PRODUCERS; i++) {
                String job = "job" + i;
                producers.add(() -> {
                    produce(service.port(), job, directory.resolve("latido.db"));
                    return null;
                });
            }
            for (Future<Void> done : threads.invokeAll(producers)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
            service.stop();
        }
    }

    /** Hands in, starts and stops, and looks into the database after each answer. */
    private static void produce(int port, String job, Path database) throws Exception {
        SQLiteConfig readOnly = new SQLiteConfig();
        readOnly.setReadOnly(true);
        try (ApiClient api = new ApiClient(port);
                Connection connection = readOnly.createConnection("jdbc:sqlite:" + database);
                PreparedStatement execution = connection.prepareStatement("SELECT 1 FROM execution WHERE id = ?");
                PreparedStatement runs = connection.prepareStatement("SELECT is_running FROM job WHERE name = ?")) {
            runs.setString(1, job);
            for (int i = 0; i < EACH; i++) {
                if (i % 4 == 0) {
                    boolean starts = i % 8 == 4;
                    RawResponse answer = api.post("/api/jobs/" + job + (starts ? "/start" : "/stop"), "");
                    assertThat(answer.status()).as(answer::toString).isEqualTo(200);
                    assertThat(number(runs)).as("%s is running", job).isEqualTo(starts ? 1 : 0);
                } else if (i % 4 == 1) {
                    RawResponse answer = api.post("/api/jobs/" + job + "/executions/batch", "[{}, {}, {}]");
                    JsonArray items = new JsonArray(answer.body());
                    for (int item = 0; item < items.size(); item++) {
                        assertIsThere(items.getJsonObject(item), execution);
                    }
                } else {
                    RawResponse answer = api.post("/api/jobs/" + job + "/executions", "");
                    assertThat(answer.status()).as(answer::toString).isEqualTo(202);
                    assertIsThere(answer.json(), execution);
                }
            }
        }
    }

    private static void assertIsThere(JsonObject accepted, PreparedStatement execution) throws SQLException {
        long id = ExecutionId.parse(accepted.getString("id")).orElseThrow().value();
        execution.setLong(1, id);
        assertThat(number(execution)).as("%s is stored", accepted).isEqualTo(1);
    }

    /** Returns the number that {@code query} finds, in a read transaction of its own; -1 when it finds nothing. */
    private static int number(PreparedStatement query) throws SQLException {
        try (ResultSet row = query.executeQuery()) {
            return row.next() ? row.getInt(1) : -1;
        }
    }

    // A store that takes its time

    private static RawClient post(int port, String path) {
        return new RawClient(port).send("POST " + path + " HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n");
    }

    @Test
    void nothingIsAnsweredBeforeItsBatchIsWritten() throws Exception {
        HeldStore[] store = new HeldStore[1];
        Service service = Services.start(
                new JsonObject().put("jobs", new JsonObject("{\"work\": {\"autoStart\": false}, \"other\": {}}")),
                (config, time) -> store[0] = new HeldStore(Service.store(config, time)));
        try (ApiClient api = new ApiClient(service.port())) {
            await().until(() -> api.get("/api/store").json().getInteger("pendingRows") == 0);
            store[0].hold();
            try (RawClient first = post(service.port(), "/api/jobs/work/executions")) {
                store[0].awaitAppend();
                try (RawClient second = post(service.port(), "/api/jobs/work/executions");
                        RawClient start = post(service.port(), "/api/jobs/work/start");
                        RawClient stop = post(service.port(), "/api/jobs/other/stop");
                        RawClient again = post(service.port(), "/api/jobs/other/stop")) {
                    List<RawClient> later = List.of(second, start, stop, again);
                    await().until(() -> !api.get("/api/jobs/other").json().getBoolean("isRunning")
                            && api.get("/api/jobs/work").json().getBoolean("isRunning")
                            && api.get("/api/jobs/work")
                                            .json()
                                            .getJsonObject("counters")
                                            .getInteger("accepted")
                                    == 2);
                    assertThat(first.hasSomethingToRead())
                            .as("an answer to what is not stored")
                            .isFalse();
                    store[0].releaseOne();
                    assertThat(first.read().status()).isEqualTo(202);
                    assertThat(api.get("/api/job/status").status()).isEqualTo(200);
                    assertThat(later).noneMatch(RawClient::hasSomethingToRead);
                    store[0].releaseOne();
                    assertThat(second.read().status()).isEqualTo(202);
                    assertThat(start.read().json().getBoolean("isRunning")).isTrue();
                    assertThat(stop.read().json().getBoolean("isRunning")).isFalse();
                    assertThat(again.read().json().getString("message")).contains("already stopped");
                }
            }
        } finally {
            store[0].release();
            service.stop();
        }
    }
}

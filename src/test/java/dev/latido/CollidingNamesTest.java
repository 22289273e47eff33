package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** JSON whose names of fields collide in the tables of parsers is its sender's matter alone, and a success stays one. */
class CollidingNamesTest {

    private static final int BITS = 10;

    private final Vertx vertx = Vertx.vertx();
    private final Queue<String> called = new ConcurrentLinkedQueue<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private Service service;

    @BeforeEach
    void start() {
        HttpServer worker = vertx.createHttpServer()
                .requestHandler(request -> {
                    called.add(request.getHeader("Latido-Execution"));
                    request.response()
                            .putHeader("Content-Type", "application/json")
                            .end(colliding(1_000));
                })
                .listen(0, "127.0.0.1")
                .await();
        JsonObject http = new JsonObject()
                .put("type", "http")
                .put("url", "http://127.0.0.1:" + worker.actualPort() + "/")
                .put("allowPrivate", true);
        service = Services.start(new JsonObject()
                .put(
                        "jobs",
                        new JsonObject()
                                .put("plain", new JsonObject().put("queue", new JsonObject().put("capacity", 1_000)))
                                .put("called", new JsonObject().put("worker", http))));
    }

    @AfterEach
    void stop() {
        service.stop();
        vertx.close().await();
    }

    /** Returns an object with names of one length and one hash. */
    private static String colliding(int names) {
        return IntStream.range(0, names)
                .mapToObj(i -> "\"" + name(i) + "\":1")
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String name(int i) {
        StringBuilder name = new StringBuilder();
        for (int bit = 1; bit < 1 << BITS; bit *= 2) {
            name.append((i & bit) == 0 ? "Ab" : "BA"); // 33 × 'A' + 'b' = 33 × 'B' + 'A'
        }
        return name.toString();
    }

    private HttpResponse<String> submit(String job, String payload) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + service.port() + "/api/jobs/" + job + "/executions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(payload));
        if (job.equals("called")) {
            request.header("Prefer", "wait=50");
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void nobodyElseIsRefusedForThem() throws Exception {
        for (int names : new int[] {160, 290, 1_000}) {
            assertThat(submit("plain", colliding(names)).statusCode()).isEqualTo(202);
        }
        for (int i = 0; i < 350; i++) {
            HttpResponse<String> answer = submit("plain", "{\"" + name(i) + "\":{\"order\":" + i + "}}");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        }
    }

    @Test
    void aWorkerThatAnswersWithThemHasDoneItsWorkOnce() throws Exception {
        for (int i = 0; i < 20; i++) {
            JsonObject ended =
                    new JsonObject(submit("called", "{\"order\":" + i + "}").body());
            assertThat(ended.getString("state")).as(ended.encode()).isEqualTo("succeeded");
            assertThat(ended.getJsonObject("result").size()).isEqualTo(1_000);
        }
        assertThat(called).hasSize(20).doesNotHaveDuplicates();
    }
}

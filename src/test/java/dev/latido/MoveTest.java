package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.CheckedClient;
import dev.latido.queue.rabbitmq.RabbitServer;
import dev.latido.queue.redis.RedisServer;
import dev.latido.queue.storagequeue.AzuriteServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A job gets another queue, and what waits in the one before comes along. */
class MoveTest {

    private static final int MESSAGES = 360;

    private final FleetJournal journal = new FleetJournal();

    @TempDir
    Path directory;

    private static JsonObject file(JsonObject brokers, JsonObject queue, FleetWorker worker) {
        JsonObject job = new JsonObject()
                .put("concurrency", 16)
                .put(
                        "worker",
                        new JsonObject()
                                .put("type", "http")
                                .put("url", worker.url())
                                .put("allowPrivate", true))
                .put("queue", queue)
                .put("autoStart", true);
        return new JsonObject().put("brokers", brokers).put("jobs", new JsonObject().put("orders", job));
    }

    private static JsonObject redis(RedisServer redis) {
        return new JsonObject().put("type", "redis").put("url", "redis://127.0.0.1:" + redis.port());
    }

    private static JsonObject rabbit(RabbitServer rabbit) {
        return new JsonObject().put("type", "rabbitmq").put("url", "amqp://127.0.0.1:" + rabbit.port());
    }

    private static JsonObject queue(String broker, String name) {
        return new JsonObject()
                .put("broker", broker)
                .put("name", name)
                .put("lanes", new JsonArray().add("normal").add("high"));
    }

    /** Fills a queue that a job had, with the group that it had there. */
    private void fill(RedisServer redis, int count) {
        redis.cli("XGROUP", "CREATE", "orders", "latido", "0", "MKSTREAM");
        redis.cli("XGROUP", "CREATE", "{orders}:high", "latido", "0", "MKSTREAM");
        List<String> commands = IntStream.range(0, count)
                .map(ignored -> journal.next())
                .mapToObj(number -> {
                    journal.streamed(number);
                    String stream = number % 4 == 0 ? "{orders}:high" : "orders";
                    return "XADD " + stream + " * key k" + number + " payload \"{\\\"n\\\":" + number + "}\"";
                })
                .toList();
        assertThat(redis.pipe(commands)).contains("errors: 0");
    }

    private static JsonObject move(CheckedClient client) {
        return new JsonObject(client.get("/api/jobs/orders/move").body());
    }

    private static HttpResponse<String> begin(CheckedClient client, String query) {
        return client.post("/api/jobs/orders/move?from=shop:orders" + query, "");
    }

    private static void awaitDone(CheckedClient client) {
        await("its end")
                .atMost(Duration.ofMinutes(2))
                .until(() -> !move(client).getString("state").equals("moving"));
        assertThat(move(client).getString("state"))
                .as(() -> move(client).encode())
                .isEqualTo("done");
    }

    private void awaitWork(RedisServer source) {
        await("all work")
                .atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(journal.missing()).isEmpty());
        assertThat(journal.problems()).isEmpty();
        assertThat(source.cli("XLEN", "orders")).isEqualTo("0");
        assertThat(source.cli("XLEN", "{orders}:high")).isEqualTo("0");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS) // has no SIGKILL
    void losesNothingFromRedisToRabbitMqThoughTheProcessIsKilledMeanwhile() throws Exception {
        try (RedisServer redis = RedisServer.start();
                RabbitServer rabbit = RabbitServer.start();
                FleetWorker worker = new FleetWorker(journal)) {
            fill(redis, MESSAGES);
            JsonObject brokers = new JsonObject().put("shop", redis(redis)).put("mill", rabbit(rabbit));
            Path config = Files.writeString(
                    directory.resolve("latido.yaml"),
                    file(brokers, queue("mill", "orders"), worker).encodePrettily());
            try (MainProcess process = start(config)) {
                CheckedClient client = new CheckedClient(process.awaitPort());
                assertThat(begin(client, "").statusCode()).isEqualTo(200);
                await("some of it").atMost(Duration.ofMinutes(1)).until(() -> journal.done() >= MESSAGES / 6);
                process.kill();
            }
            int doneBefore = journal.done();
            assertThat(doneBefore).isLessThan(MESSAGES);
            try (MainProcess process = start(config)) {
                int port = process.awaitPort();
                CheckedClient client = new CheckedClient(port);
                assertThat(client.get("/api/jobs/orders/move").statusCode()).isEqualTo(404);
                try (MainProcess cli = MainProcess.startTold(
                        Map.of(), "--url", "http://127.0.0.1:" + port, "move", "orders", "--from", "shop:orders")) {
                    await("its end")
                            .atMost(Duration.ofMinutes(2))
                            .until(() -> cli.lines().stream().anyMatch(line -> line.endsWith("; done.")));
                    assertThat(cli.awaitExit()).as(cli.lines()::toString).isZero();
                }
                awaitWork(redis);
                // what was on its way at the kill, and what workers had
                assertThat(journal.doubles()).isLessThanOrEqualTo(32 + 16);
                process.terminate();
                assertThat(process.awaitExit()).as(process.lines()::toString).isZero();
            }
        }
    }

    private MainProcess start(Path config) {
        return MainProcess.startWatched(
                List.of(), Map.of("LATIDO_CONFIG", config.toString()), "store.directory=" + directory.resolve("store"));
    }

    @Test
    void goesBackToMemoryAndToAQueueThatItWasInBefore() throws IOException {
        try (RedisServer redis = RedisServer.start();
                FleetWorker worker = new FleetWorker(journal)) {
            fill(redis, 50);
            JsonObject brokers = new JsonObject().put("shop", redis(redis));
            Service service = Services.start(file(brokers, queue("shop", "orders.new"), worker));
            try {
                CheckedClient client = new CheckedClient(service.port());
                client.post("/api/jobs/orders/stop", "");
                assertThat(begin(client, "").statusCode()).isEqualTo(200);
                awaitDone(client);
                assertThat(move(client).getLong("moved")).isEqualTo(50);
                assertThat(redis.cli("XLEN", "orders")).isEqualTo("0");
            } finally {
                assertThat(service.stop()).isTrue();
            }
            Service back = Services.start(file(brokers, queue("shop", "orders"), worker));
            try {
                CheckedClient client = new CheckedClient(back.port());
                client.post("/api/jobs/orders/stop", "");
                assertThat(begin(client, "").statusCode()).isEqualTo(422); // it takes from there
                assertThat(client.post("/api/jobs/orders/move?from=shop:orders.new", "")
                                .statusCode())
                        .isEqualTo(200);
                awaitDone(client);
                assertThat(move(client).getLong("moved")).isEqualTo(50);
            } finally {
                assertThat(back.stop()).isTrue();
            }
            Service memory = Services.start(file(brokers, new JsonObject(), worker));
            try {
                CheckedClient client = new CheckedClient(memory.port());
                assertThat(begin(client, "&lane=urgent").statusCode()).isEqualTo(400);
                assertThat(client.post("/api/jobs/orders/move", "").statusCode())
                        .isEqualTo(400);
                assertThat(begin(client, "&lane=high&lane=normal").statusCode()).isEqualTo(200);
                awaitDone(client);
                assertThat(move(client).getLong("moved")).isEqualTo(50);
                awaitWork(redis);
                assertThat(journal.doubles()).isZero();
                assertThat(new JsonObject(client.post("/api/jobs/orders/move/end", "")
                                        .body())
                                .getString("state"))
                        .isEqualTo("done");
            } finally {
                assertThat(memory.stop()).isTrue();
            }
        }
    }

    private void submit(CheckedClient client, int count) {
        for (int i = 0; i < count; i++) {
            int number = journal.next();
            String path = "/api/jobs/orders/executions?priority=" + (number % 4 == 0 ? "high" : "normal");
            assertThat(client.post(path, "{\"n\":" + number + "}").statusCode()).isEqualTo(202);
            journal.posted(number);
        }
    }

    @Test
    void goesFromRabbitMqToAzureAndOnToMemory() throws Exception {
        try (RabbitServer rabbit = RabbitServer.start();
                AzuriteServer azurite = AzuriteServer.start();
                FleetWorker worker = new FleetWorker(journal)) {
            JsonObject azure = new JsonObject()
                    .put("type", "storage-queue")
                    .put("account", AzuriteServer.ACCOUNT)
                    .put("key", AzuriteServer.KEY)
                    .put("url", "http://127.0.0.1:" + azurite.port() + "/" + AzuriteServer.ACCOUNT);
            JsonObject brokers = new JsonObject().put("mill", rabbit(rabbit)).put("cloud", azure);
            Service first = Services.start(file(brokers, queue("mill", "orders"), worker));
            try {
                CheckedClient client = new CheckedClient(first.port());
                awaitConnected(client);
                client.post("/api/jobs/orders/stop", "");
                submit(client, 40);
            } finally {
                assertThat(first.stop()).isTrue();
            }
            Service second = Services.start(file(brokers, queue("cloud", "orders"), worker));
            try {
                CheckedClient client = new CheckedClient(second.port());
                awaitConnected(client);
                client.post("/api/jobs/orders/stop", "");
                client.post("/api/jobs/orders/move?from=mill:orders", "");
                awaitDone(client);
                assertThat(move(client).getLong("moved")).isEqualTo(40);
            } finally {
                assertThat(second.stop()).isTrue();
            }
            assertThat(azurite.count("orders") + azurite.count("orders-high")).isEqualTo(40);
            Service third = Services.start(file(brokers, new JsonObject(), worker));
            try {
                CheckedClient client = new CheckedClient(third.port());
                client.post("/api/jobs/orders/move?from=cloud:orders&lane=high&lane=normal", "");
                awaitDone(client);
                await("all work")
                        .atMost(Duration.ofMinutes(2))
                        .until(() -> journal.missing().isEmpty());
                assertThat(journal.doubles()).isZero();
                assertThat(journal.problems()).isEmpty();
            } finally {
                assertThat(third.stop()).isTrue();
            }
        }
    }

    private static void awaitConnected(CheckedClient client) {
        await("the queue")
                .atMost(Duration.ofMinutes(1))
                .until(() -> new JsonObject(client.get("/api/jobs/orders").body())
                        .getJsonObject("queue")
                        .getJsonObject("broker")
                        .getBoolean("isConnected"));
    }

    @Test
    void leavesAMessageThatIsTooLargeForItsNewQueueWhereItIs() throws IOException {
        try (RedisServer redis = RedisServer.start();
                FleetWorker worker = new FleetWorker(journal)) {
            fill(redis, 1);
            redis.cli("XADD", "orders", "*", "key", "huge", "payload", '"' + "x".repeat(2_000) + '"');
            JsonObject brokers = new JsonObject().put("shop", redis(redis));
            JsonObject queue = queue("shop", "orders.new").put("maxPayloadBytes", 1_000);
            Service service = Services.start(file(brokers, queue, worker));
            try {
                CheckedClient client = new CheckedClient(service.port());
                begin(client, "");
                await("its end").until(() -> move(client).getString("state").equals("failed"));
                assertThat(move(client).getString("problem")).contains("message huge cannot be moved");
                await("it back").until(() -> redis.cli("XLEN", "orders").equals("1"));
                await("the other one").until(() -> journal.missing().isEmpty());
            } finally {
                assertThat(service.stop()).isTrue();
            }
        }
    }
}

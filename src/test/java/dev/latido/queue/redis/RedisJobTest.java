package dev.latido.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.Service;
import dev.latido.Services;
import dev.latido.http.CheckedClient;
import dev.latido.http.LogRecorder;
import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service whose job has its queue at a real Redis, as its users see it. */
class RedisJobTest {

    private static final String SECRET = "hunter2-no-log-may-show-this";

    private static JsonObject file(JsonObject broker) {
        JsonObject queue = new JsonObject()
                .put("broker", "shop")
                .put("lease", "2s")
                .put("lanes", new JsonArray().add("normal").add("high"));
        return new JsonObject()
                .put("brokers", new JsonObject().put("shop", broker.put("type", "redis")))
                .put(
                        "jobs",
                        new JsonObject()
                                .put(
                                        "orders",
                                        new JsonObject().put("queue", queue).put("concurrency", 8))
                                .put("other", new JsonObject()));
    }

    private static JsonObject file(RedisServer redis) {
        return file(new JsonObject().put("url", "redis://127.0.0.1:" + redis.port()));
    }

    private static JsonObject job(CheckedClient client) {
        return new JsonObject(client.get("/api/jobs/orders").body());
    }

    private static long succeeded(CheckedClient client) {
        return job(client).getJsonObject("counters").getLong("succeeded");
    }

    private static boolean isConnected(CheckedClient client) {
        return job(client).getJsonObject("queue").getJsonObject("broker").getBoolean("isConnected");
    }

    /** What the broker told of all processes; empty while it did not. */
    private static JsonObject depth(CheckedClient client) {
        JsonObject told =
                job(client).getJsonObject("queue").getJsonObject("broker").getJsonObject("depth");
        return told == null ? new JsonObject() : told;
    }

    private static HttpResponse<String> submit(CheckedClient client, String key, String payload) {
        return client.send(
                client.posting("/api/jobs/orders/executions", payload).header("Idempotency-Key", key));
    }

    /** Waits until a message is done, and returns what is told of it. */
    private static JsonObject outcome(CheckedClient client, String location) {
        await(location).until(() -> {
            HttpResponse<String> answer = client.get(location);
            return answer.statusCode() == 200
                    && !List.of("queued", "running").contains(new JsonObject(answer.body()).getString("state"));
        });
        return new JsonObject(client.get(location).body());
    }

    @Test
    void anyProcessTellsWhatBecameOfWhatAnotherTook() {
        try (RedisServer redis = RedisServer.start()) {
            Service first = Services.start(file(redis));
            Service second = Services.start(file(redis));
            try {
                CheckedClient one = new CheckedClient(first.port());
                CheckedClient two = new CheckedClient(second.port());
                await("both").until(() -> isConnected(one) && isConnected(two));
                HttpResponse<String> accepted = submit(one, "order/17 ä".replace("ä", "a"), "{\"n\":1}");
                assertThat(accepted.statusCode()).isEqualTo(202);
                String location = accepted.headers().firstValue("Location").orElseThrow();
                JsonObject told = outcome(one, location);
                assertThat(told.getString("state")).isEqualTo("succeeded");
                await("the broker's word").until(() -> two.get(location).statusCode() == 200);
                assertThat(outcome(two, location).getString("process")).isEqualTo(told.getString("process"));
                assertThat(submit(two, "order/17 a", "{\"n\":1}").statusCode())
                        .as("the same again")
                        .isEqualTo(202);
                assertThat(submit(two, "order/17 a", "{\"n\":2}").statusCode())
                        .as("other work")
                        .isEqualTo(422);
                assertThat(one.get("/api/jobs/orders/messages?key=never").statusCode())
                        .isEqualTo(404);
                assertThat(one.get("/api/jobs/other/messages?key=x").statusCode())
                        .isEqualTo(404);
                assertThat(one.get("/api/jobs/orders/messages").statusCode()).isEqualTo(400);
                redis.cli("XADD", "orders", "*", "payload", "{\"n\":3}");
                redis.cli("XADD", "{orders}:high", "*", "colour", "red");
                redis.cli("XADD", "orders", "*", "payload", "{no json");
                await("all of it").until(() -> succeeded(one) + succeeded(two) == 3);
                await("the dead letter")
                        .until(() -> redis.cli("XLEN", "{orders}:dead").equals("1"));
                await("nothing left").until(() -> redis.cli("XLEN", "orders").equals("0"));
                await("what the broker has over all processes")
                        .until(() -> depth(one).getLong("deadLetters", 0L) == 1
                                && depth(one).getJsonArray("holders").isEmpty());
                assertThat(depth(one).getJsonArray("lanes").getJsonObject(0).getString("priority"))
                        .isEqualTo("high");
                assertThat(job(one).getJsonObject("queue")
                                .getJsonObject("broker")
                                .getString("process"))
                        .isNotEqualTo(job(two).getJsonObject("queue")
                                .getJsonObject("broker")
                                .getString("process"));
                assertThat(one.get("/metrics").body())
                        .contains(
                                "latido_broker_queue_depth{job=\"orders\",lane=\"high\",queue=\"shop:orders\"} 0.0",
                                "latido_broker_dead_letters{job=\"orders\",queue=\"shop:orders\"} 1.0",
                                "latido_broker_settle_seconds_count{job=\"orders\",queue=\"shop:orders\"}");
                String labels = "{job=\"orders\",queue=\"shop:orders\"} ";
                assertThat(one.get("/metrics").body())
                        .contains(
                                "latido_broker_connected" + labels + "1.0",
                                "latido_broker_published_total" + labels + "1.0")
                        .doesNotContain(
                                "latido_broker_connected{job=\"other\"", "latido_queue_fill_ratio{job=\"orders\"");
            } finally {
                assertThat(first.stop()).isTrue();
                assertThat(second.stop()).isTrue();
            }
        }
    }

    @Test
    void aBatchIsAnsweredItemByItem() {
        try (RedisServer redis = RedisServer.start()) {
            Service service = Services.start(file(redis));
            try {
                CheckedClient client = new CheckedClient(service.port());
                await("the broker").until(() -> isConnected(client));
                HttpResponse<String> answer = client.post(
                        "/api/jobs/orders/executions/batch",
                        "[{\"payload\":1},{\"payload\":2,\"priority\":\"high\"},{\"payload\":3,\"priority\":\"low\"}]");
                JsonArray items = new JsonArray(answer.body());
                assertThat(items.getJsonObject(0).getInteger("status")).isEqualTo(202);
                assertThat(items.getJsonObject(1).getString("key")).isNotEmpty();
                assertThat(items.getJsonObject(2).getInteger("status"))
                        .as("no such lane")
                        .isEqualTo(422);
                await("both").until(() -> succeeded(client) == 2);
            } finally {
                service.stop();
            }
        }
    }

    @Test
    void deadLettersAreListedAndTriedAnew() {
        try (RedisServer redis = RedisServer.start()) {
            JsonObject file = file(redis);
            Service service = Services.start(file);
            try {
                CheckedClient client = new CheckedClient(service.port());
                await("the broker").until(() -> isConnected(client));
                for (int i = 0; i < 3; i++) {
                    redis.cli("XADD", "orders", "*", "payload", "{no json " + i);
                }
                await("the dead letters")
                        .until(() -> redis.cli("XLEN", "{orders}:dead").equals("3"));
                JsonObject page = new JsonObject(
                        client.get("/api/jobs/orders/dead-letters?limit=2").body());
                assertThat(page.getLong("total")).isEqualTo(3);
                JsonObject first = page.getJsonArray("letters").getJsonObject(0);
                assertThat(first.getString("reason")).isEqualTo("malformed");
                assertThat(first.getString("payload")).isEqualTo("{no json 0");
                String next = "/api/jobs/orders/dead-letters?limit=2&cursor=" + page.getString("cursor");
                JsonObject rest = new JsonObject(client.get(next).body());
                assertThat(rest.getJsonArray("letters")).hasSize(1);
                assertThat(rest.getString("cursor")).isNull();
                assertThat(counted(client, "?dryRun=true&error=JSON")).isEqualTo("{\"matched\":3,\"changed\":0}");
                assertThat(counted(client, "?error=weather")).isEqualTo("{\"matched\":0,\"changed\":0}");
                assertThat(counted(client, "")).isEqualTo("{\"matched\":3,\"changed\":3}");
                await("them to be refused again")
                        .until(() -> redis.cli("XLEN", "{orders}:dead").equals("3"));
                assertThat(client.get("/api/jobs/other/dead-letters").statusCode())
                        .isEqualTo(422);
            } finally {
                service.stop();
            }
        }
    }

    /** Its result is its payload. */
    public static final class Echo implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            return Future.succeededFuture(task.payload());
        }
    }

    @Test
    void workComesFromAJobAndItsResultsGoToWhoReadsThem() {
        try (RedisServer redis = RedisServer.start()) {
            JsonObject file = file(redis);
            file.getJsonObject("jobs")
                    .getJsonObject("orders")
                    .put("worker", new JsonObject().put("type", "class").put("class", Echo.class.getName()))
                    .put("results", new JsonObject().put("broker", "shop").put("name", "orders.done"));
            file.getJsonObject("jobs")
                    .put(
                            "relay",
                            new JsonObject()
                                    .put("concurrency", 4)
                                    .put(
                                            "worker",
                                            new JsonObject()
                                                    .put("type", "queue")
                                                    .put("broker", "shop")
                                                    .put("name", "orders")
                                                    .put("lane", "high")));
            Service service = Services.start(file);
            try {
                CheckedClient client = new CheckedClient(service.port());
                await("the broker").until(() -> isConnected(client));
                List<String> sent = new ArrayList<>();
                for (int n = 0; n < 20; n++) {
                    HttpResponse<String> accepted = client.post("/api/jobs/relay/executions", "{\"n\":" + n + "}");
                    sent.add("payload {\"n\":" + n + "}");
                    if (n == 0) {
                        JsonObject relayed = outcome(
                                client,
                                accepted.headers().firstValue("Location").orElseThrow());
                        assertThat(relayed.getString("state")).isEqualTo("succeeded");
                        assertThat(relayed.getJsonObject("result").getString("queue"))
                                .isEqualTo("shop:orders");
                    }
                }
                redis.cli("XADD", "orders", "*", "key", "of another program", "payload", "7");
                sent.add("payload 7");
                await("all results")
                        .until(() -> redis.cli("XLEN", "orders.done").equals("21"));
                List<String> lines =
                        redis.cli("XRANGE", "orders.done", "-", "+").lines().toList();
                assertThat(lines).contains("key", "of another program", "job", "orders", "execution");
                List<String> payloads = new ArrayList<>();
                for (int i = 0; i + 1 < lines.size(); i++) {
                    if (lines.get(i).equals("payload")) {
                        payloads.add("payload " + lines.get(i + 1));
                    }
                }
                assertThat(payloads).containsExactlyInAnyOrderElementsOf(sent);
                JsonObject results = job(client).getJsonObject("results");
                assertThat(results.getString("queue")).isEqualTo("shop:orders.done");
                assertThat(results.getLong("published")).isEqualTo(21);
                await("nothing left").until(() -> redis.cli("XLEN", "orders").equals("0"));
                assertThat(redis.cli("XINFO", "GROUPS", "orders.done")).isEmpty();
                redis.kill();
                await("the loss").until(() -> !isConnected(client));
                HttpResponse<String> accepted = client.post("/api/jobs/relay/executions", "\"later\"");
                await("the missing worker")
                        .until(() -> new JsonObject(
                                        client.get("/api/jobs/relay").body())
                                .getString("why")
                                .contains("waiting for a worker: shop:orders"));
                redis.restart();
                assertThat(outcome(
                                        client,
                                        accepted.headers()
                                                .firstValue("Location")
                                                .orElseThrow())
                                .getString("state"))
                        .isEqualTo("succeeded");
                await("its result").until(() -> redis.cli("XLEN", "orders.done").equals("22"));
            } finally {
                assertThat(service.stop()).isTrue();
            }
        }
    }

    /** No program of ours hands in or reads: just what comes with Redis. */
    @Test
    void tenThousandMessagesByRedisCliHaveOneResultEach() {
        int count = 10_000;
        try (RedisServer redis = RedisServer.start()) {
            JsonObject file = file(redis);
            file.getJsonObject("jobs")
                    .getJsonObject("orders")
                    .put("concurrency", 64)
                    .put("worker", new JsonObject().put("type", "class").put("class", Echo.class.getName()))
                    .put("results", new JsonObject().put("broker", "shop"))
                    .getJsonObject("queue")
                    .put("existing", "take");
            List<String> commands = new ArrayList<>();
            for (int n = 0; n < count; n++) {
                String lane = n % 4 == 0 ? "{orders}:high" : "orders";
                commands.add(
                        switch (n % 3) {
                            case 0 -> "XADD " + lane + " * payload " + n;
                            case 1 -> "XADD " + lane + " * key k" + n + " payload " + n;
                            default -> "XADD " + lane + " * ce-id e" + n + " data " + n;
                        });
            }
            assertThat(redis.pipe(commands)).contains("errors: 0, replies: " + count);
            Service service = Services.start(file);
            try {
                await("all results")
                        .atMost(Duration.ofMinutes(3))
                        .until(() -> Integer.parseInt(redis.cli("XLEN", "orders.done")) >= count);
                List<String> left = List.of("XLEN orders", "XLEN {orders}:high", "ZCARD {orders}:delayed");
                await("nothing left")
                        .until(() -> left.stream()
                                .map(command -> redis.cli(command.split(" ")))
                                .allMatch("0"::equals));
            } finally {
                assertThat(service.stop()).isTrue();
            }
            for (String stream : List.of("orders", "{orders}:high")) {
                assertThat(redis.cli("XPENDING", stream, "latido")).startsWith("0");
            }
            assertThat(redis.cli("EXISTS", "{orders}:dead", "{orders}:newer")).isEqualTo("0");
            List<String> lines =
                    redis.cli("XRANGE", "orders.done", "-", "+").lines().toList();
            List<Integer> results = new ArrayList<>();
            for (int i = 0; i + 1 < lines.size(); i++) {
                if (lines.get(i).equals("payload")) {
                    results.add(Integer.parseInt(lines.get(i + 1)));
                }
            }
            assertThat(results)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, count).boxed().toList());
        }
    }

    @Test
    void theTimerOfAJobTicksOnceOverAllProcesses() {
        try (RedisServer redis = RedisServer.start()) {
            JsonObject file = file(redis);
            file.getJsonObject("jobs")
                    .getJsonObject("orders")
                    .put("every", "300ms")
                    .put("autoStart", true)
                    .put("overlap", "queue-one")
                    .put("results", new JsonObject().put("broker", "shop"));
            List<Service> services = List.of(Services.start(file), Services.start(file), Services.start(file));
            try {
                await("ticks").until(() -> Integer.parseInt(redis.cli("XLEN", "orders.done")) >= 10);
            } finally {
                services.forEach(service -> assertThat(service.stop()).isTrue());
            }
            List<String> keys = redis.cli("XRANGE", "orders.done", "-", "+")
                    .lines()
                    .filter(line -> line.startsWith("orders@"))
                    .toList();
            assertThat(keys)
                    .doesNotHaveDuplicates()
                    .allSatisfy(key -> assertThat(Instant.parse(key.substring("orders@".length()))
                                            .toEpochMilli()
                                    % 300)
                            .isZero());
            Instant first = Instant.parse(keys.get(0).substring("orders@".length()));
            Instant last = Instant.parse(keys.get(keys.size() - 1).substring("orders@".length()));
            assertThat(keys.size()).as("of those that were due, and none twice").isLessThanOrEqualTo((int)
                    (Duration.between(first, last).toMillis() / 300 + 1));
        }
    }

    /** Told where people look, and in the log once for each kind, however often Redis is lost and whatever the numbers. */
    @Test
    void peopleAreToldWhatNobodyWorksOn() {
        try (LogRecorder log = new LogRecorder();
                RedisServer redis = RedisServer.start()) {
            redis.cli("XADD", "{orders}:low", "*", "payload", "1");
            redis.cli("XADD", "{orders}:low", "*", "payload", "2");
            Service service = Services.start(file(redis));
            try {
                CheckedClient client = new CheckedClient(service.port());
                String left = "2 messages left in the lane low";
                await("word of the lane")
                        .until(() -> job(client).getString("why").contains(left));
                assertThat(client.get("/health/ready").body()).contains(left);
                assertThat(depth(client).getJsonArray("leftovers"))
                        .isEqualTo(new JsonArray()
                                .add(new JsonObject().put("priority", "low").put("messages", 2)));
                redis.cli("XADD", "orders", "*", "payload", "3", "latido-version", "2");
                String newer = "1 messages of a newer version";
                await("word of the version")
                        .until(() -> job(client).getString("why").contains(newer));
                assertThat(depth(client).getLong("newer")).isEqualTo(1);
                assertThat(log.lines()).filteredOn(line -> line.contains(newer)).hasSize(1);
                int told = noticed(log);
                redis.kill();
                await("the loss").until(() -> !isConnected(client));
                redis.restart();
                redis.cli("XADD", "{orders}:low", "*", "payload", "4");
                await("its return").until(() -> job(client).getString("why").contains("3 messages left"));
                assertThat(noticed(log)).as("it was told").isEqualTo(told);
                assertThat(submit(client, "a", "1").statusCode()).isEqualTo(202);
                await("other work").until(() -> succeeded(client) == 1);
                assertThat(job(client).getJsonObject("counters").getLong("failed"))
                        .isZero();
                redis.cli("DEL", "{orders}:low", "{orders}:newer");
                await("an end of it").until(() -> !job(client).getString("why").contains("messages"));
            } finally {
                assertThat(service.stop()).isTrue();
            }
        }
    }

    private static int noticed(LogRecorder log) {
        return (int) log.lines().stream()
                .filter(line -> line.contains("messages left in the lane"))
                .count();
    }

    private static String counted(CheckedClient client, String query) {
        return client.post("/api/jobs/orders/retry-failed" + query, "").body();
    }

    @Test
    void withoutItsBrokerAJobSaysSoAndTheRestGoesOn() {
        try (RedisServer redis = RedisServer.start()) {
            redis.kill();
            Service service = Services.start(file(redis));
            try {
                CheckedClient client = new CheckedClient(service.port());
                assertRefused(client);
                redis.restart();
                await("the broker").until(() -> isConnected(client));
                assertThat(submit(client, "a", "1").statusCode()).isEqualTo(202);
                await("its end").until(() -> succeeded(client) == 1);
                redis.kill();
                await("the loss").until(() -> !isConnected(client));
                assertRefused(client);
                assertThat(client.post("/api/jobs/orders/stop", "").statusCode())
                        .isEqualTo(200);
                assertThat(client.post("/api/jobs/orders/start", "").statusCode())
                        .isEqualTo(200);
                redis.restart();
                await("the broker").until(() -> isConnected(client));
                assertThat(submit(client, "b", "2").statusCode()).isEqualTo(202);
                await("its end").until(() -> succeeded(client) == 2);
            } finally {
                service.stop();
            }
        }
    }

    private static void assertRefused(CheckedClient client) {
        HttpResponse<String> refused = submit(client, "x", "0");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(refused.body()).contains("queue-unavailable", "shop:orders");
        assertThat(job(client).getString("reason")).isEqualTo("queue");
        HttpResponse<String> ready = client.get("/health/ready");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(ready.body()).contains("shop:orders");
        assertThat(client.post("/api/jobs/other/executions", "1").statusCode())
                .as("what needs no broker")
                .isEqualTo(202);
    }

    /** It is read at each connect, so that one that was changed is found. */
    @Test
    void aPasswordComesFromItsFileAndIsShownNowhere(@TempDir Path directory) throws Exception {
        Path secret = Files.writeString(directory.resolve("redis"), "wrong-" + SECRET + "\n");
        try (LogRecorder log = new LogRecorder();
                RedisServer redis = RedisServer.start("--requirepass", SECRET)) {
            Service service = Services.start(file(new JsonObject()
                    .put("url", "redis://127.0.0.1:" + redis.port())
                    .put("passwordFile", secret.toString())));
            List<String> shown = new ArrayList<>();
            try {
                CheckedClient client = new CheckedClient(service.port());
                await("the refusal").until(() -> job(client).getString("why").contains("password"));
                shown.add(client.get("/api/jobs/orders").body());
                shown.add(client.get("/health/ready").body());
                shown.add(submit(client, "x", "1").body());
                Files.writeString(secret, SECRET + "\n");
                await("the right one").until(() -> isConnected(client));
                shown.add(client.get("/api/jobs/orders").body());
                shown.add(client.get("/metrics").body());
            } finally {
                service.stop();
            }
            shown.addAll(log.lines());
            assertThat(shown).hasSizeGreaterThan(5).noneMatch(text -> text.contains(SECRET));
        }
    }

    @Test
    void whatAStoppedServiceHadNotBegunIsAnothersAtOnce() {
        try (RedisServer redis = RedisServer.start()) {
            JsonObject slow = file(redis);
            slow.getJsonObject("jobs")
                    .getJsonObject("orders")
                    .getJsonObject("queue")
                    .put("lease", "1h");
            slow.getJsonObject("jobs")
                    .getJsonObject("orders")
                    .put("rateLimit", new JsonObject().put("permits", 1).put("per", "1h"));
            Service first = Services.start(slow);
            CheckedClient one = new CheckedClient(first.port());
            await("the broker").until(() -> isConnected(one));
            for (int i = 0; i < 5; i++) {
                assertThat(submit(one, "k" + i, "1").statusCode()).isEqualTo(202);
            }
            await("one to be done").until(() -> succeeded(one) == 1);
            assertThat(first.stop()).isTrue();
            Service second = Services.start(file(redis));
            try {
                CheckedClient two = new CheckedClient(second.port());
                await("the others").atMost(Duration.ofMinutes(2)).until(() -> succeeded(two) == 4);
            } finally {
                second.stop();
            }
        }
    }
}

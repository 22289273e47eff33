package dev.latido.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.Service;
import dev.latido.Services;
import dev.latido.http.CheckedClient;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job whose Redis is found by Sentinels. */
@Timeout(300)
class RedisSentinelTest {

    private static final Duration FAILOVER = Duration.ofMinutes(2);
    private static final int MESSAGES = 40;

    @TempDir
    Path directory;

    private static JsonObject file(List<String> sentinels) {
        JsonObject broker = new JsonObject()
                .put("type", "redis")
                .put("sentinels", new JsonArray(sentinels))
                .put("master", "main");
        return new JsonObject()
                .put("brokers", new JsonObject().put("shop", broker))
                .put(
                        "jobs",
                        new JsonObject()
                                .put(
                                        "orders",
                                        new JsonObject()
                                                .put(
                                                        "queue",
                                                        new JsonObject()
                                                                .put("broker", "shop")
                                                                .put("lease", "2s"))));
    }

    private static JsonObject broker(JsonObject file) {
        return file.getJsonObject("brokers").getJsonObject("shop");
    }

    private static JsonObject job(CheckedClient client) {
        return new JsonObject(client.get("/api/jobs/orders").body());
    }

    private static boolean isConnected(CheckedClient client) {
        return job(client).getJsonObject("queue").getJsonObject("broker").getBoolean("isConnected");
    }

    private static long succeeded(CheckedClient client) {
        return job(client).getJsonObject("counters").getLong("succeeded");
    }

    private static boolean isAccepted(CheckedClient client, String key) {
        HttpResponse<String> answer =
                client.send(client.posting("/api/jobs/orders/executions", "1").header("Idempotency-Key", key));
        return answer.statusCode() == 202;
    }

    private static String why(CheckedClient client) {
        return String.valueOf(job(client).getString("why"));
    }

    @Test
    void outlivesTheDeathOfItsMaster() {
        try (RedisSentinels redis = new RedisSentinels("", "")) {
            Service service = Services.start(file(redis.addresses()));
            try {
                CheckedClient client = new CheckedClient(service.port());
                await("the broker").until(() -> isConnected(client));
                assertThat(client.post("/api/jobs/orders/stop", "").statusCode())
                        .isEqualTo(200);
                for (int n = 0; n < MESSAGES; n++) {
                    assertThat(isAccepted(client, "k" + n)).isTrue();
                }
                assertThat(redis.cli(redis.first, "XADD", "orders", "*", "payload", "1"))
                        .contains("-");
                await("all of it to be at the replica")
                        .until(() -> redis.cli(redis.second, "XLEN", "orders").equals(String.valueOf(MESSAGES + 1)));
                redis.first.kill();
                await("the loss").until(() -> !isConnected(client));
                await("the new master").atMost(FAILOVER).until(() -> isConnected(client));
                assertThat(isAccepted(client, "k0"))
                        .as("known there, as all keys are")
                        .isTrue();
                assertThat(isAccepted(client, "new")).isTrue();
                client.post("/api/jobs/orders/start", "");
                await("all of it").atMost(FAILOVER).until(() -> succeeded(client) == MESSAGES + 2);
                await("nothing left")
                        .until(() -> redis.cli(redis.second, "XLEN", "orders").equals("0"));
            } finally {
                service.stop();
            }
        }
    }

    /** With passwords, from files; the master before lives on as a replica, which takes nothing. */
    @Test
    void followsItsMasterThroughAFailover() throws Exception {
        try (RedisSentinels redis = new RedisSentinels("of-redis", "of-sentinels")) {
            JsonObject file = file(redis.addresses());
            Path sentinelPassword = Files.writeString(directory.resolve("sentinel"), "wrong-marker");
            broker(file)
                    .put(
                            "passwordFile",
                            Files.writeString(directory.resolve("redis"), "of-redis\n")
                                    .toString())
                    .put("sentinelPasswordFile", sentinelPassword.toString());
            Service service = Services.start(file);
            try {
                CheckedClient client = new CheckedClient(service.port());
                await("the refusal").until(() -> why(client).contains("refuses user or password"));
                assertThat(why(client))
                        .contains(
                                "no Sentinel names the master main",
                                redis.addresses().get(2))
                        .doesNotContain("marker");
                Files.writeString(sentinelPassword, "of-sentinels\n");
                await("the broker").until(() -> isConnected(client));
                assertThat(isAccepted(client, "before")).isTrue();
                await("its end").until(() -> succeeded(client) == 1);
                redis.failOver("of-sentinels");
                await("the failover")
                        .atMost(FAILOVER)
                        .until(() -> redis.cli(redis.second, "ROLE").startsWith("master")
                                && redis.cli(redis.first, "ROLE").startsWith("slave"));
                await("the new master").atMost(FAILOVER).until(() -> isAccepted(client, "after"));
                await("its end").atMost(FAILOVER).until(() -> succeeded(client) == 2);
            } finally {
                service.stop();
            }
        }
    }

    // ---- Sentinels that are wrong

    private final Vertx vertx = Vertx.vertx();

    /** Answers like a Sentinel that names this port, or like one who stands still for a port of 0. */
    private String sentinel(int port) {
        NetServer server = vertx.createNetServer()
                .connectHandler(socket -> socket.handler(asked -> {
                    if (port == 0) {
                        return;
                    }
                    String digits = String.valueOf(port);
                    socket.write(
                            asked.toString().contains("HELLO")
                                    ? "*2\r\n$6\r\nserver\r\n$5\r\nredis\r\n"
                                    : "*2\r\n$9\r\n127.0.0.1\r\n$" + digits.length() + "\r\n" + digits + "\r\n");
                }))
                .listen(0, "127.0.0.1")
                .await();
        return "127.0.0.1:" + server.actualPort();
    }

    @Test
    void followsMostAndWaitsForNobody() {
        try (RedisServer redis = RedisServer.start()) {
            for (List<String> sentinels : List.of(
                    List.of(sentinel(1), sentinel(redis.port()), sentinel(redis.port())),
                    List.of(sentinel(0), sentinel(redis.port())),
                    List.of("127.0.0.1:1", sentinel(0), sentinel(redis.port())))) {
                Service service = Services.start(file(sentinels));
                try {
                    CheckedClient client = new CheckedClient(service.port());
                    await("the broker").atMost(Duration.ofMinutes(1)).until(() -> isConnected(client));
                } finally {
                    service.stop();
                }
            }
        } finally {
            vertx.close().await();
        }
    }

    @Test
    void neverWritesToWhatIsNamedAndIsNoMaster() {
        try (RedisServer master = RedisServer.start();
                RedisServer replica = RedisServer.start("--replicaof", "127.0.0.1 " + master.port())) {
            Service service = Services.start(file(List.of(sentinel(replica.port()))));
            try {
                CheckedClient client = new CheckedClient(service.port());
                await("word of it").until(() -> why(client).contains("is a replica"));
                replica.cli("REPLICAOF", "NO", "ONE");
                await("the broker").until(() -> isConnected(client));
            } finally {
                service.stop();
            }
        } finally {
            vertx.close().await();
        }
    }

    @Test
    void saysWhyEachOfThemDoesNotName() {
        try (RedisServer redis = RedisServer.start()) {
            String other = "127.0.0.1:" + redis.port(); // which is no Sentinel
            Service service = Services.start(file(List.of("127.0.0.1:1", other)));
            try {
                CheckedClient client = new CheckedClient(service.port());
                await("the reason").until(() -> why(client).contains("no Sentinel names the master main"));
                assertThat(why(client)).contains("127.0.0.1:1: nothing listens there", other + ": ");
            } finally {
                service.stop();
            }
        } finally {
            vertx.close().await();
        }
    }
}

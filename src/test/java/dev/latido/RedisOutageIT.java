package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.CheckedClient;
import dev.latido.queue.redis.RedisServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Redis is not there for three seconds, or with {@code -Dlong} for a minute, while producers go on: what the process that has its
 * queue there answers, logs and keeps in memory meanwhile, and how soon it goes on.
 */
@DisabledOnOs(OS.WINDOWS) // has no SIGKILL
class RedisOutageIT {

    private static final boolean IS_LONG = System.getProperty("long") != null;
    private static final Duration OUTAGE = Duration.ofSeconds(IS_LONG ? 60 : 3);
    private static final int MESSAGES = IS_LONG ? 6_000 : 900;
    private static final int PREFETCH = 16;
    private static final int MAX_PAYLOAD_BYTES = 65_536;

    /** However long it lasts: of each kind of trouble a line a minute, and one for what comes of it. */
    private static final int MAX_LINES = 20;

    private static final long MAX_GROWTH = 16_000_000;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Pattern USED = Pattern.compile("used (\\d+)K");

    private static final String CONFIG = """
            brokers:
              shop: {type: redis, url: "REDIS"}
            jobs:
              orders:
                concurrency: 8
                autoStart: true
                worker: {type: http, allowPrivate: true, url: "WORKER"}
                queue: {broker: shop, lease: 6s, prefetch: 16, maxPayloadBytes: 65536, lanes: [normal, high]}
            """;

    private final FleetJournal journal = new FleetJournal();
    private volatile Queue<Long> controlNanos = new ConcurrentLinkedQueue<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private volatile boolean isOver;

    @TempDir
    Path directory;

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void controlAnswersAndNothingIsLostWhileRedisIsNotThere() throws Exception {
        try (RedisServer redis = RedisServer.start();
                FleetWorker worker = new FleetWorker(journal);
                MainProcess process = start(redis, worker)) {
            int port = process.awaitPort();
            CheckedClient client = new CheckedClient(port);
            await("the broker").until(() -> isConnected(client));
            Thread control = new Thread(() -> control(port), "control");
            control.start();
            FleetProducers producers = new FleetProducers(
                    journal,
                    1,
                    MESSAGES,
                    "orders",
                    new FleetXadd(journal, "orders", url(redis), MAX_PAYLOAD_BYTES + 1),
                    () -> port);
            await("work").atMost(PATIENCE).until(() -> journal.done() >= MESSAGES / 3);
            long heapBefore = heapAfterCollection(process);
            String before = quantiles();

            redis.kill();
            int lines = process.lines().size();
            LockSupport.parkNanos(OUTAGE.toNanos());
            String during = quantiles();
            long heapDuring = heapAfterCollection(process);
            int linesDuring = process.lines().size() - lines;
            assertThat(isConnected(client)).isFalse();

            redis.restart();
            int done = journal.done();
            long back = System.nanoTime();
            await("its return").pollInterval(Duration.ofMillis(5)).until(() -> isConnected(client));
            long connectedMillis = (System.nanoTime() - back) / 1_000_000;
            await("work").pollInterval(Duration.ofMillis(5)).until(() -> journal.done() > done);
            long workingMillis = (System.nanoTime() - back) / 1_000_000;

            await("producers").atMost(PATIENCE).until(producers::isDone);
            await("all work").atMost(PATIENCE).until(() -> journal.missing().isEmpty());
            await("nothing left")
                    .atMost(PATIENCE)
                    .until(() -> redis.cli("XLEN", "orders").equals("0")
                            && redis.cli("XLEN", "{orders}:high").equals("0"));
            isOver = true;
            control.join();
            long heapAfter = heapAfterCollection(process);
            int stalls = (int) process.lines().stream()
                    .filter(line -> line.startsWith(WatchedMain.STOOD_STILL))
                    .count();
            System.out.printf(
                    "RedisOutageIT: Redis away for %d s: control before %s, during %s; %d lines of log meanwhile; heap %d,"
                            + " %d, %d KB before, during, after; connected %d ms and working %d ms after its return;"
                            + " %d acknowledged, 0 lost, %d done again, %d stalls%n",
                    OUTAGE.toSeconds(),
                    before,
                    during,
                    linesDuring,
                    heapBefore / 1_000,
                    heapDuring / 1_000,
                    heapAfter / 1_000,
                    connectedMillis,
                    workingMillis,
                    journal.streamedCount() + journal.postedCount(),
                    journal.doubles(),
                    stalls);
            assertThat(faults).isEmpty();
            assertThat(journal.problems()).isEmpty();
            assertThat(journal.doubles()).isLessThanOrEqualTo(PREFETCH * stalls); // without them none
            assertThat(linesDuring)
                    .as(() -> String.join("\n", process.lines()))
                    .isLessThanOrEqualTo(MAX_LINES + stalls);
            assertThat(heapDuring).isLessThan(heapBefore + MAX_GROWTH);
            assertThat(heapAfter).isLessThan(heapBefore + MAX_GROWTH);
            process.terminate();
            assertThat(process.awaitExit()).as(process.lines()::toString).isZero();
        }
    }

    private MainProcess start(RedisServer redis, FleetWorker worker) throws IOException {
        Path file = Files.writeString(
                directory.resolve("latido.yaml"),
                CONFIG.replace("REDIS", url(redis)).replace("WORKER", worker.url()));
        return MainProcess.startWatched(
                List.of("-XX:+UseSerialGC", "-Xmx128m"),
                Map.of("LATIDO_CONFIG", file.toString()),
                "store.directory=" + directory.resolve("store"));
    }

    private static String url(RedisServer redis) {
        return "redis://127.0.0.1:" + redis.port();
    }

    private static boolean isConnected(CheckedClient client) {
        return new JsonObject(client.get("/api/jobs/orders").body())
                .getJsonObject("queue")
                .getJsonObject("broker")
                .getBoolean("isConnected");
    }

    /** Stops, starts and asks, in turn, and notes how long each answer took. */
    private void control(int port) {
        CheckedClient client = new CheckedClient(port);
        for (int n = 0; !isOver; n++) {
            long begin = System.nanoTime();
            HttpResponse<String> answer = switch (n % 3) {
                case 0 -> client.get("/api/jobs/orders/status");
                case 1 -> client.post("/api/jobs/orders/stop", "");
                default -> client.post("/api/jobs/orders/start", "");
            };
            controlNanos.add(System.nanoTime() - begin);
            if (answer.statusCode() != 200) {
                faults.add(answer.statusCode() + " " + answer.body());
            }
            LockSupport.parkNanos(Duration.ofMillis(n % 3 == 1 ? 1 : 10).toNanos());
        }
    }

    /** Describes how long control took since this was asked last. */
    private String quantiles() {
        List<Long> all = controlNanos.stream().sorted().toList();
        controlNanos = new ConcurrentLinkedQueue<>();
        assertThat(all).isNotEmpty();
        return "p50 %.1f, p99 %.1f, most %.1f ms of %d"
                .formatted(
                        all.get(all.size() / 2) / 1e6,
                        all.get(all.size() * 99 / 100) / 1e6,
                        all.get(all.size() - 1) / 1e6,
                        all.size());
    }

    /** Has the process collect its garbage, and returns how many bytes are left. */
    private static long heapAfterCollection(MainProcess process) throws IOException, InterruptedException {
        jcmd(process, "GC.run");
        String heap = jcmd(process, "GC.heap_info");
        Matcher used = USED.matcher(heap.substring(0, heap.indexOf("Metaspace")));
        long bytes = 0;
        while (used.find()) {
            bytes += Long.parseLong(used.group(1)) * 1_024;
        }
        assertThat(bytes).isPositive();
        return bytes;
    }

    private static String jcmd(MainProcess process, String command) throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Process asked = new ProcessBuilder(jcmd.toString(), String.valueOf(process.pid()), command)
                .redirectErrorStream(true)
                .start();
        String output = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(asked.waitFor()).as(output).isZero();
        return output;
    }
}

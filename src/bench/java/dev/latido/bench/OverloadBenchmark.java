package dev.latido.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Producers that outrun a worker, in each full mode: memory, the speed of control, and whether the counts add up. */
final class OverloadBenchmark implements Benchmark {

    private static final List<String> MODES = List.of("wait", "drop-write", "drop-oldest", "drop-newest", "reject");
    private static final Duration IDLE = Effort.time(Duration.ofSeconds(10));
    private static final Duration WARM_UP = Effort.time(Duration.ofSeconds(10));
    private static final Duration LOAD = Effort.time(Duration.ofSeconds(20));
    private static final int PRODUCERS = 4;
    private static final int BATCH = 100;
    private static final Duration BETWEEN_PROBES = Duration.ofMillis(2);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    @Override
    public String name() {
        return "overload";
    }

    @Override
    public Table run() throws Exception {
        Table table = new Table(
                "Producers outrun a worker for " + LOAD.toSeconds() + " s, in each full mode",
                "mode",
                "offered/s",
                "done/s",
                "offered : done",
                "accepted",
                "done",
                "dropped",
                "queued + running",
                "adds up",
                "control p99 ms idle / loaded",
                "ratio",
                "heap after GC MB before / after",
                "RSS peak MB");
        for (String mode : MODES) {
            overload(table, mode);
        }
        table.note(PRODUCERS + " producers submit batches of " + BATCH + " over HTTP; the worker takes 1 ms, one at a"
                + " time; the queue holds 1,000. Control is GET /api/job/status every " + BETWEEN_PROBES.toMillis()
                + " ms on a connection of its own. Accepted = done + dropped + queued + running.");
        return table;
    }

    private void overload(Table table, String mode) throws Exception {
        Path config = Files.createTempFile("latido-bench", ".yaml");
        Files.writeString(
                config,
                "jobs:\n  heartbeat: {every: 1s}\n  work:\n    worker: {type: class, class: "
                        + SlowWorker.class.getName() + "}\n    queue: {capacity: 1000, whenFull: " + mode + "}\n");
        try (Server server = Server.latidoWithOurClasses("-Dlatido.config=" + config)) {
            Producers warmUp = new Producers(server);
            LockSupport.parkNanos(WARM_UP.toNanos());
            warmUp.stop();
            empty(server);
            double idle = p99Millis(server, IDLE);
            double heapBefore = server.heapAfterGcBytes().orElse(0);

            JsonObject before = job(server);
            Producers producers = new Producers(server);
            double loaded = p99Millis(server, LOAD);
            producers.stop();
            JsonObject after = job(server);
            double heapAfter = server.heapAfterGcBytes().orElse(0);
            row(table, mode, before, after, producers, idle, loaded, heapBefore, heapAfter);
        } finally {
            Files.delete(config);
        }
    }

    private void row(
            Table table,
            String mode,
            JsonObject before,
            JsonObject after,
            Producers producers,
            double idle,
            double loaded,
            double heapBefore,
            double heapAfter) {
        double seconds = LOAD.toMillis() / 1e3;
        double offered = producers.offered.get() / seconds;
        double done = (counter(after, "succeeded") - counter(before, "succeeded")) / seconds;
        long left = left(after);
        long ended = counter(after, "succeeded")
                + counter(after, "failed")
                + counter(after, "cancelled")
                + counter(after, "dropped");
        table.row(
                mode,
                Table.number(offered),
                Table.number(done),
                Table.number(offered / done),
                String.format("%,d", counter(after, "accepted")),
                String.format("%,d", counter(after, "succeeded")),
                String.format("%,d", counter(after, "dropped")),
                String.format("%,d", left),
                counter(after, "accepted") == ended + left ? "exactly" : "NO",
                Table.number(idle) + " / " + Table.number(loaded),
                Table.number(loaded / idle),
                Table.number(heapBefore / 1_048_576) + " / " + Table.number(heapAfter / 1_048_576),
                Table.number(producers.peakBytes / 1_048_576));
    }

    private static long counter(JsonObject job, String name) {
        return job.getJsonObject("counters").getLong(name);
    }

    private static long left(JsonObject job) {
        JsonObject queued = job.getJsonObject("queue").getJsonObject("queued");
        long left =
                (long) job.getInteger("inFlight") + job.getJsonObject("queue").getInteger("delayed");
        for (String priority : queued.fieldNames()) {
            left += queued.getInteger(priority);
        }
        return left;
    }

    private static JsonObject job(Server server) throws Exception {
        return new JsonObject(server.send("GET", "/api/jobs/work"));
    }

    private static void empty(Server server) throws Exception {
        while (left(job(server)) > 0) {
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    private static double p99Millis(Server server, Duration howLong) throws Exception {
        List<Double> took = new ArrayList<>();
        long end = System.nanoTime() + howLong.toNanos();
        while (System.nanoTime() < end) {
            long begun = System.nanoTime();
            server.send("GET", "/api/job/status");
            took.add((System.nanoTime() - begun) / 1e6);
            LockSupport.parkNanos(BETWEEN_PROBES.toNanos());
        }
        took.sort(null);
        return took.get((int) (took.size() * 0.99));
    }

    /** Submits batches as fast as they are answered. */
    private final class Producers {

        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicLong offered = new AtomicLong();
        private final List<Thread> threads = new ArrayList<>();
        private volatile double peakBytes;

        Producers(Server server) {
            JsonArray items = new JsonArray();
            for (int i = 0; i < BATCH; i++) {
                items.add(new JsonObject().put("payload", new JsonObject().put("number", i)));
            }
            HttpRequest request = HttpRequest.newBuilder(URI.create(server.url("/api/jobs/work/executions/batch")))
                    .header("Content-Type", "application/json")
                    .timeout(Duration.ofSeconds(30))
                    .POST(HttpRequest.BodyPublishers.ofString(items.encode()))
                    .build();
            for (int i = 0; i < PRODUCERS; i++) {
                threads.add(new Thread(() -> produce(request)));
            }
            threads.add(new Thread(() -> {
                while (!over.get()) {
                    peakBytes = Math.max(peakBytes, server.residentBytes().orElse(0));
                    LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
                }
            }));
            threads.forEach(Thread::start);
        }

        private void produce(HttpRequest request) {
            try {
                while (!over.get()) {
                    HttpResponse<Void> answer = http.send(request, HttpResponse.BodyHandlers.discarding());
                    if (answer.statusCode() == 200) {
                        offered.addAndGet(BATCH);
                    }
                }
            } catch (Exception failure) {
                throw new IllegalStateException("a producer failed", failure);
            }
        }

        void stop() throws InterruptedException {
            over.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }
}

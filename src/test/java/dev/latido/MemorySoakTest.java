package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.RawResponse;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * The real program with a heap of 128 MB, whose queues are kept full in every full mode with payloads of 1 byte to 1 MB, and
 * which is killed meanwhile: it never runs out of memory, and nothing that it acknowledged is lost. {@code -Dsoak=600} for so
 * many seconds, with five kills; {@code -Dseed=n} repeats the random choices.
 */
@DisabledOnOs(OS.WINDOWS) // has no SIGKILL
class MemorySoakTest {

    private static final int SECONDS = Integer.getInteger("soak", 15);
    private static final int KILLS = SECONDS < 60 ? 1 : 5;
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int PRODUCERS = 8;
    private static final int MAX_BYTES = 1_000_000;
    private static final int WORK_MILLIS = 400;
    private static final List<String> MODES = List.of("wait", "reject", "drop-write", "drop-oldest", "drop-newest");
    private static final Pattern ID = Pattern.compile("^\\{\"id\":\"([^\"]+)\"");

    private final Vertx vertx = Vertx.vertx();
    private final Set<String> worked = ConcurrentHashMap.newKeySet();
    private final Map<String, Queue<String>> accepted = new ConcurrentHashMap<>();
    private final Map<Integer, AtomicInteger> answers = new ConcurrentHashMap<>();
    private final Queue<Long> statusNanos = new ConcurrentLinkedQueue<>();
    private final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private final String directory = Services.directory().toString();
    private volatile int port = -1;
    private volatile boolean isOver;
    private volatile int workMillis = WORK_MILLIS;

    @AfterEach
    void end() {
        isOver = true;
        vertx.close().await();
    }

    private void work(HttpServerRequest request) {
        String id = request.getHeader("Latido-Execution");
        request.handler(forgotten -> {});
        request.end().onSuccess(ended -> {
            worked.add(id);
            vertx.setTimer(Math.max(1, workMillis), done -> {
                if (!request.response().closed()) {
                    request.response().end();
                }
            });
        });
    }

    private MainProcess start(HttpServer workers) {
        JsonObject jobs = new JsonObject();
        for (String mode : MODES) {
            jobs.put(
                    mode,
                    new JsonObject()
                            .put("concurrency", 2)
                            .put("queue", new JsonObject().put("capacity", 60).put("whenFull", mode))
                            .put(
                                    "worker",
                                    new JsonObject()
                                            .put("type", "http")
                                            .put("allowPrivate", true)
                                            .put("url", "http://127.0.0.1:" + workers.actualPort())));
        }
        MainProcess process = MainProcess.startWith(
                List.of("-Xmx128m"),
                new JsonObject().put("defaultJob", "wait").put("jobs", jobs),
                "store.directory=" + directory);
        port = process.awaitPort();
        return process;
    }

    @Test
    @Timeout(3_600)
    void neverRunsOutOfMemoryAndLosesNothing() {
        System.out.println("MemorySoakTest: repeat the random choices with -Dseed=" + SEED);
        HttpServer workers = vertx.createHttpServer()
                .requestHandler(this::work)
                .listen(0, "127.0.0.1")
                .await();
        MainProcess process = start(workers);
        try {
            for (int i = 0; i < PRODUCERS; i++) {
                Random random = new Random(SEED + i);
                run("producer " + i, client -> produce(client, random));
            }
            run("status", this::askForStatus);
            long life = Duration.ofSeconds(SECONDS).toNanos() / (KILLS + 1);
            for (int lives = 0; lives <= KILLS; lives++) {
                LockSupport.parkNanos(life); // as long as the load is to last
                report(lives + 1);
                if (lives < KILLS) {
                    port = -1;
                    process.kill();
                    assertNoOutOfMemory(process);
                    process = start(workers);
                }
            }
            isOver = true;
            for (Thread thread : threads) {
                join(thread);
            }
            assertThat(faults).isEmpty();
            workMillis = 0;
            assertNothingIsLost();
            assertNoOutOfMemory(process);
        } finally {
            process.close();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(Duration.ofMinutes(1).toMillis());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertNoOutOfMemory(MainProcess process) {
        assertThat(process.lines())
                .noneMatch(line -> line.contains("OutOfMemoryError") || line.contains("out of memory"));
    }

    /** What is done again and again over a connection. */
    @FunctionalInterface
    private interface Step {
        void run(ApiClient client) throws ApiClient.Died;
    }

    private void run(String name, Step step) {
        Thread thread = new Thread(
                () -> {
                    try {
                        repeat(step);
                    } catch (RuntimeException | Error fault) {
                        faults.add(fault);
                    }
                },
                name);
        threads.add(thread);
        thread.start();
    }

    private void repeat(Step step) {
        while (!isOver) {
            int known = port;
            if (known < 0) {
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos()); // between two lives nobody is there
                continue;
            }
            try (ApiClient client = new ApiClient(known)) {
                while (!isOver) {
                    step.run(client);
                }
            } catch (ApiClient.Died killed) {
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        }
    }

    private void produce(ApiClient client, Random random) throws ApiClient.Died {
        String job = MODES.get(random.nextInt(MODES.size()));
        int bytes = (int) Math.exp(random.nextDouble() * Math.log(MAX_BYTES));
        String payload = bytes < 3 ? "7" : "\"" + "x".repeat(bytes - 2) + "\"";
        RawResponse answer = client.post("/api/jobs/" + job + "/executions?timeout=200ms", payload);
        answers.computeIfAbsent(answer.status(), status -> new AtomicInteger()).incrementAndGet();
        Matcher id = ID.matcher(answer.body());
        if (answer.status() == 202 && id.find()) {
            acceptedBy(job).add(id.group(1));
        }
        // 504: a machine that is busy may leave it open, and then nothing is promised.
        assertThat(answer.status()).as(() -> answer.body()).isIn(200, 202, 429, 503, 504);
    }

    private void askForStatus(ApiClient client) throws ApiClient.Died {
        long begun = System.nanoTime();
        RawResponse answer = client.get("/api/job/status");
        if (answer.status() == 200) {
            statusNanos.add(System.nanoTime() - begun);
        }
        LockSupport.parkNanos(Duration.ofMillis(10).toNanos()); // so many questions a second
    }

    private void report(int life) {
        List<Long> sorted = statusNanos.stream().sorted().toList();
        statusNanos.clear();
        long p99 = sorted.isEmpty() ? -1 : sorted.get(sorted.size() * 99 / 100);
        System.out.printf(
                "MemorySoakTest: life %d: status p99 %.1f ms of %,d; answers so far %s; %,d worked%n",
                life, p99 / 1e6, sorted.size(), new TreeMap<>(answers), worked.size());
    }

    /** Each was worked on, or is still there; or it gave way to another one where the mode has it do that, which is counted. */
    private void assertNothingIsLost() {
        MODES.forEach(mode -> await().atMost(Duration.ofMinutes(5))
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> assertThat(unaccounted(mode))
                        .as(mode)
                        .hasSizeLessThanOrEqualTo(mode.startsWith("drop-") ? dropped(mode) : 0)));
    }

    private Queue<String> acceptedBy(String job) {
        return accepted.computeIfAbsent(job, absent -> new ConcurrentLinkedQueue<>());
    }

    private List<String> unaccounted(String mode) {
        return acceptedBy(mode).stream().filter(id -> !worked.contains(id)).toList();
    }

    private int dropped(String mode) {
        JsonObject job = ask("/api/jobs/" + mode);
        assertThat(job.getJsonObject("queue").getJsonObject("queued").stream()
                        .mapToInt(each -> (Integer) each.getValue())
                        .sum())
                .as("still queued")
                .isZero();
        return job.getJsonObject("counters").getInteger("dropped");
    }

    private JsonObject ask(String path) {
        try (ApiClient client = new ApiClient(port)) {
            return new JsonObject(client.get(path).body());
        } catch (ApiClient.Died died) {
            throw new AssertionError(died);
        }
    }
}

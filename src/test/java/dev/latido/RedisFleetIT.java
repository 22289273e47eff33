package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.queue.redis.RedisServer;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three real processes share a queue at a real Redis that writes before it answers, while producers add by XADD and POST.
 * First only Redis is killed and has no memory left, then only processes are killed and stopped. {@code -Dlong} for many more messages and faults,
 * {@code -Dseed=n} to repeat the random choices (not the instants, which are the machine's).
 */
@DisabledOnOs(OS.WINDOWS) // has no SIGKILL
class RedisFleetIT {

    private static final boolean IS_LONG = System.getProperty("long") != null;
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private static final int MESSAGES = IS_LONG ? 100_000 : 5_000;
    private static final int OUTAGES = IS_LONG ? 3 : 1;
    private static final int KILLS = IS_LONG ? 10 : 3;
    private static final int STALLS = IS_LONG ? 3 : 1;

    private static final int PROCESSES = 3;
    private static final int PREFETCH = 16;
    private static final Duration LEASE = Duration.ofSeconds(6);
    private static final Duration LAST_OUTAGE = IS_LONG ? LEASE.multipliedBy(3) : LEASE.plusSeconds(2);
    private static final Duration WITHOUT_MEMORY = Duration.ofSeconds(IS_LONG ? 10 : 1);
    private static final int MAX_PAYLOAD_BYTES = 65_536;

    /** How long a part of the load may take, which is far more than it does. */
    private static final Duration PATIENCE = Duration.ofMinutes(IS_LONG ? 60 : 5);

    private static final String QUEUE = "orders";

    private static final String CONFIG = """
            brokers:
              fleet: {type: redis, url: "REDIS"}
            jobs:
              orders:
                concurrency: 8
                maxCrashes: 127
                worker: {type: http, allowPrivate: true, url: "WORKER"}
                queue: {broker: fleet, lease: 6s, prefetch: 16, maxPayloadBytes: 65536, lanes: [normal, high]}
            """;

    private final Random random = new Random(SEED);
    private final FleetJournal journal = new FleetJournal();

    /** How much processes had when they were killed or stopped: this may be done again. */
    private int held;

    /** Stalls of processes that nobody stopped. */
    private int stalls;

    @TempDir
    Path directory;

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS)
    void doesEverythingThatWasAcknowledgedAndLittleTwice() throws Exception {
        System.out.println("RedisFleetIT: repeat the random choices with -Dseed=" + SEED);
        long begun = System.nanoTime();
        try (RedisServer redis = RedisServer.start();
                FleetWorker worker = new FleetWorker(journal);
                Fleet fleet = new Fleet(config(redis, worker), directory, PROCESSES)) {
            fleet.awaitConnected(QUEUE);
            int first = MESSAGES * 2 / 5;
            killRedis(redis, fleet, first);
            stalls = fleet.stalls();
            int doublesOfRedis = journal.doubles();
            assertThat(doublesOfRedis)
                    .as("work that was done again because Redis died, with %d stalls, seed %d", stalls, SEED)
                    .isLessThanOrEqualTo(PREFETCH * stalls); // without them none

            harmProcesses(redis, fleet, MESSAGES - first);
            int bound = held + PREFETCH * stalls;
            fleet.end();
            System.out.printf(
                    "RedisFleetIT: %d acknowledged (%d by XADD, %d by POST), %d refused or unanswered, 0 lost; Redis killed"
                            + " %d times and without memory once: %d done again; %d SIGKILLs, %d SIGSTOPs, %d other stalls:"
                            + " %d done again, of %d that were held, %d more than twice; %d dead letters; %d lines of log;"
                            + " %.1f s%n",
                    journal.streamedCount() + journal.postedCount(),
                    journal.streamedCount(),
                    journal.postedCount(),
                    journal.unansweredCount(),
                    OUTAGES,
                    doublesOfRedis,
                    KILLS,
                    STALLS,
                    stalls,
                    journal.doubles() - doublesOfRedis,
                    held,
                    journal.moreOftenThan(2),
                    journal.refusable().size(),
                    fleet.lines(),
                    (System.nanoTime() - begun) / 1e9);
            assertThat(journal.doubles())
                    .as("work that was done again, seed %d", SEED)
                    .isPositive() // else no fault hit anything
                    .isLessThanOrEqualTo(bound);
            assertThat(fleet.faults()).isEmpty();
        }
    }

    private Path config(RedisServer redis, FleetWorker worker) throws IOException {
        return Files.writeString(
                directory.resolve("latido.yaml"),
                CONFIG.replace("REDIS", url(redis)).replace("WORKER", worker.url()));
    }

    private static String url(RedisServer redis) {
        return "redis://127.0.0.1:" + redis.port();
    }

    private FleetProducers producers(RedisServer redis, Fleet fleet, int messages) {
        FleetProducers.Stream stream = new FleetXadd(journal, QUEUE, url(redis), MAX_PAYLOAD_BYTES + 1);
        return new FleetProducers(journal, random.nextLong(), messages, QUEUE, stream, fleet::anyPort);
    }

    /** Hands in {@code messages} and kills Redis meanwhile, or leaves it without memory, and nothing else. */
    private void killRedis(RedisServer redis, Fleet fleet, int messages) {
        FleetProducers producers = producers(redis, fleet, messages);
        for (int outage = 1; outage <= OUTAGES; outage++) {
            awaitDone(messages * outage / (OUTAGES + 2));
            redis.kill();
            // the last one is longer than a lease, so that all leases look as if they were over
            pass(outage == OUTAGES ? LAST_OUTAGE : Duration.ofMillis(random.nextInt(3_000)));
            redis.restart();
        }
        awaitDone(messages * (OUTAGES + 1) / (OUTAGES + 2));
        assertThat(redis.cli("CONFIG", "SET", "maxmemory", "1")).isEqualTo("OK");
        pass(WITHOUT_MEMORY);
        assertThat(redis.cli("XADD", QUEUE, "*", "n", "0")).contains("OOM");
        assertThat(redis.cli("CONFIG", "SET", "maxmemory", "0")).isEqualTo("OK");
        workOff(redis, producers);
    }

    /** Hands in {@code messages} and kills and stops processes meanwhile, and nothing else. */
    private void harmProcesses(RedisServer redis, Fleet fleet, int messages) throws IOException, InterruptedException {
        List<Boolean> areKills = new ArrayList<>(Collections.nCopies(KILLS, true));
        areKills.addAll(Collections.nCopies(STALLS, false));
        Collections.shuffle(areKills, random);
        int before = journal.done();
        List<String> names = IntStream.range(0, fleet.size())
                .mapToObj(index -> fleet.nameAtBroker(index, QUEUE))
                .toList();
        assertThat(names).doesNotHaveDuplicates();
        FleetProducers producers = producers(redis, fleet, messages);
        for (int i = 0; i < areKills.size(); i++) {
            awaitDone(before + messages * (i + 1) / (areKills.size() + 2));
            int victim = random.nextInt(fleet.size());
            if (areKills.get(i)) {
                fleet.kill(victim);
                held += held(redis, names.get(victim));
                fleet.restart(victim);
            } else {
                held += stop(redis, fleet, victim, names.get(victim));
            }
        }
        workOff(redis, producers);
        stalls = Math.max(stalls, fleet.stalls() - STALLS);
    }

    /** Has a process stand still for two leases, and returns how much it had: Redis may have had a call of it unread. */
    private static int stop(RedisServer redis, Fleet fleet, int victim, String name)
            throws IOException, InterruptedException {
        fleet.freeze(victim);
        long begin = System.nanoTime();
        int most = 0;
        while (System.nanoTime() - begin < LEASE.dividedBy(2).toNanos()) {
            most = Math.max(most, held(redis, name));
            pass(Duration.ofMillis(100));
        }
        pass(LEASE.multipliedBy(2).minusNanos(System.nanoTime() - begin));
        fleet.thaw(victim);
        return most;
    }

    /** Tells how much Redis has leased to a process. */
    private static int held(RedisServer redis, String name) {
        int held = 0;
        for (String stream : List.of(QUEUE, "{" + QUEUE + "}:high")) {
            // how many, the first and the last id, and of each process its name and how many
            List<String> lines = redis.cli("XPENDING", stream, "latido").lines().toList();
            for (int i = 3; i + 1 < lines.size(); i += 2) {
                held += lines.get(i).equals(name) ? Integer.parseInt(lines.get(i + 1)) : 0;
            }
        }
        return held;
    }

    private static void pass(Duration time) {
        long begin = System.nanoTime();
        for (long left = time.toNanos(); left > 0; left = time.toNanos() - (System.nanoTime() - begin)) {
            LockSupport.parkNanos(left);
        }
    }

    private void awaitDone(int count) {
        await().atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .failFast(
                        () -> assertThat(journal.problems()).as("seed %d", SEED).isEmpty())
                .until(() -> journal.done() >= count);
    }

    /** Waits until everything is done, and checks what is left at Redis. */
    private void workOff(RedisServer redis, FleetProducers producers) {
        await("producers").atMost(PATIENCE).until(producers::isDone);
        await("work").atMost(PATIENCE).untilAsserted(() -> {
            assertThat(journal.missing())
                    .as("acknowledged and not done, seed %d", SEED)
                    .isEmpty();
            assertThat(leftAt(redis)).as("seed %d", SEED).isEqualTo(NOTHING);
        });
        assertThat(journal.problems()).as("seed %d", SEED).isEmpty();
        assertThat(journal.unknown()).as("seed %d", SEED).isEmpty();
        checkDeadLetters(redis);
    }

    /** What is at Redis when everything is done. */
    private static final String NOTHING = "normal 0 pending 0, high 0 pending 0, delayed 0";

    private static String leftAt(RedisServer redis) {
        String high = "{" + QUEUE + "}:high";
        return "normal " + redis.cli("XLEN", QUEUE) + " pending " + pending(redis, QUEUE) + ", high "
                + redis.cli("XLEN", high) + " pending " + pending(redis, high) + ", delayed "
                + redis.cli("ZCARD", "{" + QUEUE + "}:delayed");
    }

    private static String pending(RedisServer redis, String stream) {
        return redis.cli("XPENDING", stream, "latido").lines().findFirst().orElse("");
    }

    /** Everything that cannot be work became one dead letter, and nothing else did. */
    private void checkDeadLetters(RedisServer redis) {
        Map<String, String> dead = new TreeMap<>();
        for (Map<String, String> letter : deadLetters(redis)) {
            String name = letter.getOrDefault("unfit", "(a good one: " + letter + ")");
            assertThat(dead.put(name, letter.getOrDefault("latido-reason", "")))
                    .as("%s is a dead letter twice, seed %d", name, SEED)
                    .isNull();
        }
        Map<String, String> expected = new TreeMap<>(journal.refusable());
        // of what Redis did not answer, nobody knows whether it has it
        expected.keySet().removeIf(name -> !journal.refusableAcknowledged().contains(name) && !dead.containsKey(name));
        assertThat(dead).as("seed %d", SEED).isEqualTo(expected);
    }

    private static List<Map<String, String>> deadLetters(RedisServer redis) {
        Vertx vertx = Vertx.vertx();
        try {
            Response entries = Redis.createClient(vertx, url(redis))
                    .send(Request.cmd(Command.XRANGE)
                            .arg("{" + QUEUE + "}:dead")
                            .arg("-")
                            .arg("+"))
                    .await();
            List<Map<String, String>> letters = new ArrayList<>();
            for (Response entry : entries) {
                Map<String, String> letter = new TreeMap<>();
                Response fields = entry.get(1);
                for (int i = 0; i + 1 < fields.size(); i += 2) {
                    String value = fields.get(i + 1).toString();
                    letter.put(fields.get(i).toString(), value.substring(0, Math.min(200, value.length())));
                }
                letters.add(letter);
            }
            return letters;
        } finally {
            vertx.close().await();
        }
    }
}

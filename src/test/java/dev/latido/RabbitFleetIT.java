package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.GetResponse;
import dev.latido.queue.rabbitmq.RabbitServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three real processes share a queue at a real RabbitMQ, while producers publish to it and post; two of them are killed, and
 * RabbitMQ is. {@code -Dlong} for many more messages, {@code -Dseed=n} to repeat the random choices.
 */
@DisabledOnOs(OS.WINDOWS) // has no SIGKILL
class RabbitFleetIT {

    private static final boolean IS_LONG = System.getProperty("long") != null;
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int MESSAGES = IS_LONG ? 100_000 : 2_000;
    private static final int PROCESSES = 3;
    private static final int PREFETCH = 16;
    private static final int KILLS = 2;
    private static final int MAX_PAYLOAD_BYTES = 65_536;
    private static final Duration PATIENCE = Duration.ofMinutes(IS_LONG ? 60 : 5);
    private static final String QUEUE = "orders";

    private static final String CONFIG = """
            brokers:
              fleet: {type: rabbitmq, url: "amqp://127.0.0.1:PORT"}
            jobs:
              orders:
                concurrency: 8
                maxCrashes: 127
                worker: {type: http, allowPrivate: true, url: "WORKER"}
                queue: {broker: fleet, prefetch: 16, maxPayloadBytes: 65536, lanes: [normal, high]}
            """;

    private final Random random = new Random(SEED);
    private final FleetJournal journal = new FleetJournal();

    @TempDir
    Path directory;

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void doesEverythingThatWasAcknowledgedAndTwiceOnlyWhatWasHeld() throws Exception {
        System.out.println("RabbitFleetIT: repeat the random choices with -Dseed=" + SEED);
        long begun = System.nanoTime();
        try (RabbitServer rabbit = RabbitServer.start();
                FleetWorker worker = new FleetWorker(journal)) {
            Path file = Files.writeString(
                    directory.resolve("latido.yaml"),
                    CONFIG.replace("PORT", "" + rabbit.port()).replace("WORKER", worker.url()));
            try (Fleet fleet = new Fleet(file, directory, PROCESSES)) {
                fleet.awaitConnected(QUEUE);
                FleetProducers producers = new FleetProducers(
                        journal,
                        random.nextLong(),
                        MESSAGES,
                        QUEUE,
                        new FleetAmqp(journal, QUEUE, rabbit.port(), MAX_PAYLOAD_BYTES + 1),
                        fleet::anyPort);
                for (int kill = 1; kill <= KILLS; kill++) {
                    awaitDone(MESSAGES * kill / (KILLS + 2));
                    int victim = random.nextInt(fleet.size());
                    fleet.kill(victim);
                    fleet.restart(victim);
                }
                awaitDone(MESSAGES * (KILLS + 1) / (KILLS + 2));
                rabbit.kill();
                rabbit.restart();
                workOff(rabbit, producers);
                fleet.end();
                int held = PREFETCH * (KILLS + PROCESSES);
                System.out.printf(
                        "RabbitFleetIT: %d acknowledged (%d by AMQP, %d by POST), %d unanswered, %d posted again unanswered, 0"
                                + " lost; %d SIGKILLs, RabbitMQ killed once: %d done again, of %d that may have been held;"
                                + " %d dead letters; %d lines of log; %.1f s%n",
                        journal.streamedCount() + journal.postedCount(),
                        journal.streamedCount(),
                        journal.postedCount(),
                        journal.unansweredCount(),
                        journal.repeatedCount(),
                        KILLS,
                        journal.doubles(),
                        held,
                        journal.refusable().size(),
                        fleet.lines(),
                        (System.nanoTime() - begun) / 1e9);
                assertThat(journal.doubles())
                        .as("work that was done again, seed %d", SEED)
                        .isLessThanOrEqualTo(held + journal.repeatedCount());
                assertThat(fleet.faults()).isEmpty();
            }
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

    /** Waits until everything is done, and checks what is left at RabbitMQ. */
    private void workOff(RabbitServer rabbit, FleetProducers producers) {
        await("producers").atMost(PATIENCE).until(producers::isDone);
        await("work").atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> {
            assertThat(journal.missing())
                    .as("acknowledged and not done, seed %d", SEED)
                    .isEmpty();
            assertThat(leftAt(rabbit)).as("seed %d", SEED).isZero();
        });
        assertThat(journal.problems()).as("seed %d", SEED).isEmpty();
        assertThat(journal.unknown()).as("seed %d", SEED).isEmpty();
        Map<String, String> dead = deadLetters(rabbit);
        Map<String, String> expected = new TreeMap<>(journal.refusable());
        expected.keySet().removeIf(name -> !journal.refusableAcknowledged().contains(name) && !dead.containsKey(name));
        assertThat(dead).as("seed %d", SEED).isEqualTo(expected);
    }

    private static long leftAt(RabbitServer rabbit) {
        return rabbit.use(channel -> channel.messageCount(QUEUE) + channel.messageCount(QUEUE + ".high"));
    }

    /** Returns the reasons of dead letters, by the names of what cannot be work. */
    private static Map<String, String> deadLetters(RabbitServer rabbit) {
        return rabbit.use(channel -> {
            Map<String, String> dead = new TreeMap<>();
            for (GetResponse letter = channel.basicGet(QUEUE + ".dead", true);
                    letter != null;
                    letter = channel.basicGet(QUEUE + ".dead", true)) {
                Map<String, Object> headers = letter.getProps().getHeaders();
                dead.put(
                        String.valueOf(headers.getOrDefault("unfit", "(a good one: " + headers + ")")),
                        String.valueOf(headers.get("latido-reason")));
            }
            return dead;
        });
    }
}

package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.queue.storagequeue.AzuriteServer;
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
 * Three real processes share a queue at an Azurite, while producers put into it and post; two of them are killed, and Azurite is
 * ended and started again: it writes down what it has every five seconds and at its end, so that a kill would have it lose what it
 * acknowledged. {@code -Dlong} for many more messages and kills, {@code -Dseed=n} to repeat the random choices.
 */
@DisabledOnOs(OS.WINDOWS) // has no SIGKILL
class StorageFleetIT {

    private static final boolean IS_LONG = System.getProperty("long") != null;
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int MESSAGES = IS_LONG ? 5_000 : 2_000;
    private static final int PROCESSES = 3;
    private static final int PREFETCH = 16;
    private static final int KILLS = IS_LONG ? 10 : 2;
    private static final int MAX_PAYLOAD_BYTES = 4_096;
    private static final Duration PATIENCE = Duration.ofMinutes(IS_LONG ? 30 : 5);
    private static final String QUEUE = "orders";

    private static final String CONFIG = """
            brokers:
              fleet: {type: storage-queue, account: devstoreaccount1, url: "http://127.0.0.1:PORT/devstoreaccount1", key: "KEY"}
            jobs:
              orders:
                concurrency: 8
                maxCrashes: 127
                worker: {type: http, allowPrivate: true, url: "WORKER"}
                queue: {broker: fleet, lease: 6s, prefetch: 16, maxPayloadBytes: 4096, lanes: [normal, high]}
            """;

    private final Random random = new Random(SEED);
    private final FleetJournal journal = new FleetJournal();

    @TempDir
    Path directory;

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void doesEverythingThatWasAcknowledgedAndTwiceOnlyWhatWasHeld() throws Exception {
        System.out.println("StorageFleetIT: repeat the random choices with -Dseed=" + SEED);
        long begun = System.nanoTime();
        try (AzuriteServer azurite = AzuriteServer.start();
                FleetWorker worker = new FleetWorker(journal)) {
            Path file = Files.writeString(
                    directory.resolve("latido.yaml"),
                    CONFIG.replace("PORT", "" + azurite.port())
                            .replace("KEY", AzuriteServer.KEY)
                            .replace("WORKER", worker.url()));
            try (Fleet fleet = new Fleet(file, directory, PROCESSES)) {
                fleet.awaitConnected(QUEUE);
                FleetProducers producers = new FleetProducers(
                        journal,
                        random.nextLong(),
                        MESSAGES,
                        QUEUE,
                        new FleetStorage(journal, QUEUE, azurite, MAX_PAYLOAD_BYTES + 1),
                        fleet::anyPort);
                for (int kill = 1; kill <= KILLS; kill++) {
                    awaitDone(MESSAGES * kill / (KILLS + 2));
                    int victim = random.nextInt(fleet.size());
                    fleet.kill(victim);
                    fleet.restart(victim);
                }
                awaitDone(MESSAGES * (KILLS + 1) / (KILLS + 2));
                azurite.stop();
                azurite.restart();
                workOff(azurite, producers);
                fleet.end();
                int held = PREFETCH * (KILLS + PROCESSES);
                System.out.printf(
                        "StorageFleetIT: %d acknowledged (%d put, %d by POST), %d unanswered, %d posted again unanswered, 0"
                                + " lost; %d SIGKILLs, Azurite ended once: %d done again, of %d that may have been held;"
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

    /** Waits until everything is done, and checks what is left at Azurite. */
    private void workOff(AzuriteServer azurite, FleetProducers producers) {
        await("producers").atMost(PATIENCE).until(producers::isDone);
        await("work").atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> {
            assertThat(journal.missing())
                    .as("acknowledged and not done, seed %d", SEED)
                    .isEmpty();
            assertThat(leftAt(azurite)).as("seed %d", SEED).isZero();
        });
        assertThat(journal.problems()).as("seed %d", SEED).isEmpty();
        assertThat(journal.unknown()).as("seed %d", SEED).isEmpty();
        Map<String, String> dead = azurite.deadLetters(QUEUE, "unfit");
        Map<String, String> expected = new TreeMap<>(journal.refusable());
        expected.keySet().removeIf(name -> !journal.refusableAcknowledged().contains(name) && !dead.containsKey(name));
        assertThat(dead).as("seed %d", SEED).isEqualTo(expected);
    }

    private static long leftAt(AzuriteServer azurite) {
        return azurite.count(QUEUE) + azurite.count(QUEUE + "-high");
    }
}

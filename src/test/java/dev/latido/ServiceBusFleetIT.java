package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.queue.servicebus.ServiceBusServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three real processes share a queue at the stand-in for Azure Service Bus, while producers send by Microsoft's client and post; two of
 * the processes are killed, and the stand-in is away for a moment. {@code -Dlong} for more messages and kills, processes that
 * stand still for longer than their locks last, and a service that is busy; {@code -Dseed=n} to repeat the random choices.
 */
@DisabledOnOs(OS.WINDOWS) // has no SIGKILL
class ServiceBusFleetIT {

    private static final boolean IS_LONG = System.getProperty("long") != null;
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int MESSAGES = IS_LONG ? 5_000 : 2_000;
    private static final int PROCESSES = 3;
    private static final int PREFETCH = 16;
    private static final int KILLS = IS_LONG ? 10 : 2;
    private static final int STOPS = IS_LONG ? KILLS / 3 : 0;
    private static final int MAX_PAYLOAD_BYTES = 4_096;
    private static final Duration PATIENCE = Duration.ofMinutes(IS_LONG ? 30 : 5);
    private static final String QUEUE = "orders";
    private static final Duration LOCK = Duration.ofSeconds(6);

    /** So many that nothing becomes a dead letter by kills. */
    private static final int DELIVERIES = 100;

    private static final String CONFIG = """
            brokers:
              fleet: {type: service-bus, connectionString: "ACCESS"}
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
        System.out.println("ServiceBusFleetIT: repeat the random choices with -Dseed=" + SEED);
        long begun = System.nanoTime();
        try (ServiceBusServer bus = ServiceBusServer.start();
                FleetWorker worker = new FleetWorker(journal)) {
            bus.queues(LOCK, DELIVERIES, QUEUE, QUEUE + ".high");
            Path file = Files.writeString(
                    directory.resolve("latido.yaml"),
                    CONFIG.replace("ACCESS", bus.connectionString()).replace("WORKER", worker.url()));
            try (Fleet fleet = new Fleet(file, directory, PROCESSES)) {
                fleet.awaitConnected(QUEUE);
                FleetProducers producers = new FleetProducers(
                        journal,
                        random.nextLong(),
                        MESSAGES,
                        QUEUE,
                        new FleetBus(journal, QUEUE, bus.connectionString(), MAX_PAYLOAD_BYTES + 1),
                        fleet::anyPort);
                for (int kill = 1; kill <= KILLS; kill++) {
                    awaitDone(MESSAGES * kill / (KILLS + 2));
                    int victim = random.nextInt(fleet.size());
                    fleet.kill(victim);
                    fleet.restart(victim);
                    if (IS_LONG && kill % 3 == 0) {
                        bus.beBusy(QUEUE, 20);
                        standStill(fleet, random.nextInt(fleet.size()));
                    }
                }
                awaitDone(MESSAGES * (KILLS + 1) / (KILLS + 2));
                bus.stop();
                bus.restart();
                workOff(bus, producers);
                fleet.end();
                int held = PREFETCH * (KILLS + STOPS + PROCESSES);
                System.out.printf(
                        "ServiceBusFleetIT: %d acknowledged (%d by Microsoft's client, %d by POST), %d unanswered, %d posted again unanswered, 0"
                                + " lost; %d SIGKILLs, %d SIGSTOPs, the stand-in away once: %d done again, of %d that may have been held;"
                                + " %d dead letters; %d lines of log; %.1f s%n",
                        journal.streamedCount() + journal.postedCount(),
                        journal.streamedCount(),
                        journal.postedCount(),
                        journal.unansweredCount(),
                        journal.repeatedCount(),
                        KILLS,
                        STOPS,
                        journal.doubles(),
                        held,
                        journal.refusable().size(),
                        fleet.lines(),
                        (System.nanoTime() - begun) / 1e9);
                assertThat(journal.doubles())
                        .as("work that was done again, seed %d", SEED)
                        .isLessThanOrEqualTo(held + journal.repeatedCount());
                assertThat(fleet.faults()).isEmpty();
                assertThat(bus.faults()).isEmpty();
            }
        }
    }

    /** Has a process stand still for so long that all its locks are over. */
    private static void standStill(Fleet fleet, int index) throws IOException, InterruptedException {
        fleet.freeze(index);
        await("locks to be over").pollDelay(LOCK.multipliedBy(2)).until(() -> true);
        fleet.thaw(index);
    }

    private void awaitDone(int count) {
        await().atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .failFast(
                        () -> assertThat(journal.problems()).as("seed %d", SEED).isEmpty())
                .until(() -> journal.done() >= count);
    }

    /** Waits until everything is done, and checks what is left there. */
    private void workOff(ServiceBusServer bus, FleetProducers producers) {
        await("producers").atMost(PATIENCE).until(producers::isDone);
        await("work").atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> {
            assertThat(journal.missing())
                    .as("acknowledged and not done, seed %d", SEED)
                    .isEmpty();
            assertThat(leftAt(bus)).as("seed %d", SEED).isZero();
        });
        assertThat(journal.problems()).as("seed %d", SEED).isEmpty();
        assertThat(journal.unknown()).as("seed %d", SEED).isEmpty();
        Map<String, String> dead = bus.deadLetters(QUEUE, "unfit");
        Map<String, String> expected = new TreeMap<>(journal.refusable());
        expected.keySet().removeIf(name -> !journal.refusableAcknowledged().contains(name) && !dead.containsKey(name));
        assertThat(dead).as("seed %d", SEED).isEqualTo(expected);
    }

    private static long leftAt(ServiceBusServer bus) {
        return Stream.of(QUEUE, QUEUE + ".high")
                .flatMap(queue -> bus.counts(queue).stream())
                .mapToLong(Integer::longValue)
                .sum();
    }
}

package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Command;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.room.memory.MemoryRoom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Measures what a queued execution costs. Run by hand: {@code java -Xmx1g -cp … dev.latido.core.QueueMemory}, with a
 * count and a payload's length if wanted.
 */
final class QueueMemory {

    private QueueMemory() {}

    public static void main(String[] arguments) {
        int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        int length = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100;
        JobDefinition job = JobDefinition.named("job")
                .withDurability(Durability.NONE)
                .withQueue(new QueueConfig(count, FullMode.REJECT, Map.of(), 0));
        JobEngine engine = new JobEngine(
                JobRegistry.of("job", List.of(job)),
                HistoryConfig.DEFAULT,
                0,
                MemoryRoom::new,
                MemoryBudget.unbounded(),
                new SplittableRandom(1));
        Moment now = new Moment(Instant.parse("2026-01-01T00:00:00Z"), 0);
        long before = used();
        long begun = System.nanoTime();
        for (int i = 0; i < count; i++) {
            String payload = String.format("%0" + length + "d", i);
            Command submit = new Command.Submit(
                    null, List.of(new Submission(payload, Priority.NORMAL, Duration.ZERO, null)), Command.NO_DEADLINE);
            engine.decide(new Input.CommandReceived(submit, reply -> {}), now.plus(Duration.ofNanos(i)));
        }
        long took = System.nanoTime() - begun;
        System.out.printf(
                "%,d queued with %d characters each: %,d bytes each, %,d ns each%n",
                count, length, (used() - before) / count, took / count);
        Moment later = now.plus(Duration.ofHours(1));
        begun = System.nanoTime();
        engine.decide(
                new Input.CommandReceived(new Command.Purge(null, false, Command.NO_DEADLINE), reply -> {}), later);
        System.out.printf("a purge of %,d: %,d µs%n", JobCommands.MAX_CHANGES, (System.nanoTime() - begun) / 1_000);
        begun = System.nanoTime();
        engine.decide(new Input.ShutdownBegan(), later);
        System.out.printf("a shutdown: %,d µs%n", (System.nanoTime() - begun) / 1_000);
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}

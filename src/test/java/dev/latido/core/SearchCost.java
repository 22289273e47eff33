package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionFilter;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.room.memory.MemoryRoom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Measures a look for executions. Run by hand: {@code java -Xmx2g -cp … dev.latido.core.SearchCost}, with a count and a payload's
 * length if wanted.
 */
final class SearchCost {

    private SearchCost() {}

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
        for (int i = 0; i < count; i++) {
            String payload = "{\"text\":\"" + "x".repeat(length) + "\",\"customer\":{\"id\":" + i + "}}";
            Command submit = new Command.Submit(
                    null, List.of(new Submission(payload, Priority.NORMAL, Duration.ZERO, null)), Command.NO_DEADLINE);
            engine.decide(new Input.CommandReceived(submit, reply -> {}), now.plus(Duration.ofNanos(i)));
        }
        for (int round = 0; round < 3; round++) {
            measure(engine, "by error", new ExecutionFilter(null, Set.of(), null, "no", null, null, null, null));
            measure(engine, "by text", new ExecutionFilter(null, Set.of(), null, null, null, "\"id\":-1", null, null));
            measure(
                    engine,
                    "by value",
                    new ExecutionFilter(null, Set.of(), null, null, "/customer/id", "-1", null, null));
        }
    }

    private static void measure(JobEngine engine, String what, ExecutionFilter filter) {
        Search search = engine.search(new Command.FindExecutions(filter, true, null, 100, Command.NO_DEADLINE));
        long begun = System.nanoTime();
        long longest = 0;
        boolean more = true;
        while (more) {
            long step = System.nanoTime();
            more = search.step();
            longest = Math.max(longest, System.nanoTime() - step);
        }
        long took = System.nanoTime() - begun;
        System.out.printf(
                "%s: %,d looked at in %,d ms, %,d ns each; the longest step %,d µs%n",
                what,
                search.page().looked(),
                took / 1_000_000,
                took / Math.max(1, search.page().looked()),
                longest / 1_000);
    }
}

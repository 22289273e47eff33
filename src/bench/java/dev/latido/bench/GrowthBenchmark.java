package dev.latido.bench;

import dev.latido.bench.peer.GrowthLoad;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How cost grows with the length of a queue and with the number of callers. */
final class GrowthBenchmark implements Benchmark {

    private static final int ROUNDS = 2;
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final Duration MEASURED = Duration.ofSeconds(3);
    private static final Duration AT_MOST = Duration.ofMinutes(2);
    private static final List<Integer> LENGTHS = List.of(1_000, 10_000, 100_000, 1_000_000);
    private static final List<Integer> CALLERS = List.of(1, 10, 100, 1_000);

    @Override
    public String name() {
        return "growth";
    }

    /** One kind of growth at one size. */
    private record Case(String what, int many, String durability) {}

    @Override
    public Table run() throws Exception {
        List<Case> cases = new ArrayList<>();
        for (String durability : List.of("full", "none")) {
            LENGTHS.forEach(length -> cases.add(new Case("queue", length, durability)));
        }
        CALLERS.forEach(callers -> cases.add(new Case("callers", callers, "full")));
        int rounds = Effort.rounds(ROUNDS);
        Map<Case, List<JsonObject>> results = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (Case one : cases) {
                results.computeIfAbsent(one, absent -> new ArrayList<>()).add(measure(one));
            }
        }
        Table table = new Table(
                "How cost grows (min / median / max)",
                "",
                "a second",
                "of the shortest",
                "from submission to start, p50 ms",
                "p99 ms");
        double first = 0;
        for (Map.Entry<Case, List<JsonObject>> entry : results.entrySet()) {
            Case one = entry.getKey();
            Spread rate = Spread.of(entry.getValue(), "perSecond");
            boolean isQueue = one.what.equals("queue");
            first = isQueue && one.many == LENGTHS.get(0) ? rate.median() : first;
            table.row(
                    isQueue
                            ? String.format("queue of %,d, durability %s", one.many, one.durability)
                            : String.format("%,d callers, durability %s", one.many, one.durability),
                    rate.show(),
                    isQueue ? Table.number(rate.median() / first) : "",
                    isQueue ? "" : Spread.of(entry.getValue(), "p50Millis").show(),
                    isQueue ? "" : Spread.of(entry.getValue(), "p99Millis").show());
        }
        table.note(
                "A queue: 1,000 executions run, 1,000 submissions are under way, and for each that is accepted one execution"
                        + " ends, so the queue stays as long as it is; a second means submitted, stored, taken, run and done."
                        + " Callers: each submits work of 200 characters as soon as its last began. " + rounds
                        + " rounds of "
                        + Effort.time(MEASURED).toSeconds() + " s after "
                        + Effort.time(WARM_UP).toSeconds() + " s of warm-up.");
        return table;
    }

    private static JsonObject measure(Case one) throws Exception {
        Path directory = Files.createTempDirectory("latido-bench");
        try {
            return Child.run(
                    GrowthLoad.class,
                    AT_MOST,
                    one.what,
                    Integer.toString(one.many),
                    one.durability,
                    Long.toString(Effort.time(WARM_UP).toSeconds()),
                    Long.toString(Effort.time(MEASURED).toSeconds()),
                    directory.toString());
        } finally {
            Server.delete(directory);
        }
    }
}

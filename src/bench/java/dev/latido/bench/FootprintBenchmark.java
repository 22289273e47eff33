package dev.latido.bench;

import dev.latido.bench.peer.Contestant;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What Latido and its peers have in memory, idle and after load. */
final class FootprintBenchmark implements Benchmark {

    private static final int ROUNDS = 2;
    private static final Duration NONE = Duration.ZERO;
    private static final Duration LOAD = Duration.ofSeconds(5);
    private static final List<String> FIELDS = List.of(
            "idleResidentMegabytes",
            "idleHeapMegabytes",
            "residentPeakMegabytes",
            "loadedResidentMegabytes",
            "loadedHeapMegabytes");
    private static final List<Contestant> CONTESTANTS = List.of(
            Contestant.LATIDO_FULL,
            Contestant.LATIDO_NONE,
            Contestant.JOBRUNR_H2,
            Contestant.JOBRUNR_MEMORY,
            Contestant.DB_SCHEDULER_H2,
            Contestant.QUARTZ_H2,
            Contestant.QUARTZ_MEMORY);

    @Override
    public String name() {
        return "footprint";
    }

    @Override
    public Table run() throws Exception {
        int rounds = Effort.rounds(ROUNDS);
        Map<Contestant, List<JsonObject>> results = new EnumMap<>(Contestant.class);
        try (Peers peers = Peers.start(CONTESTANTS)) {
            for (int round = 0; round < rounds; round++) {
                for (Contestant contestant : CONTESTANTS) {
                    peers.run(contestant, "memory", NONE, Effort.time(LOAD))
                            .ifPresent(result -> results.computeIfAbsent(contestant, absent -> new ArrayList<>())
                                    .add(result));
                }
            }
        }
        Table table = new Table(
                "Memory, MB (min / median / max)",
                "",
                "idle RSS",
                "idle heap after GC",
                "RSS peak under load",
                "RSS after load",
                "heap after load and GC");
        results.forEach((contestant, measured) -> {
            List<String> cells = new ArrayList<>(List.of(contestant.title()));
            for (String field : FIELDS) {
                cells.add(Spread.of(measured, field).show());
            }
            table.row(cells.toArray(String[]::new));
        });
        table.note(rounds
                + " rounds. Each with -Xmx2g and G1, in one JVM with what submits the work; idle is 2 s after its"
                + " start, load is " + Effort.time(LOAD).toSeconds()
                + " s at full speed, so who does more makes more garbage. Latido: HTTP, metrics and history"
                + " included; H2 is in the same JVM.");
        return table;
    }
}

package dev.latido.bench;

import dev.latido.bench.peer.Contestant;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How long after it is submitted a piece of work begins, when there is nothing else to do. */
final class LatencyBenchmark implements Benchmark {

    private static final int ROUNDS = 3;
    private static final Duration WARM_UP = Duration.ofSeconds(2);
    private static final Duration MEASURED = Duration.ofSeconds(6);
    private static final List<Contestant> CONTESTANTS = List.of(
            Contestant.LATIDO_FULL,
            Contestant.JOBRUNR_POSTGRES,
            Contestant.DB_SCHEDULER_H2,
            Contestant.DB_SCHEDULER_POSTGRES,
            Contestant.QUARTZ_H2,
            Contestant.LATIDO_NONE,
            Contestant.JOBRUNR_MEMORY,
            Contestant.QUARTZ_MEMORY,
            Contestant.EXECUTOR);

    @Override
    public String name() {
        return "latency";
    }

    @Override
    public Table run() throws Exception {
        int rounds = Effort.rounds(ROUNDS);
        Map<Contestant, List<JsonObject>> all = new EnumMap<>(Contestant.class);
        Map<Contestant, String> whyNot = new EnumMap<>(Contestant.class);
        try (Peers peers = Peers.start(CONTESTANTS)) {
            for (int round = 0; round < rounds; round++) {
                for (Contestant contestant : CONTESTANTS) {
                    Optional<JsonObject> result =
                            peers.run(contestant, "latency", Effort.time(WARM_UP), Effort.time(MEASURED));
                    if (result.isPresent()) {
                        all.computeIfAbsent(contestant, absent -> new ArrayList<>())
                                .add(result.get());
                    } else {
                        whyNot.put(contestant, peers.whyNot(contestant));
                    }
                }
            }
        }
        Table table = new Table(
                "From submission to start, on an idle service, ms (min / median / max of the rounds)",
                "",
                "what is acknowledged is",
                "p50",
                "p99",
                "latest");
        for (Contestant contestant : CONTESTANTS) {
            List<JsonObject> seen = all.getOrDefault(contestant, List.of());
            table.row(
                    contestant.title(),
                    contestant.durability(),
                    seen.isEmpty()
                            ? whyNot.getOrDefault(contestant, "")
                            : Spread.of(seen, "p50Millis").show(),
                    seen.isEmpty() ? "" : Spread.of(seen, "p99Millis").show(),
                    seen.isEmpty() ? "" : Spread.of(seen, "maxMillis").show());
        }
        table.note("One piece at a time, at random moments, about 33 a second for "
                + Effort.time(MEASURED).toSeconds() + " s in each of " + rounds
                + " rounds, after a warm-up under load. Polling as often as the peer allows: JobRunr every 5 s (200 ms in"
                + " memory); db-scheduler every 10 ms, and at once for what the same process submits.");
        return table;
    }
}

package dev.latido.bench;

import dev.latido.bench.peer.Contestant;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How many pieces of work a second are submitted, run and done, by Latido and by what people would use instead. */
final class RateBenchmark implements Benchmark {

    private static final int ROUNDS = 3;
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration MEASURED = Duration.ofSeconds(4);
    private static final Duration BARE_AT_MOST = Duration.ofMinutes(1);
    private static final int BARE_ITEMS = 256 * 2_000;

    private final String name;
    private final String title;
    private final boolean hasBareLoop;
    private final List<Contestant> contestants;

    private RateBenchmark(String name, String title, boolean hasBareLoop, Contestant... contestants) {
        this.name = name;
        this.title = title;
        this.hasBareLoop = hasBareLoop;
        this.contestants = List.of(contestants);
    }

    static RateBenchmark durable() {
        return new RateBenchmark(
                "durable",
                "Durable: submitted, run and done",
                true,
                Contestant.LATIDO_FULL,
                Contestant.LATIDO_FULL_BATCHES,
                Contestant.JOBRUNR_H2,
                Contestant.JOBRUNR_POSTGRES,
                Contestant.DB_SCHEDULER_H2,
                Contestant.DB_SCHEDULER_H2_BATCHES,
                Contestant.DB_SCHEDULER_POSTGRES,
                Contestant.DB_SCHEDULER_POSTGRES_FETCH,
                Contestant.DB_SCHEDULER_POSTGRES_LOCK,
                Contestant.QUARTZ_H2);
    }

    static RateBenchmark inMemory() {
        return new RateBenchmark(
                "memory",
                "In memory: submitted, run and done",
                false,
                Contestant.LATIDO_NONE,
                Contestant.LATIDO_NONE_BATCHES,
                Contestant.QUARTZ_MEMORY,
                Contestant.JOBRUNR_MEMORY,
                Contestant.EXECUTOR);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Table run() throws Exception {
        int rounds = Effort.rounds(ROUNDS);
        Map<Contestant, List<Double>> rates = new EnumMap<>(Contestant.class);
        Map<Contestant, List<Double>> ratios = new EnumMap<>(Contestant.class);
        Map<Contestant, String> whyNot = new EnumMap<>(Contestant.class);
        List<Double> bare = new ArrayList<>();
        List<Double> bareRatios = new ArrayList<>();
        try (Peers peers = Peers.start(contestants)) {
            for (int round = 0; round < rounds; round++) {
                double first = Double.NaN;
                for (Contestant contestant : contestants) {
                    Optional<JsonObject> result =
                            peers.run(contestant, "rate", Effort.time(WARM_UP), Effort.time(MEASURED));
                    if (result.isPresent()) {
                        double rate = result.get().getDouble("perSecond");
                        first = contestant == contestants.get(0) ? rate : first;
                        add(rates, contestant, rate);
                        add(ratios, contestant, first / rate);
                    } else {
                        whyNot.put(contestant, peers.whyNot(contestant));
                    }
                }
                if (hasBareLoop) {
                    double rate = Child.run(
                                    BareStore.class, BARE_AT_MOST, Integer.toString(Effort.count(BARE_ITEMS)), "256")
                            .getDouble("perSecond");
                    bare.add(rate);
                    bareRatios.add(first / rate);
                }
            }
        }
        Table table = new Table(
                title,
                "",
                "what is acknowledged is",
                "a second, min / median / max",
                contestants.get(0).title() + ": so many times as much");
        for (Contestant contestant : contestants) {
            List<Double> measured = rates.getOrDefault(contestant, List.of());
            table.row(
                    contestant.title(),
                    contestant.durability(),
                    measured.isEmpty()
                            ? whyNot.getOrDefault(contestant, "")
                            : Spread.of(measured).show(),
                    show(ratios.getOrDefault(contestant, List.of())));
        }
        if (hasBareLoop) {
            table.row(
                    "bare loop on SQLite, insert and delete, 256 a commit",
                    Contestant.LATIDO_FULL.durability(),
                    Spread.of(bare).show(),
                    show(bareRatios));
        }
        table.note("Payloads of 200 characters, work that is done at once; it is checked that each was done once. "
                + rounds + " rounds, one after the other in each; a ratio is of one round. About "
                + Effort.time(MEASURED).toSeconds() + " s each after "
                + Effort.time(WARM_UP).toSeconds()
                + " s of warm-up. In which a peer only waits for its next polling does not count. Latido: default"
                + " settings, metrics on, a queue of 100,000, concurrency 10,000, from Java. Peers: logging off, 16"
                + " threads; db-scheduler polls every 10 ms, JobRunr every 5 s (200 ms in memory), which is the least"
                + " that it allows, and takes more whenever a thread is free. H2 with WRITE_DELAY 0, PostgreSQL with the"
                + " settings that it comes with.");
        return table;
    }

    private static String show(List<Double> ratios) {
        List<Double> known = ratios.stream().filter(ratio -> !ratio.isNaN()).toList();
        return known.isEmpty() ? "" : Spread.of(known).show();
    }

    private static void add(Map<Contestant, List<Double>> values, Contestant contestant, double value) {
        values.computeIfAbsent(contestant, absent -> new ArrayList<>()).add(value);
    }
}

package dev.latido.bench;

import dev.latido.bench.peer.Contestant;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What durability costs: executions submitted, stored, run, done and stored, beside a bare loop around the same database. */
final class StoreBenchmark implements Benchmark {

    private static final int ROUNDS = 3;
    private static final int EXECUTIONS = 500_000;
    private static final int CONNECTIONS = 64;
    private static final Duration AT_MOST = Duration.ofMinutes(3);
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final Duration MEASURED = Duration.ofSeconds(5);
    private static final Duration HTTP_TIME = Duration.ofSeconds(10);
    private static final List<Integer> GROUPS = List.of(1, 16, 256, 2_048);
    private static final String BARE = "bare loop, insert and delete, 256 a commit";

    @Override
    public String name() {
        return "store";
    }

    private static final List<Contestant> WAYS =
            List.of(Contestant.LATIDO_FULL, Contestant.LATIDO_RELAXED, Contestant.LATIDO_NONE);

    @Override
    public Table run() throws Exception {
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        Map<String, List<Double>> ratios = new LinkedHashMap<>();
        int rounds = Effort.rounds(ROUNDS);
        try (Peers peers = Peers.start(WAYS)) {
            for (int round = 0; round < rounds; round++) {
                double bare = bare(256);
                rates.computeIfAbsent(BARE, absent -> new ArrayList<>()).add(bare);
                for (Contestant way : WAYS) {
                    Optional<JsonObject> result = peers.run(way, "rate", Effort.time(WARM_UP), Effort.time(MEASURED));
                    if (result.isPresent()) {
                        double rate = result.get().getDouble("perSecond");
                        rates.computeIfAbsent(way.title(), absent -> new ArrayList<>())
                                .add(rate);
                        ratios.computeIfAbsent(way.title(), absent -> new ArrayList<>())
                                .add(rate / bare);
                    }
                }
            }
        }
        Table table = new Table(
                "Executions submitted, run and done, payloads of 200 characters",
                "",
                "a second, min / median / max",
                "of the bare loop");
        rates.forEach((name, values) -> table.row(
                name,
                Spread.of(values).show(),
                ratios.containsKey(name)
                        ? Spread.of(ratios.getOrDefault(name, List.of())).show()
                        : "1"));
        for (int group : GROUPS) {
            table.row("bare loop, " + group + " a commit", Table.number(bare(group)), "");
        }
        http(table);
        table.note(
                "From Java: the service and its client in one JVM of default settings, concurrency 10,000, a worker that is"
                        + " done at once. " + rounds + " rounds of about "
                        + Effort.time(MEASURED).toSeconds() + " s after "
                        + Effort.time(WARM_UP).toSeconds()
                        + " s of warm-up, one after the other in each; a ratio is of one round.");
        return table;
    }

    private static double bare(int group) throws Exception {
        int items = Effort.count(group == 1 ? 20_000 : EXECUTIONS) / group * group;
        return Child.run(BareStore.class, AT_MOST, Integer.toString(items), Integer.toString(group))
                .getDouble("perSecond");
    }

    private static void http(Table table) throws Exception {
        Path config = Files.createTempFile("latido-bench", ".yaml");
        Files.writeString(config, InstantWorker.JOB);
        try (Server server = Server.latidoWithOurClasses("-Dlatido.config=" + config)) {
            Load.Request one = new Load.Request(InstantWorker.PATH, BareStore.PAYLOAD);
            String items = ("{\"payload\":" + BareStore.PAYLOAD + "},").repeat(1_000);
            Load.Request batch =
                    new Load.Request(InstantWorker.PATH + "/batch", "[" + items.substring(0, items.length() - 1) + "]");
            for (boolean counts : List.of(false, true)) {
                double single = done(server, one, CONNECTIONS);
                double many = done(server, batch, 4);
                if (counts) {
                    table.row(
                            "full, over HTTP, one a request, " + CONNECTIONS + " connections",
                            Table.number(single),
                            "");
                    table.row("full, over HTTP, 1,000 a request, 4 connections", Table.number(many), "");
                }
            }
        } finally {
            Files.delete(config);
        }
    }

    /** Returns how many executions a second were done. */
    private static double done(Server server, Load.Request request, int connections) throws Exception {
        String metric = "latido_jobs_processed_total{job=\"work\",outcome=\"succeeded\"}";
        double before = server.metric(metric);
        long begun = System.nanoTime();
        Load.rate(server, request, connections, Effort.time(HTTP_TIME));
        return (server.metric(metric) - before) * 1e9 / (System.nanoTime() - begun);
    }
}

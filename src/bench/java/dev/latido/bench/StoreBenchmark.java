package dev.latido.bench;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What durability costs: executions handed in, stored, run, done and stored, beside a bare loop around the same database. */
final class StoreBenchmark implements Benchmark {

    private static final int ROUNDS = 5;
    private static final int EXECUTIONS = 500_000;
    private static final int WARM_UPS = 2;
    private static final int CONNECTIONS = 64;
    private static final Duration AT_MOST = Duration.ofMinutes(3);
    private static final Duration HTTP_TIME = Duration.ofSeconds(10);
    private static final List<Integer> GROUPS = List.of(1, 16, 256, 2_048);
    private static final String BARE = "bare loop, insert and delete, 256 a commit";

    @Override
    public String name() {
        return "store";
    }

    /** One way to hand in work from Java. */
    private record Way(String name, String durability, int batch, int inFlight) {}

    private static final List<Way> WAYS = List.of(
            new Way("full, one by one, 1,000 under way", "full", 1, 1_000),
            new Way("full, batches of 100, 50 under way", "full", 100, 50),
            new Way("relaxed, one by one, 1,000 under way", "relaxed", 1, 1_000),
            new Way("none, one by one, 1,000 under way", "none", 1, 1_000));

    @Override
    public Table run() throws Exception {
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        Map<String, List<Double>> ratios = new LinkedHashMap<>();
        List<Double> startP50 = new ArrayList<>();
        List<Double> startP99 = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            double bare = bare(256);
            rates.computeIfAbsent(BARE, absent -> new ArrayList<>()).add(bare);
            for (Way way : WAYS) {
                JsonObject result = Child.run(
                        EmbeddedLoad.class,
                        AT_MOST,
                        way.durability,
                        Integer.toString(EXECUTIONS),
                        Integer.toString(way.batch),
                        Integer.toString(way.inFlight),
                        Integer.toString(WARM_UPS));
                double rate = result.getDouble("perSecond");
                rates.computeIfAbsent(way.name, absent -> new ArrayList<>()).add(rate);
                ratios.computeIfAbsent(way.name, absent -> new ArrayList<>()).add(rate / bare);
                if (way.equals(WAYS.get(0))) {
                    startP50.add(result.getDouble("startP50Millis"));
                    startP99.add(result.getDouble("startP99Millis"));
                }
            }
        }
        Table table = new Table(
                "Executions handed in, run and done, payloads of 200 characters",
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
        table.row(
                "full: submission to start on an idle service, ms, p50",
                Spread.of(startP50).show(),
                "");
        table.row("the same, p99", Spread.of(startP99).show(), "");
        table.note(
                "From Java: the service and its client in one JVM of default settings, concurrency 10,000, a worker that is"
                        + " done at once, " + String.format("%,d", EXECUTIONS) + " executions after " + WARM_UPS
                        + " times as many. " + ROUNDS
                        + " rounds, one after the other in each; a ratio is of one round.");
        return table;
    }

    private static double bare(int group) throws Exception {
        int items = group == 1 ? 20_000 : EXECUTIONS / group * group;
        return Child.run(BareStore.class, AT_MOST, Integer.toString(items), Integer.toString(group))
                .getDouble("perSecond");
    }

    private static void http(Table table) throws Exception {
        Path config = Files.createTempFile("latido-bench", ".yaml");
        Files.writeString(
                config,
                "jobs:\n  work: {concurrency: 10000, queue: {capacity: 100000}, worker: {type: class, class: "
                        + InstantWorker.class.getName() + "}}\n");
        try (Server server = Server.latidoWithOurClasses("-Dlatido.config=" + config)) {
            Load.Request one = new Load.Request("/api/jobs/work/executions", EmbeddedLoad.PAYLOAD);
            String items = ("{\"payload\":" + EmbeddedLoad.PAYLOAD + "},").repeat(1_000);
            Load.Request batch = new Load.Request(
                    "/api/jobs/work/executions/batch", "[" + items.substring(0, items.length() - 1) + "]");
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
        Load.rate(server, request, connections, HTTP_TIME);
        return (server.metric(metric) - before) * 1e9 / (System.nanoTime() - begun);
    }
}

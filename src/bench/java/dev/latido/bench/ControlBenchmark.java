package dev.latido.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How fast control is answered while submissions come as fast as they are taken, beside the same without them. */
final class ControlBenchmark implements Benchmark {

    private static final int ROUNDS = 5;
    private static final int CONNECTIONS = 64;
    private static final Duration WARM_UP = Duration.ofSeconds(25);
    private static final Duration ROUND = Duration.ofSeconds(5);
    private static final Load.Request SUBMISSION = new Load.Request(InstantWorker.PATH, BareStore.PAYLOAD);
    private static final int PROBES_AT_ONCE = 1;

    @Override
    public String name() {
        return "control";
    }

    /** What was seen of one server, a value a round. */
    private record Seen(List<Double> idle, List<Double> loaded, List<Double> ratios, List<Double> rates) {
        Seen() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }

        void rows(Table table, String server) {
            table.row(server + ": idle, ms", Spread.of(idle).show());
            table.row(
                    server + ": while submissions saturate it, ms",
                    Spread.of(loaded).show());
            table.row(
                    server + ": the second as a multiple of the first",
                    Spread.of(ratios).show());
            table.row(
                    server + ": submissions a second meanwhile",
                    Spread.of(rates).show());
        }
    }

    @Override
    public Table run() throws Exception {
        int rounds = Effort.rounds(ROUNDS);
        Seen ours = new Seen();
        Seen bares = new Seen();
        Path config = Files.createTempFile("latido-bench", ".yaml");
        Files.writeString(config, InstantWorker.JOB);
        try (Server latido = Server.latidoWithOurClasses("-Dlatido.config=" + config);
                Server bare = Server.of(BareServer.class, "/", latido.send("GET", Load.STATUS.path()), "body")) {
            for (Server server : List.of(latido, bare)) {
                Load.rate(server, SUBMISSION, CONNECTIONS, Effort.time(WARM_UP));
                p99Millis(server, Effort.time(WARM_UP).dividedBy(2));
            }
            for (int round = 0; round < rounds; round++) {
                measure(latido, ours);
                measure(bare, bares);
            }
        } finally {
            Files.delete(config);
        }
        Table table = new Table("GET /api/job/status while work is submitted, p99", "", "min / median / max");
        ours.rows(table, "Latido");
        bares.rows(table, "bare Vert.x server");
        table.note("Submissions: one execution a request, " + CONNECTIONS + " connections as fast as they are answered,"
                + " durability full. Status: one request after the other on a connection of its own, from a process of"
                + " its own, which shares the processors with the service and the load. The bare server answers every"
                + " request with a constant, once its body is there. " + rounds + " rounds of "
                + Effort.time(ROUND).toSeconds() + " s.");
        return table;
    }

    private static void measure(Server server, Seen seen) throws Exception {
        Duration time = Effort.time(ROUND);
        double without = p99Millis(server, time);
        double[] rate = {0};
        Thread load = new Thread(() -> {
            try {
                rate[0] = Load.rate(server, SUBMISSION, CONNECTIONS, time.plusSeconds(2));
            } catch (Exception failure) {
                throw new IllegalStateException("the load failed", failure);
            }
        });
        load.start();
        double with = p99Millis(server, time);
        load.join();
        seen.idle.add(without);
        seen.loaded.add(with);
        seen.ratios.add(with / without);
        seen.rates.add(rate[0]);
    }

    private static double p99Millis(Server server, Duration time) throws Exception {
        JsonObject probe = Load.exactly(server, Load.STATUS, Integer.MAX_VALUE, PROBES_AT_ONCE, time);
        if (probe.getInteger("errors") > 0 || probe.getInteger("answers") == 0) {
            throw new IOException("not all was answered: " + probe);
        }
        return probe.getDouble("p99Millis");
    }
}

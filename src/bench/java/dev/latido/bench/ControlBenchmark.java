package dev.latido.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How fast control is answered while submissions come as fast as they are taken, beside the same without them. */
final class ControlBenchmark implements Benchmark {

    private static final int ROUNDS = 5;
    private static final int CONNECTIONS = 64;
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration ROUND = Duration.ofSeconds(5);
    private static final int PROBES_AT_ONCE = 1;

    @Override
    public String name() {
        return "control";
    }

    @Override
    public Table run() throws Exception {
        int rounds = Effort.rounds(ROUNDS);
        Duration time = Effort.time(ROUND);
        List<Double> idle = new ArrayList<>();
        List<Double> loaded = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        List<Double> rates = new ArrayList<>();
        Path config = Files.createTempFile("latido-bench", ".yaml");
        Files.writeString(config, InstantWorker.JOB);
        try (Server server = Server.latidoWithOurClasses("-Dlatido.config=" + config)) {
            Load.Request submission = new Load.Request(InstantWorker.PATH, BareStore.PAYLOAD);
            Load.rate(server, submission, CONNECTIONS, Effort.time(WARM_UP));
            p99Millis(server, Effort.time(WARM_UP));
            for (int round = 0; round < rounds; round++) {
                double without = p99Millis(server, time);
                double[] rate = {0};
                Thread load = new Thread(() -> {
                    try {
                        rate[0] = Load.rate(server, submission, CONNECTIONS, time.plusSeconds(2));
                    } catch (Exception failure) {
                        throw new IllegalStateException("the load failed", failure);
                    }
                });
                load.start();
                double with = p99Millis(server, time);
                load.join();
                idle.add(without);
                loaded.add(with);
                ratios.add(with / without);
                rates.add(rate[0]);
            }
        } finally {
            Files.delete(config);
        }
        Table table = new Table("GET /api/job/status while work is handed in, p99", "", "min / median / max");
        table.row("idle, ms", Spread.of(idle).show());
        table.row(
                "while submissions saturate the service, ms", Spread.of(loaded).show());
        table.row("the second as a multiple of the first", Spread.of(ratios).show());
        table.row("submissions a second meanwhile", Spread.of(rates).show());
        table.note("Submissions: one execution a request, " + CONNECTIONS + " connections as fast as they are answered,"
                + " durability full. Status: one request after the other on a connection of its own, from a process of"
                + " its own, which shares the processors with the service and the load. " + rounds + " rounds of "
                + time.toSeconds() + " s.");
        return table;
    }

    private static double p99Millis(Server server, Duration time) throws Exception {
        return Load.exactly(server, Load.STATUS, Integer.MAX_VALUE, PROBES_AT_ONCE, time)
                .getDouble("p99Millis");
    }
}

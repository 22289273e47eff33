package dev.latido.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How much of a bare server's throughput is left when the answer is a job's status, asked of its owner. */
final class HttpBenchmark implements Benchmark {

    private static final int CONNECTIONS = 64;
    private static final int ROUNDS = 7;
    private static final Duration WARM_UP = Duration.ofSeconds(8);
    private static final Duration ROUND = Duration.ofSeconds(3);

    @Override
    public String name() {
        return "http";
    }

    /** A server that is measured, with its answers per second and their share of the bare server's, by round. */
    private record Contestant(String name, Server server, List<Double> rates, List<Double> ratios) {

        Contestant(String name, Server server) {
            this(name, server, new ArrayList<>(), new ArrayList<>());
        }
    }

    @Override
    public Table run() throws Exception {
        List<Contestant> contestants = new ArrayList<>();
        try (Server latido = Server.latido()) {
            String body = latido.send("GET", "/api/job/status");
            contestants.add(new Contestant("bare", Server.of(BareServer.class, body)));
            contestants.add(new Contestant("bare, metrics", Server.of(BareServer.class, body, "metrics")));
            contestants.add(
                    new Contestant("bare, metrics, router", Server.of(BareServer.class, body, "metrics", "router")));
            contestants.add(new Contestant("Latido", latido));
            measure(contestants);
            return table(contestants, body.length());
        } finally {
            for (Contestant contestant : contestants) {
                contestant.server.close();
            }
        }
    }

    private static void measure(List<Contestant> contestants) throws Exception {
        for (Contestant contestant : contestants) {
            Load.rate(contestant.server, Load.STATUS, CONNECTIONS, WARM_UP);
        }
        for (int round = 0; round < ROUNDS; round++) {
            double bare = 0;
            for (Contestant contestant : contestants) {
                double rate = Load.rate(contestant.server, Load.STATUS, CONNECTIONS, ROUND);
                bare = bare == 0 ? rate : bare;
                contestant.rates.add(rate);
                contestant.ratios.add(rate / bare);
            }
        }
    }

    private static Table table(List<Contestant> contestants, int bytes) {
        Table table = new Table(
                "GET /api/job/status, " + CONNECTIONS + " keep-alive connections",
                "server",
                "answers/s, min / median / max",
                "of bare, min / median / max");
        for (Contestant contestant : contestants) {
            table.row(
                    contestant.name,
                    Spread.of(contestant.rates).show(),
                    Spread.of(contestant.ratios).show());
        }
        table.note("The bare servers answer a constant of the same " + bytes + " bytes. " + ROUNDS + " rounds of "
                + ROUND.toSeconds() + " s, one server after the other in each, after " + WARM_UP.toSeconds()
                + " s of warm-up; a ratio is of one round.");
        return table;
    }
}

package dev.latido.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How much of a bare server's throughput is left when the answer is a job's status, asked of its owner, and when work is
 * submitted, stored and run.
 */
final class HttpBenchmark implements Benchmark {

    private static final int CONNECTIONS = 64;
    private static final int ROUNDS = 5;
    private static final Duration WARM_UP = Duration.ofSeconds(25);
    private static final Duration ROUND = Duration.ofSeconds(3);

    private final String name;
    private final String title;
    private final Load.Request request;
    private final List<String> bareParts;

    private HttpBenchmark(String name, String title, Load.Request request, List<String> bareParts) {
        this.name = name;
        this.title = title;
        this.request = request;
        this.bareParts = bareParts;
    }

    static HttpBenchmark status() {
        return new HttpBenchmark("http", "GET /api/job/status", Load.STATUS, List.of());
    }

    static HttpBenchmark post() {
        return new HttpBenchmark(
                "post",
                "Durable POST of one execution",
                new Load.Request(InstantWorker.PATH, BareStore.PAYLOAD),
                List.of("body"));
    }

    @Override
    public String name() {
        return name;
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
        Path config = Files.createTempFile("latido-bench", ".yaml");
        Files.writeString(config, InstantWorker.JOB);
        try (Server latido = Server.latidoWithOurClasses("-Dlatido.config=" + config)) {
            String answer = request.body().isEmpty()
                    ? latido.send("GET", request.path())
                    : latido.post(request.path(), request.body());
            contestants.add(new Contestant("bare", bare(answer)));
            contestants.add(new Contestant("bare, metrics", bare(answer, "metrics")));
            contestants.add(new Contestant("bare, metrics, router", bare(answer, "metrics", "router")));
            contestants.add(new Contestant("Latido", latido));
            int rounds = Effort.rounds(ROUNDS);
            measure(contestants, rounds);
            return table(contestants, answer.length(), rounds);
        } finally {
            for (Contestant contestant : contestants) {
                contestant.server.close();
            }
            Files.delete(config);
        }
    }

    private Server bare(String answer, String... parts) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(request.path(), answer));
        arguments.addAll(bareParts);
        arguments.addAll(Arrays.asList(parts));
        return Server.of(BareServer.class, arguments.toArray(String[]::new));
    }

    private void measure(List<Contestant> contestants, int rounds) throws Exception {
        for (Contestant contestant : contestants) {
            Load.rate(contestant.server, request, CONNECTIONS, Effort.time(WARM_UP));
        }
        for (int round = 0; round < rounds; round++) {
            double bare = 0;
            for (Contestant contestant : contestants) {
                double rate = Load.rate(contestant.server, request, CONNECTIONS, Effort.time(ROUND));
                bare = bare == 0 ? rate : bare;
                contestant.rates.add(rate);
                contestant.ratios.add(rate / bare);
            }
        }
    }

    private Table table(List<Contestant> contestants, int bytes, int rounds) {
        Table table = new Table(
                title + ", " + CONNECTIONS + " keep-alive connections",
                "server",
                "answers/s, min / median / max",
                "of bare, min / median / max");
        for (Contestant contestant : contestants) {
            table.row(
                    contestant.name,
                    Spread.of(contestant.rates).show(),
                    Spread.of(contestant.ratios).show());
        }
        table.note("The bare servers answer a constant of the same " + bytes + " bytes"
                + (request.body().isEmpty()
                        ? ""
                        : " once they have the body of " + request.body().length() + " bytes")
                + ". " + rounds + " rounds of " + Effort.time(ROUND).toSeconds()
                + " s, one server after the other in each, after "
                + Effort.time(WARM_UP).toSeconds() + " s of warm-up; a ratio is of one round.");
        return table;
    }
}

package dev.latido.bench;

import dev.latido.bench.peer.Contestant;
import dev.latido.bench.peer.PeerLoad;
import dev.latido.ops.Tool;
import dev.latido.queue.rabbitmq.RabbitServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A queue at RabbitMQ: messages handed in, run and settled, beside RabbitMQ's own client with nothing around it. */
final class RabbitBenchmark implements Benchmark {

    private static final int ROUNDS = 5;
    private static final Duration WARM_UP = Duration.ofSeconds(4);
    private static final Duration MEASURED = Duration.ofSeconds(4);
    private static final Duration AT_MOST = Duration.ofMinutes(4);
    private static final int CONCURRENCY = 100;

    private static final List<Contestant> ALL =
            List.of(Contestant.RABBIT_BARE, Contestant.LATIDO_RABBIT_FULL, Contestant.LATIDO_RABBIT_NONE);

    private final Map<Contestant, List<JsonObject>> results = new EnumMap<>(Contestant.class);

    @Override
    public String name() {
        return "rabbitmq";
    }

    @Override
    public Table run() throws Exception {
        Table table = new Table(
                "A queue at RabbitMQ: messages handed in, run and settled",
                "",
                "a second, min / median / max",
                "so many times the client's own, min / median / max");
        if (!Tool.isOnPath("rabbitmq-server") || !Tool.isOnPath("epmd")) {
            table.note("No rabbitmq-server here.");
            return table;
        }
        int rounds = Effort.rounds(ROUNDS);
        try (RabbitServer rabbit = RabbitServer.start()) {
            for (int round = 0; round < rounds; round++) {
                for (Contestant each : ALL) {
                    results.computeIfAbsent(each, absent -> new ArrayList<>()).add(take(rabbit, each));
                }
            }
        }
        List<Double> bare = rates(Contestant.RABBIT_BARE);
        for (Contestant each : ALL) {
            List<Double> rates = rates(each);
            List<Double> ratios = IntStream.range(0, rates.size())
                    .mapToObj(round -> rates.get(round) / bare.get(round))
                    .toList();
            table.row(each.title(), Spread.of(rates).show(), Spread.of(ratios).show());
        }
        table.note("One RabbitMQ " + version()
                + ", one node, one scheduler; quorum queues, persistent messages of 200 characters,"
                + " 100 of them not confirmed at once, acknowledged each by itself. A worker that does nothing, "
                + CONCURRENCY
                + " at once, " + 2 * CONCURRENCY
                + " ahead. The client: two connections, one consumer. Latido: one JVM with the"
                + " service and, as its client in Java, the producers. A message counts when its acknowledgement is known to have"
                + " arrived, and is checked to have run once. " + rounds
                + " rounds, in each one after the other for about "
                + Effort.time(MEASURED).toSeconds() + " s after "
                + Effort.time(WARM_UP).toSeconds()
                + " s of warm-up; a ratio is of one round.");
        return table;
    }

    private static String version() throws IOException, InterruptedException {
        return Child.output(List.of("dpkg-query", "-W", "-f", "${Version}", "rabbitmq-server"), Duration.ofSeconds(10))
                .strip();
    }

    private List<Double> rates(Contestant of) {
        return results.getOrDefault(of, List.of()).stream()
                .map(result -> result.getDouble("perSecond"))
                .toList();
    }

    private static JsonObject take(RabbitServer rabbit, Contestant contestant)
            throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("latido-bench");
        try {
            return Child.run(
                    List.of("-Dbench.rabbit=" + rabbit.port(), "-Dbench.concurrency=" + CONCURRENCY),
                    PeerLoad.class,
                    AT_MOST,
                    contestant.name(),
                    "rate",
                    Long.toString(Effort.time(WARM_UP).toSeconds()),
                    Long.toString(Effort.time(MEASURED).toSeconds()),
                    directory.toString());
        } finally {
            Server.delete(directory);
        }
    }
}

package dev.latido.bench;

import dev.latido.bench.peer.Contestant;
import dev.latido.bench.peer.PeerLoad;
import dev.latido.ops.Tool;
import dev.latido.queue.rabbitmq.RabbitServer;
import dev.latido.queue.storagequeue.AzuriteServer;
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

/** A queue at a broker: messages submitted, run and settled, beside the usual client of it with nothing around it. */
final class BareClientBenchmark implements Benchmark {

    private static final int ROUNDS = 5;

    /** After less, the JVM with the service in it still compiles much of it, which takes the processors from the broker. */
    private static final Duration WARM_UP = Duration.ofSeconds(15);

    private static final Duration MEASURED = Duration.ofSeconds(4);
    private static final Duration AT_MOST = Duration.ofMinutes(4);
    private static final int CONCURRENCY = 100;

    private final String name;
    private final String title;
    private final List<String> tools;
    private final Starter starter;
    private final String note;
    private final List<Contestant> all;
    private final Map<Contestant, List<JsonObject>> results = new EnumMap<>(Contestant.class);

    /** A broker that runs. */
    private record Running(Runnable end, int port) implements AutoCloseable {
        @Override
        public void close() {
            end.run();
        }
    }

    private interface Starter {
        Running start() throws IOException;
    }

    /** The first of {@code all} is the client that the others are compared with. */
    private BareClientBenchmark(
            String name, String title, List<String> tools, Starter starter, List<Contestant> all, String note) {
        this.name = name;
        this.title = title;
        this.tools = tools;
        this.starter = starter;
        this.all = all;
        this.note = note;
    }

    static BareClientBenchmark rabbitMq() {
        return new BareClientBenchmark(
                "rabbitmq",
                "RabbitMQ",
                List.of("rabbitmq-server", "epmd"),
                () -> {
                    RabbitServer server = RabbitServer.start();
                    return new Running(server::close, server.port());
                },
                List.of(Contestant.RABBIT_BARE, Contestant.LATIDO_RABBIT_FULL, Contestant.LATIDO_RABBIT_NONE),
                "One RabbitMQ of Debian 12, one node, one scheduler; quorum queues, persistent messages,"
                        + " acknowledged each by itself. The client: two connections, one consumer.");
    }

    static BareClientBenchmark storageQueue() {
        return new BareClientBenchmark(
                "storage-queue",
                "Azure Queue Storage",
                List.of("azurite-queue"),
                () -> {
                    AzuriteServer server = AzuriteServer.start();
                    return new Running(server::close, server.port());
                },
                List.of(Contestant.STORAGE_BARE, Contestant.LATIDO_STORAGE_FULL, Contestant.LATIDO_STORAGE_NONE),
                "One Azurite, which is one process of Node and has all in memory for five seconds: these figures say what"
                        + " comes on top of the calls, and nothing about Azure. The client: Microsoft's for Java, asynchronous, on the"
                        + " JDK's HTTP client; 32 messages by each call, each deleted by a call of its own.");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Table run() throws Exception {
        Table table = new Table(
                "A queue at " + title + ": messages submitted, run and settled",
                "",
                "a second, min / median / max",
                "so many times the client's own, min / median / max");
        if (!tools.stream().allMatch(Tool::isOnPath)) {
            table.note("No " + String.join(" and ", tools) + " here.");
            return table;
        }
        int rounds = Effort.rounds(ROUNDS);
        try (Running broker = starter.start()) {
            for (int round = 0; round < rounds; round++) {
                for (Contestant each : all) {
                    results.computeIfAbsent(each, absent -> new ArrayList<>()).add(take(broker.port(), each));
                }
            }
        }
        List<Double> bare = rates(all.get(0));
        for (Contestant each : all) {
            List<Double> rates = rates(each);
            List<Double> ratios = IntStream.range(0, rates.size())
                    .mapToObj(round -> rates.get(round) / bare.get(round))
                    .toList();
            table.row(each.title(), Spread.of(rates).show(), Spread.of(ratios).show());
        }
        table.note(note + " Payloads of 200 characters, 100 of them not confirmed at once. A worker that does nothing, "
                + CONCURRENCY
                + " at once, " + 2 * CONCURRENCY
                + " ahead. Latido: one JVM with the service and, as its client in Java, the producers. A message counts when its"
                + " acknowledgement is known to have arrived, and is checked to have run once. " + rounds
                + " rounds, in each one after the other for about "
                + Effort.time(MEASURED).toSeconds() + " s after "
                + Effort.time(WARM_UP).toSeconds()
                + " s of warm-up; a ratio is of one round.");
        return table;
    }

    private List<Double> rates(Contestant of) {
        return results.getOrDefault(of, List.of()).stream()
                .map(result -> result.getDouble("perSecond"))
                .toList();
    }

    private static JsonObject take(int port, Contestant contestant) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("latido-bench");
        try {
            return Child.run(
                    List.of("-Dbench.broker=" + port, "-Dbench.concurrency=" + CONCURRENCY),
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

package dev.latido.bench;

import dev.latido.bench.peer.Contestant;
import dev.latido.bench.peer.PeerLoad;
import dev.latido.ops.Tool;
import dev.latido.queue.redis.RedisServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A queue at a broker: messages submitted, run and settled, and how soon work begins, beside BullMQ on the same Redis. */
final class BrokerBenchmark implements Benchmark {

    private static final int ROUNDS = 5;
    private static final Duration WARM_UP = Duration.ofSeconds(4);
    private static final Duration MEASURED = Duration.ofSeconds(3);
    private static final Duration IDLE = Duration.ofSeconds(8);
    private static final Duration AT_MOST = Duration.ofMinutes(4);
    private static final int CONCURRENCY = 100;
    private static final int MANY = 100;

    /** Between two works of an idle queue at most; half of it on average, so that there are about 20 a second. */
    private static final int MAX_PAUSE_MILLIS = 100;

    private static final String FULL = "Latido, durability full";
    private static final String NONE = "Latido, durability none";
    private static final String BULLMQ = "BullMQ";
    private static final String BULLMQ_APART = "BullMQ, the worker in a process of its own";
    private static final String IN_PROCESS = "Latido, durability full, queue in memory";

    /** One measurement of one of those that take turns. */
    private interface Turn {
        JsonObject take() throws IOException, InterruptedException;
    }

    /** What a round measures, in order, by number of producers and by name; those with 0 producers are idle. */
    private final Map<Integer, Map<String, Turn>> turns = new LinkedHashMap<>();

    private final Map<Integer, Map<String, List<JsonObject>>> results = new LinkedHashMap<>();

    @Override
    public String name() {
        return "brokers";
    }

    @Override
    public Table run() throws Exception {
        Table table = new Table(
                "A queue at Redis: messages submitted, run and settled; and from submission to the start of the work when idle",
                "",
                "a second, min / median / max",
                "so many times BullMQ's, min / median / max",
                "p50, ms",
                "p99, ms");
        if (!Tool.isOnPath("redis-server") || !Tool.isOnPath("redis-cli")) {
            table.note("No redis-server and redis-cli here.");
            return table;
        }
        int rounds = Effort.rounds(ROUNDS);
        RedisServer redis = RedisServer.start();
        Thread end = new Thread(redis::kill, "end-redis");
        Runtime.getRuntime().addShutdownHook(end);
        try (redis) {
            Optional<BullMq> bullMq = BullMq.install();
            plan(redis, bullMq);
            for (int round = 0; round < rounds; round++) {
                round(redis);
            }
            fill(table);
            table.note(
                    "One Redis, which has each write on disk before it answers (appendfsync always), emptied before each turn;"
                            + " " + version() + ", "
                            + (bullMq.isPresent()
                                    ? bullMq.get().version()
                                    : "no BullMQ, which needs node, npm and its registry")
                            + ". Payloads of 200 characters; a worker that does nothing, " + CONCURRENCY
                            + " at once; a producer submits the next when its last is answered. Latido: one JVM with the service and,"
                            + " as its client in Java, the producers. BullMQ: one process of Node with queue, producers and worker, or the"
                            + " worker in a second one; completed jobs are removed, as Latido's are. A message counts when Redis has it"
                            + " settled, and is checked to have run once but in BullMQ's second process. " + rounds
                            + " rounds, in each one after the other for about "
                            + Effort.time(MEASURED).toSeconds() + " s after "
                            + Effort.time(WARM_UP).toSeconds()
                            + " s of warm-up; a ratio is of one round, to the faster BullMQ."
                            + " Idle: one message at a time, about "
                            + 2_000 / MAX_PAUSE_MILLIS + " a second for "
                            + Effort.time(IDLE).toSeconds()
                            + " s in each round, from the call that submits it, not from its answer; medians of the rounds (min / median / max).");
        } finally {
            Runtime.getRuntime().removeShutdownHook(end);
        }
        return table;
    }

    private static String version() throws IOException, InterruptedException {
        return Child.output(List.of("redis-server", "--version"), Duration.ofSeconds(10))
                .replaceAll("(?s).* v=(\\S+) .*", "Redis $1");
    }

    private void plan(RedisServer redis, Optional<BullMq> bullMq) {
        for (int producers : List.of(1, MANY)) {
            boolean isOne = producers == 1;
            Map<String, Turn> of = turns.computeIfAbsent(producers, absent -> new LinkedHashMap<>());
            Contestant full = isOne ? Contestant.LATIDO_REDIS_FULL_ONE : Contestant.LATIDO_REDIS_FULL_MANY;
            Contestant none = isOne ? Contestant.LATIDO_REDIS_NONE_ONE : Contestant.LATIDO_REDIS_NONE_MANY;
            bullMq.ifPresent(there -> of.put(BULLMQ, () -> bullMq(redis, there, "rate", producers, "together")));
            of.put(FULL, () -> latido(redis, full, "rate"));
            bullMq.ifPresent(there -> of.put(BULLMQ_APART, () -> bullMq(redis, there, "rate", producers, "apart")));
            of.put(NONE, () -> latido(redis, none, "rate"));
        }
        Map<String, Turn> idle = turns.computeIfAbsent(0, absent -> new LinkedHashMap<>());
        idle.put(IN_PROCESS, () -> latido(redis, Contestant.LATIDO_FULL, "latency"));
        idle.put(FULL, () -> latido(redis, Contestant.LATIDO_REDIS_FULL_MANY, "latency"));
        idle.put(NONE, () -> latido(redis, Contestant.LATIDO_REDIS_NONE_MANY, "latency"));
        bullMq.ifPresent(there -> idle.put(BULLMQ, () -> bullMq(redis, there, "latency", MANY, "together")));
    }

    private static Duration time(String what) {
        return Effort.time(what.equals("rate") ? MEASURED : IDLE);
    }

    private static JsonObject latido(RedisServer redis, Contestant contestant, String what)
            throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("latido-bench");
        try {
            return Child.run(
                    List.of(
                            "-Dbench.redis=" + redis.port(),
                            "-Dbench.concurrency=" + CONCURRENCY,
                            "-Dbench.maxPauseMillis=" + MAX_PAUSE_MILLIS),
                    PeerLoad.class,
                    AT_MOST,
                    contestant.name(),
                    what,
                    Long.toString(Effort.time(WARM_UP).toSeconds()),
                    Long.toString(time(what).toSeconds()),
                    directory.toString());
        } finally {
            Server.delete(directory);
        }
    }

    private static JsonObject bullMq(RedisServer redis, BullMq there, String what, int producers, String where)
            throws IOException, InterruptedException {
        return there.run(
                what,
                Long.toString(Effort.time(WARM_UP).toSeconds()),
                Long.toString(time(what).toSeconds()),
                Integer.toString(redis.port()),
                Integer.toString(producers),
                Integer.toString(CONCURRENCY),
                where,
                Integer.toString(MAX_PAUSE_MILLIS));
    }

    private void round(RedisServer redis) throws IOException, InterruptedException {
        for (Map.Entry<Integer, Map<String, Turn>> of : turns.entrySet()) {
            Map<String, List<JsonObject>> seen = results.computeIfAbsent(of.getKey(), absent -> new LinkedHashMap<>());
            for (Map.Entry<String, Turn> turn : of.getValue().entrySet()) {
                redis.cli("FLUSHALL");
                seen.computeIfAbsent(turn.getKey(), absent -> new ArrayList<>())
                        .add(turn.getValue().take());
            }
        }
    }

    private void fill(Table table) {
        results.forEach((producers, seen) -> seen.forEach((name, of) -> {
            if (producers == 0) {
                table.row(
                        "idle: " + name,
                        "",
                        "",
                        Spread.of(of, "p50Millis").show(),
                        Spread.of(of, "p99Millis").show());
            } else {
                table.row(
                        producers + (producers == 1 ? " producer: " : " producers: ") + name,
                        Spread.of(of, "perSecond").show(),
                        seen.containsKey(BULLMQ) ? Spread.of(ratios(of, seen)).show() : "",
                        "",
                        "");
            }
        }));
    }

    /** Returns the rate of each round as a multiple of that of the BullMQ that was faster in it. */
    private static List<Double> ratios(List<JsonObject> of, Map<String, List<JsonObject>> seen) {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < of.size(); round++) {
            double best = 0;
            for (String name : List.of(BULLMQ, BULLMQ_APART)) {
                best = Math.max(
                        best, seen.getOrDefault(name, List.of()).get(round).getDouble("perSecond"));
            }
            ratios.add(of.get(round).getDouble("perSecond") / best);
        }
        return ratios;
    }
}

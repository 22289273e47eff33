package dev.latido.bench;

import dev.latido.bench.peer.TickLoad;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** How late the ticks of a job come: of one job on a quiet and on a busy machine, and of 10,000 jobs. */
final class TickBenchmark implements Benchmark {

    private static final int MANY = 10_000;
    private static final Duration WARM_UP = Effort.time(Duration.ofSeconds(10));
    private static final Duration WATCHED = Duration.ofSeconds(60);
    private static final Duration MANY_WATCHED = Duration.ofSeconds(20);
    private static final Duration GRACE = Duration.ofSeconds(60);
    private static final int BUSY_PERCENT = 70;

    private static final String LATIDO = "Latido";
    private static final String LATIDO_NONE = "Latido, durability none";
    private static final String QUARTZ = "Quartz, in memory";
    private static final String EXECUTOR = "ScheduledThreadPoolExecutor";

    private record Contestant(String title, String name) {}

    private static final List<Contestant> ALL = List.of(
            new Contestant(LATIDO, "latido"),
            new Contestant(LATIDO_NONE, "latido-none"),
            new Contestant(QUARTZ, "quartz"),
            new Contestant(EXECUTOR, "executor"));

    @Override
    public String name() {
        return "ticks";
    }

    @Override
    public Table run() throws Exception {
        Table table = new Table(
                "Ticks every second: how late they come",
                "",
                "ticks due",
                "run",
                "p50 ms",
                "p99 ms",
                "latest ms",
                "drift ms",
                "CPU %",
                "RSS MB",
                "heap after GC MB");
        one(table, "one job, idle");
        try (Server burner = Server.of(Burner.class, Integer.toString(BUSY_PERCENT))) {
            one(table, "one job, machine " + BUSY_PERCENT + " % busy");
            if (!burner.isAlive()) {
                throw new IllegalStateException("the load ended before its time: " + burner.output());
            }
        }
        for (Contestant contestant : ALL) {
            row(
                    table,
                    String.format("%,d jobs, ", MANY) + contestant.title,
                    tick(contestant, MANY, Effort.time(MANY_WATCHED)));
        }
        table.note("One job: all at the same time, each in a JVM of its own, for "
                + Effort.time(WATCHED).toSeconds() + " s after " + WARM_UP.toSeconds()
                + " s of warm-up; 10,000 jobs: one after the other, "
                + Effort.time(MANY_WATCHED).toSeconds()
                + " s. Late is against the moment at which the tick was due by the schedule. The many are spread"
                + " over the second; of these Latido tells it in whole milliseconds, so that each may have been half of one sooner"
                + " or later. Drift is how much"
                + " later the last tenth came than the first, at the median. A busy machine: another process keeps every"
                + " processor busy for " + BUSY_PERCENT + " % of each 10 ms. Latido stores every tick before it"
                + " runs (durability full), or keeps only its history in memory (none); the others keep nothing.");
        return table;
    }

    private static void one(Table table, String what) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(ALL.size());
        try {
            List<Future<JsonObject>> results = new ArrayList<>();
            for (Contestant contestant : ALL) {
                results.add(threads.submit(() -> tick(contestant, 1, Effort.time(WATCHED))));
            }
            for (int i = 0; i < ALL.size(); i++) {
                row(table, what + ", " + ALL.get(i).title, results.get(i).get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static JsonObject tick(Contestant contestant, int jobs, Duration watched) throws Exception {
        Path directory = Files.createTempDirectory("latido-bench");
        try {
            return Child.run(
                    TickLoad.class,
                    WARM_UP.plus(watched).plus(GRACE),
                    contestant.name,
                    Integer.toString(jobs),
                    Long.toString(WARM_UP.toSeconds()),
                    Long.toString(watched.toSeconds()),
                    directory.toString());
        } finally {
            Server.delete(directory);
        }
    }

    private static void row(Table table, String what, JsonObject result) {
        table.row(
                what,
                Table.number(result.getDouble("due")),
                Table.number(result.getDouble("ran")),
                Table.number(result.getDouble("p50Millis")),
                Table.number(result.getDouble("p99Millis")),
                Table.number(result.getDouble("maxMillis")),
                Table.number(result.getDouble("driftMillis")),
                Table.number(result.getDouble("cpuPercent")),
                Table.number(result.getDouble("residentMegabytes")),
                Table.number(result.getDouble("heapMegabytes")));
    }
}

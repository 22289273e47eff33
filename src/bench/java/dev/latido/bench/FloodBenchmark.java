package dev.latido.bench;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** What a flood of status requests does to answers, memory and the job's ticks. */
final class FloodBenchmark implements Benchmark {

    private static final int REQUESTS = 300_000;
    private static final int CONNECTIONS = 2_000;
    private static final int ROUNDS = Effort.rounds(5);
    private static final Duration TIME_LIMIT = Duration.ofSeconds(60);
    private static final Duration TICK = Duration.ofMillis(100);
    private static final double LATE_SECONDS = 0.05; // the bound of one of the histogram's buckets

    @Override
    public String name() {
        return "flood";
    }

    @Override
    public Table run() throws Exception {
        Table table = new Table(
                String.format("%,d status requests at full speed, %,d connections", REQUESTS, CONNECTIONS),
                "flood",
                "answers/s",
                "200",
                "503",
                "no Retry-After",
                "errors",
                "p50 / p99 / max ms",
                "RSS before / peak / after MB",
                "heap after GC MB",
                "ticks due / run / missed",
                "later than 50 ms",
                "latest ms");
        flood(table, "default settings");
        flood(table, "10 in flight, 50 waiting", "-Dlatido.commands.maxInFlight=10", "-Dlatido.commands.maxWaiting=50");
        table.note("Errors are lost connections and answers other than 200 and 503. The job ticks every "
                + TICK.toMillis() + " ms; a server's first flood is its warm-up as well.");
        return table;
    }

    private static void flood(Table table, String name, String... settings) throws Exception {
        String[] all = new String[settings.length + 1];
        System.arraycopy(settings, 0, all, 0, settings.length);
        all[settings.length] = "-Dlatido.jobs.heartbeat.every=" + TICK.toMillis() + "ms";
        try (Server server = Server.latido(all)) {
            server.send("POST", "/api/job/start");
            table.row(name + ", before", "", "", "", "", "", "", "", megabytes(server.heapAfterGcBytes()), "", "", "");
            for (int round = 1; round <= ROUNDS; round++) {
                row(table, name + ", " + round, server);
            }
        }
    }

    private static void row(Table table, String name, Server server) throws Exception {
        OptionalDouble before = server.residentBytes();
        Ticks ticksBefore = Ticks.read(server);
        long begun = System.nanoTime();
        AtomicBoolean over = new AtomicBoolean();
        double[] peak = {0};
        Thread watch = new Thread(() -> {
            while (!over.get()) {
                peak[0] = Math.max(peak[0], server.residentBytes().orElse(0));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        });
        watch.start();
        JsonObject result = Load.exactly(server, Load.STATUS, REQUESTS, CONNECTIONS, TIME_LIMIT);
        over.set(true);
        watch.join();
        Ticks ticks = Ticks.read(server).minus(ticksBefore);
        double due = (System.nanoTime() - begun) / (double) TICK.toNanos();
        JsonObject byStatus = result.getJsonObject("byStatus");
        int ok = byStatus.getInteger("200", 0);
        int refused = byStatus.getInteger("503", 0);
        int errors = result.getInteger("errors") + result.getInteger("answers") - ok - refused;
        table.row(
                name,
                Table.number(result.getInteger("answers") / result.getDouble("seconds")),
                String.format("%,d", ok),
                String.format("%,d", refused),
                String.format("%,d", result.getInteger("503WithoutRetryAfter")),
                String.format("%,d", errors),
                Table.number(result.getDouble("p50Millis")) + " / " + Table.number(result.getDouble("p99Millis"))
                        + " / " + Table.number(result.getDouble("maxMillis")),
                megabytes(before) + " / " + megabytes(OptionalDouble.of(peak[0])) + " / "
                        + megabytes(server.residentBytes()),
                megabytes(server.heapAfterGcBytes()),
                Table.number(due) + " / " + Table.number(ticks.run) + " / " + Table.number(ticks.missed),
                Table.number(ticks.late),
                Table.number(1e3 * server.metric("latido_jobs_tick_lag_seconds_max")));
    }

    /** What the metrics say of the job's ticks. */
    private record Ticks(double run, double late, double missed) {

        static Ticks read(Server server) throws Exception {
            double run = server.metric("latido_jobs_tick_lag_seconds_count");
            double punctual = server.metric("latido_jobs_tick_lag_seconds_bucket{le=\"" + LATE_SECONDS);
            return new Ticks(run, run - punctual, server.metric("latido_job_ticks_missed_total"));
        }

        Ticks minus(Ticks other) {
            return new Ticks(run - other.run, late - other.late, missed - other.missed);
        }
    }

    private static String megabytes(OptionalDouble bytes) {
        return bytes.isEmpty() ? "-" : Table.number(bytes.getAsDouble() / 1_048_576);
    }
}

package dev.latido.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What it costs to look: 10,000 jobs, of which 1,000 run a second, while nobody looks, and while Prometheus asks for the metrics
 * every five seconds and somebody reads all events. With {@code -Dlatido.jar} of a build before, it is measured of that.
 */
final class LookingBenchmark implements Benchmark {

    private static final int JOBS = 10_000;
    private static final int ROUNDS = 3;
    private static final Duration WARM_UP = Duration.ofSeconds(30);
    private static final Duration ROUND = Duration.ofSeconds(20);
    private static final Duration SCRAPE_EVERY = Duration.ofSeconds(5);
    private static final String HEAP = "-Xmx512m";

    @Override
    public String name() {
        return "looking";
    }

    /** What was seen with or without somebody who looks, a value a round. */
    private record Seen(List<Double> cpu, List<Double> p99, List<Double> resident) {
        Seen() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }

        void rows(Table table, String who) {
            table.row(who + ": processors", Spread.of(cpu).show());
            table.row(who + ": status p99, ms", Spread.of(p99).show());
            table.row(who + ": resident memory, MB", Spread.of(resident).show());
        }
    }

    @Override
    public Table run() throws Exception {
        int rounds = Effort.rounds(ROUNDS);
        Seen without = new Seen();
        Seen with = new Seen();
        List<Double> scrapeMillis = new ArrayList<>();
        List<Double> eventBytes = new ArrayList<>();
        Path config = Files.createTempFile("latido-bench", ".yaml");
        Files.writeString(config, jobs());
        try (Server server = Server.latido(HEAP, "-Dlatido.config=" + config)) {
            measure(server, Effort.time(WARM_UP), new Seen());
            for (int round = 0; round < rounds; round++) {
                measure(server, Effort.time(ROUND), without);
                try (Looker looker = new Looker(server)) {
                    measure(server, Effort.time(ROUND), with);
                    scrapeMillis.addAll(looker.scrapeMillis);
                    eventBytes.add(looker.eventBytes.get() / 1e6);
                }
            }
        } finally {
            Files.delete(config);
        }
        Table table = new Table("The cost of looking at 10,000 jobs", "", "min / median / max");
        without.rows(table, "nobody looks");
        with.rows(table, "scrapes every 5 s and a reader of all events");
        table.row("a scrape, ms", Spread.of(scrapeMillis).show());
        table.row("events read in a round, MB", Spread.of(eventBytes).show());
        table.note("1,000 runs a second, " + HEAP
                + "; status: one request after the other on a connection of its own, from"
                + " a process of its own, which shares the processors with the service and whoever looks. " + rounds
                + " rounds of " + Effort.time(ROUND).toSeconds() + " s.");
        return table;
    }

    private static String jobs() {
        StringBuilder yaml = new StringBuilder("store: {type: memory}\njobs:\n");
        for (int i = 0; i < JOBS; i++) {
            yaml.append("  job-").append(i).append(": {every: 10s, autoStart: true, jitter: 5s, durability: none}\n");
        }
        return yaml.toString();
    }

    private static void measure(Server server, Duration time, Seen seen) throws Exception {
        Duration cpu = server.cpu();
        long begun = System.nanoTime();
        JsonObject probe = Load.exactly(server, Load.STATUS, Integer.MAX_VALUE, 1, time);
        if (probe.getInteger("errors") > 0 || probe.getInteger("answers") == 0) {
            throw new IOException("not all was answered: " + probe);
        }
        double took = System.nanoTime() - begun;
        seen.cpu.add(server.cpu().minus(cpu).toNanos() / took);
        seen.p99.add(probe.getDouble("p99Millis"));
        seen.resident.add(server.residentBytes().orElse(0) / 1e6);
    }

    /** Scrapes as Prometheus does, and reads all events, until it is closed. */
    private static final class Looker implements AutoCloseable {
        private final HttpClient client = HttpClient.newHttpClient();
        private final List<Double> scrapeMillis = new ArrayList<>();
        private final AtomicLong eventBytes = new AtomicLong();
        private final List<Thread> threads;
        private volatile boolean isOver;

        Looker(Server server) {
            threads = List.of(
                    new Thread(() -> scrape(server), "scrapes"), new Thread(() -> read(server), "reads events"));
            threads.forEach(Thread::start);
        }

        private void scrape(Server server) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(server.url("/metrics")))
                    .header("Accept-Encoding", "gzip")
                    .build();
            try {
                while (!isOver) {
                    long begun = System.nanoTime();
                    client.send(request, BodyHandlers.discarding());
                    long took = System.nanoTime() - begun;
                    scrapeMillis.add(took / 1e6);
                    Thread.sleep(Math.max(1, SCRAPE_EVERY.toMillis() - took / 1_000_000));
                }
            } catch (IOException | InterruptedException over) {
                Thread.currentThread().interrupt();
            }
        }

        private void read(Server server) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(server.url("/api/events")))
                    .build();
            byte[] buffer = new byte[65_536];
            try (InputStream events =
                    client.send(request, BodyHandlers.ofInputStream()).body()) {
                for (int read = 0; read >= 0 && !isOver; read = events.read(buffer)) {
                    eventBytes.addAndGet(read);
                }
            } catch (IOException | InterruptedException over) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            isOver = true;
            try {
                for (Thread thread : threads) {
                    thread.interrupt();
                    thread.join();
                }
            } catch (InterruptedException over) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

package dev.latido.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How soon a change reaches readers, and what readers cost. */
final class StreamBenchmark implements Benchmark {

    private static final int READERS = 50;
    private static final int CHANGES_A_SECOND = 1_000;
    private static final int CHANGES_EACH = 3; // queued, began, succeeded
    private static final Duration MEASURED = Duration.ofSeconds(15);
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final int QUIET_SAMPLES = 100;
    private static final Pattern AT = Pattern.compile("\"(?:at|lastExecutionTime)\":\"([^\"]+)\"");

    @Override
    public String name() {
        return "stream";
    }

    @Override
    public Table run() throws Exception {
        Table table = new Table(
                "The event stream", "", "change to reader, ms, median / p99", "processor, % of one core", "messages/s");
        Path config = Files.createTempFile("latido-bench", ".yaml");
        Files.writeString(
                config,
                "jobs:\n  work: {concurrency: 100, queue: {capacity: 10000}, worker: {type: class, class: "
                        + InstantWorker.class.getName() + "}}\n");
        Vertx vertx = Vertx.vertx();
        try (Server server = Server.latidoWithOurClasses("-Dlatido.config=" + config)) {
            Readers none = new Readers(vertx, server, 0, "");
            none.measure(MEASURED, CHANGES_A_SECOND); // until it is compiled
            row(table, "no readers", none, none.measure(MEASURED, CHANGES_A_SECOND));
            for (String query : List.of("", "?interval=250ms")) {
                String what = query.isEmpty() ? "single events" : "interval=250ms";
                if (query.isEmpty()) { // a view tells when its job last ran, which may be before what it is sent for
                    Readers one = new Readers(vertx, server, 1, query);
                    one.quiet();
                    row(table, "one reader, " + what + ", a quiet service", one, Double.NaN);
                    one.close();
                }
                Readers many = new Readers(vertx, server, READERS, query);
                many.measure(WARM_UP, CHANGES_A_SECOND);
                row(table, READERS + " readers, " + what, many, many.measure(MEASURED, CHANGES_A_SECOND));
                many.close();
            }
        } finally {
            vertx.close().await();
            Files.delete(config);
        }
        table.note("Where it says so, " + CHANGES_A_SECOND + " changes a second for " + MEASURED.toSeconds()
                + " s: executions submitted one by one over HTTP, stored, run and done. The processor time is the"
                + " service's, all its work included. Latency counts from when the owner decided, in whole ms, storing"
                + " included; with an interval, from the latest change shown.");
        return table;
    }

    private static void row(Table table, String name, Readers readers, double processor) {
        table.row(
                name,
                readers.latencies(),
                Double.isNaN(processor) ? "" : Table.number(processor),
                Double.isNaN(processor) ? "" : Table.number(readers.messagesASecond()));
    }

    /** Readers in this process, and what they saw. */
    private static final class Readers {
        private final Server server;
        private final HttpClient client;
        private final HttpClient producer;
        private final int count;
        private final AtomicInteger ready = new AtomicInteger();
        private final AtomicLong messages = new AtomicLong();
        private final AtomicInteger seen = new AtomicInteger();
        private final long[] millis = new long[2_000_000];
        private double seconds;

        Readers(Vertx vertx, Server server, int count, String query) throws IOException {
            this.server = server;
            this.count = count;
            client = vertx.createHttpClient(new HttpClientOptions(), new PoolOptions().setHttp1MaxSize(1_000));
            producer = vertx.createHttpClient(new HttpClientOptions(), new PoolOptions().setHttp1MaxSize(64));
            for (int i = 0; i < count; i++) {
                client.request(HttpMethod.GET, server.port(), "127.0.0.1", "/api/events" + query)
                        .compose(request -> request.send())
                        .onSuccess(response -> response.handler(this::take));
            }
            waitFor(() -> ready.get() >= count);
        }

        private void take(Buffer chunk) {
            long now = System.currentTimeMillis();
            String text = chunk.toString(StandardCharsets.UTF_8);
            if (text.contains("event: snapshot")) {
                ready.incrementAndGet();
                return;
            }
            for (int at = text.indexOf("event: "); at >= 0; at = text.indexOf("event: ", at + 1)) {
                messages.incrementAndGet();
                Matcher time = AT.matcher(text).region(at, text.length());
                int index = seen.getAndIncrement();
                if (time.find() && index < millis.length) {
                    millis[index] = now - Instant.parse(time.group(1)).toEpochMilli();
                }
            }
        }

        /** Lets so many changes happen; returns the processor time of the service, in percent of one core. */
        double measure(Duration time, int changesASecond) throws IOException {
            seen.set(0);
            messages.set(0);
            Duration before = server.cpu();
            long begun = System.nanoTime();
            long pause = 1_000_000_000L * CHANGES_EACH / changesASecond;
            for (long next = begun; next < begun + time.toNanos(); next += pause) {
                LockSupport.parkNanos(next - System.nanoTime());
                submit();
            }
            seconds = (System.nanoTime() - begun) / 1e9;
            return 100 * server.cpu().minus(before).toNanos() / 1e9 / seconds;
        }

        /** Lets something happen now and then. */
        void quiet() throws IOException {
            seen.set(0);
            for (int i = 0; i < QUIET_SAMPLES; i++) {
                int before = seen.get();
                submit();
                waitFor(() -> seen.get() > before);
                LockSupport.parkNanos(Duration.ofMillis(300).toNanos()); // the interval is over
            }
        }

        private void submit() {
            producer.request(HttpMethod.POST, server.port(), "127.0.0.1", "/api/jobs/work/executions")
                    .compose(request -> request.putHeader("Content-Type", "application/json")
                            .send(Buffer.buffer(BareStore.PAYLOAD)))
                    .compose(response -> response.end());
        }

        private static void waitFor(java.util.function.BooleanSupplier condition) throws IOException {
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (!condition.getAsBoolean()) {
                if (System.nanoTime() > end) {
                    throw new IOException("nothing came for 30 s");
                }
                LockSupport.parkNanos(100_000);
            }
        }

        double messagesASecond() {
            return messages.get() / seconds;
        }

        String latencies() {
            int size = Math.min(seen.get(), millis.length);
            if (count == 0 || size == 0) {
                return "";
            }
            long[] sorted = Arrays.copyOf(millis, size);
            Arrays.sort(sorted);
            return sorted[size / 2] + " / " + sorted[size * 99 / 100];
        }

        void close() {
            client.close().await();
            producer.close().await();
        }
    }
}

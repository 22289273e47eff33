package dev.latido.bench;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keep-alive connections that each send a request as soon as the last one is answered, on one event loop. It reads no
 * more of an answer than its status, its {@code Content-Length} and whether it has a {@code Retry-After}, which every
 * answer of the servers measured here has in one piece or several. Arguments: port, requests, connections, seconds, path,
 * body (empty for a GET).
 * Prints one JSON object: answers by status, refusals without {@code Retry-After}, errors, latency in milliseconds.
 */
public final class LoadGenerator {

    private static final int MAX_SAMPLES = 10_000_000;

    // All state belongs to the one event loop.
    private final Vertx vertx;
    private final NetClient client; // one that nobody holds on to is closed, with its connections
    private final Buffer request;
    private final int port;
    private final int requests;
    private final long endNanos;
    private final Map<String, Integer> answersByStatus = new TreeMap<>();
    private int[] latenciesMicros = new int[1 << 16];
    private int answers;
    private int sent;
    private int errors;
    private int withoutRetryAfter;
    private int open;
    private @Nullable Throwable failure;
    private long begunNanos;

    private LoadGenerator(Vertx vertx, Buffer request, int port, int requests, long seconds) {
        this.request = request;
        this.vertx = vertx;
        this.client = vertx.createNetClient(
                new NetClientOptions().setConnectTimeout(10_000).setTcpNoDelay(true));
        this.port = port;
        this.requests = requests;
        this.endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }

    public static void main(String[] args) {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        LoadGenerator generator = new LoadGenerator(
                vertx,
                request(args[4], args[5]),
                Integer.parseInt(args[0]),
                Integer.parseInt(args[1]),
                Long.parseLong(args[3]));
        vertx.runOnContext(ignored -> generator.begin(Integer.parseInt(args[2])));
    }

    private static Buffer request(String path, String body) {
        String head = (body.isEmpty() ? "GET " : "POST ") + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
        return Buffer.buffer(
                body.isEmpty()
                        ? head + "\r\n"
                        : head + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                + body);
    }

    /** Opens all connections, then lets all of them send. */
    private void begin(int connections) {
        Connection[] made = new Connection[connections];
        open = connections;
        int[] pending = {connections};
        for (int i = 0; i < connections; i++) {
            int index = i;
            client.connect(port, "127.0.0.1").onComplete(connected -> {
                if (connected.succeeded()) {
                    made[index] = new Connection(connected.result());
                } else {
                    errors++;
                    failure = connected.cause();
                    open--;
                }
                if (--pending[0] == 0) {
                    begunNanos = System.nanoTime();
                    Arrays.stream(made).filter(connection -> connection != null).forEach(Connection::next);
                }
            });
        }
    }

    private final class Connection {

        private final NetSocket socket;
        private Buffer received = Buffer.buffer();
        private long sentNanos;
        private boolean waiting;

        Connection(NetSocket socket) {
            this.socket = socket;
            socket.handler(this::read).closeHandler(ignored -> closed()).exceptionHandler(thrown -> failure = thrown);
        }

        void next() {
            if (sent >= requests || System.nanoTime() - endNanos >= 0) {
                socket.close();
                return;
            }
            sent++;
            waiting = true;
            sentNanos = System.nanoTime();
            socket.write(request);
        }

        private void read(Buffer part) {
            received = received.length() == 0 ? part : received.appendBuffer(part);
            String text = received.toString(StandardCharsets.ISO_8859_1);
            int headEnd = text.indexOf("\r\n\r\n");
            if (headEnd < 0) {
                return;
            }
            String head = text.substring(0, headEnd).toLowerCase(Locale.ROOT);
            if (text.length() < headEnd + 4 + contentLength(head)) {
                return;
            }
            received = Buffer.buffer();
            waiting = false;
            answered(text.substring(9, 12), head.contains("\r\nretry-after: "), System.nanoTime() - sentNanos);
            next();
        }

        private void closed() {
            if (waiting) {
                errors++;
            }
            if (--open == 0) {
                report();
            }
        }
    }

    private static int contentLength(String head) {
        int start = head.indexOf("\r\ncontent-length: ");
        if (start < 0) {
            return 0;
        }
        int from = start + "\r\ncontent-length: ".length();
        int end = head.indexOf("\r\n", from);
        return Integer.parseInt(end < 0 ? head.substring(from) : head.substring(from, end));
    }

    private void answered(String status, boolean retryAfter, long nanos) {
        answersByStatus.merge(status, 1, Integer::sum);
        if (status.equals("503") && !retryAfter) {
            withoutRetryAfter++;
        }
        if (answers < MAX_SAMPLES) {
            if (answers == latenciesMicros.length) {
                latenciesMicros = Arrays.copyOf(latenciesMicros, 2 * answers);
            }
            latenciesMicros[answers] = (int) TimeUnit.NANOSECONDS.toMicros(nanos);
        }
        answers++;
    }

    private void report() {
        double seconds = (System.nanoTime() - begunNanos) / 1e9;
        int[] sorted = Arrays.copyOf(latenciesMicros, Math.min(answers, MAX_SAMPLES));
        Arrays.sort(sorted);
        JsonObject byStatus = new JsonObject();
        answersByStatus.forEach(byStatus::put);
        System.out.println(new JsonObject()
                .put("seconds", seconds)
                .put("answers", answers)
                .put("byStatus", byStatus)
                .put("503WithoutRetryAfter", withoutRetryAfter)
                .put("errors", errors)
                .put("failure", failure == null ? null : failure.toString())
                .put("p50Millis", quantile(sorted, 0.5))
                .put("p99Millis", quantile(sorted, 0.99))
                .put("maxMillis", quantile(sorted, 1)));
        vertx.close();
    }

    private static double quantile(int[] sorted, double quantile) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.ceil(quantile * sorted.length) - 1] / 1e3;
    }
}

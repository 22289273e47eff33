package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.stream.CutOff;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * 500 readers of single events, of which 20 want a snapshot of many jobs and take nothing, and others lose their
 * connections and come back.
 */
class ManyReadersTest {

    private static final int READERS = 480;
    private static final int STUCK = 20;
    private static final int EXECUTIONS = 200;
    private static final int BATCH = 50;
    private static final int EVENTS = 3 * EXECUTIONS;
    private static final long MAX_GROWTH = 64L * 1_048_576;
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    /** Checks, on its event loop, that the sequence numbers follow one another. */
    private static final class Follower {
        private final Context context;
        private final HttpClient client;
        private final int port;
        private final int losesConnectionAfter;
        private final StringBuilder rest = new StringBuilder();
        private @Nullable HttpConnection connection;
        private @Nullable String id;
        private int generation;
        private boolean inSnapshot;
        private int sinceConnected;
        private volatile long last = -1;
        private volatile int reconnects;
        private volatile @Nullable String wrong;

        Follower(Context context, HttpClient client, int port, int losesConnectionAfter) {
            this.context = context;
            this.client = client;
            this.port = port;
            this.losesConnectionAfter = losesConnectionAfter;
        }

        void begin() {
            context.runOnContext(ignored -> connect());
        }

        private void connect() {
            generation++;
            int mine = generation;
            rest.setLength(0);
            sinceConnected = 0;
            RequestOptions options = new RequestOptions()
                    .setHost("localhost")
                    .setPort(port)
                    .setMethod(HttpMethod.GET)
                    .setURI("/api/events?job=a");
            if (id != null) {
                options.putHeader("Last-Event-ID", id);
            }
            client.request(options)
                    .compose(request -> {
                        connection = request.connection();
                        return request.send();
                    })
                    .onSuccess(response -> response.handler(chunk -> {
                        if (mine == generation) {
                            take(chunk);
                        }
                    }))
                    .onFailure(failure -> wrong = failure.toString());
        }

        private void take(Buffer chunk) {
            rest.append(chunk.toString(StandardCharsets.UTF_8));
            int from = 0;
            for (int end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n", from)) {
                message(rest.substring(from, Math.min(end, from + 60)));
                from = end + 2;
            }
            rest.delete(0, from);
            HttpConnection lost = connection;
            if (losesConnectionAfter > 0 && sinceConnected > losesConnectionAfter && lost != null) {
                reconnects = generation;
                lost.close();
                connect();
            }
        }

        private void message(String text) {
            if (!text.startsWith("id: ")) {
                inSnapshot = text.startsWith("event: snapshot") || text.startsWith("event: gap");
                if (inSnapshot) {
                    wrong = "unexpected: " + text;
                }
                return;
            }
            String newId = text.substring(4, text.indexOf('\n'));
            long sequence = Long.parseLong(newId.substring(newId.indexOf('-') + 1));
            boolean isSnapshot = text.contains("event: snapshot");
            if (isSnapshot ? last >= 0 : sequence != last + 1) {
                wrong = "after " + last + " came " + text;
            }
            id = newId;
            last = sequence;
            sinceConnected++;
        }
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void allOthersAreToldEverythingOnceAndInTime() {
        Vertx vertx = Vertx.vertx();
        List<RawClient> stuck = new ArrayList<>();
        try (WorkingService service = new WorkingService("{'a': {}" + idleJobs() + "}", "stream.heartbeat", "10s")) {
            service.bench("a").succeedAtOnce();
            HttpClient client = vertx.createHttpClient(
                    new HttpClientOptions().setPipelining(false),
                    new PoolOptions().setHttp1MaxSize(2 * READERS).setMaxWaitQueueSize(-1));
            Context context = vertx.getOrCreateContext();
            List<Follower> followers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                followers.add(new Follower(context, client, service.port(), i % 8 == 0 ? 50 + random.nextInt(250) : 0));
            }
            for (int i = 0; i < READERS; i++) {
                followers.get(i).begin();
                int sofar = i + 1;
                if (sofar % 60 == 0) {
                    await().atMost(PATIENCE).until(() -> service.readers() == sofar);
                }
            }
            for (int i = 0; i < STUCK; i++) {
                stuck.add(RawClient.withSmallBuffer(service.port())
                        .send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            }
            await().atMost(PATIENCE).until(() -> followers.stream().allMatch(follower -> follower.last >= 0));
            await().until(() -> service.readers() == READERS + STUCK);
            long first = followers.get(0).last;
            long before = heapAfterGc();

            String batch = "[" + "{\"payload\":1},".repeat(BATCH - 1) + "{\"payload\":1}]";
            for (int i = 0; i < EXECUTIONS / BATCH; i++) {
                assertThat(service.post("/api/jobs/a/executions/batch", batch).status())
                        .isEqualTo(200);
                long now = first + 3L * BATCH * (i + 1);
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> assertThat(followers).as("seed %d", seed).allSatisfy(follower -> {
                                    assertThat(follower.wrong).isNull();
                                    assertThat(follower.last).isEqualTo(now);
                                }));
            }
            long growth = heapAfterGc() - before;
            assertThat(growth).as("bytes of heap, with %d readers stuck", STUCK).isLessThan(MAX_GROWTH);
            assertThat(followers.stream()
                            .mapToInt(follower -> follower.reconnects)
                            .sum())
                    .isGreaterThan(READERS / 8);
            await().atMost(PATIENCE).until(() -> service.cutOffs().size() == STUCK);
            assertThat(service.cutOffs()).containsOnly(CutOff.STUCK);
            await().until(() -> service.readers() == READERS);
            assertThat(followers)
                    .allSatisfy(follower -> assertThat(follower.last).isEqualTo(first + EVENTS));
        } finally {
            stuck.forEach(RawClient::close);
            vertx.close().await();
        }
    }

    /** Returns so many further jobs that a snapshot of them all is more than the kernel's buffers take. */
    private static String idleJobs() {
        return IntStream.range(0, 2_000)
                .mapToObj(i -> ", 'idle" + i + "': {'autoStart': false}")
                .collect(Collectors.joining());
    }

    private static long heapAfterGc() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}

package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.client.CommandConfig;
import dev.latido.protocol.Health;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients cost that ask and do not take what they asked for. */
class UnreadAnswersTest {

    private static final int MANY = 400;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String HOST = "Host: localhost\r\n";
    private static final String BUNDLE = "/docs/swagger-ui-bundle.js";
    private static final String NEVER_TOO_SLOW = "1";

    private final List<RawClient> stuck = new ArrayList<>();

    @AfterEach
    void close() {
        stuck.forEach(RawClient::close);
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\n" + HOST + "\r\n";
    }

    private void ask(WorkingService service, int times, String request) {
        for (int i = 0; i < times; i++) {
            stuck.add(new RawClient(service.port()).send(request));
        }
        await().atMost(PATIENCE).until(() -> stuck.stream().allMatch(RawClient::hasSomethingToRead));
    }

    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    /** A connection that is closed takes nothing more; what the server had sent before is not read. */
    private static void awaitClosed(RawClient client) {
        await().atMost(PATIENCE).until(() -> !client.trySend("x"));
    }

    private static void stillAnswers(WorkingService service) {
        assertThat(service.get("/health/live").status()).isEqualTo(200);
        assertThat(service.read("/api/job/status").getBoolean("isRunning")).isNotNull();
        assertThat(service.get("/docs").status()).isEqualTo(200);
    }

    /** Each would take 128 KB if the file were copied, which at the default settings is more than there may be. */
    @Test
    void aFileThatNobodyReadsTakesNoDirectMemory() {
        try (WorkingService service =
                new WorkingService("{'a': {}}", "defaultJob", "a", "http.minReadRate", NEVER_TOO_SLOW)) {
            stillAnswers(service);
            long before = directBytes();
            ask(service, MANY, get(BUNDLE));
            stillAnswers(service);
            assertThat(directBytes() - before).isLessThan(MANY * 32_768L);
            assertThat(service.http().unsent().used()).isZero();
        }
    }

    @Test
    void anAnswerThatNobodyReadsIsHeldPieceByPieceAndRefusedBeyondTheBound() {
        try (WorkingService service = new WorkingService(
                "{'a': {}}",
                "defaultJob",
                "a",
                "http.minReadRate",
                NEVER_TOO_SLOW,
                "http.maxUnsentBytes",
                Integer.toString(3 * AnswerBound.PIECE_BYTES))) {
            String large =
                    "/api/executions/" + service.submit("a", "{\"payload\":\"" + "x".repeat(1_000_000) + "\"}", "");
            assertThat(service.get(large).status()).isEqualTo(200);
            await("once it is taken")
                    .atMost(PATIENCE)
                    .until(() -> service.http().unsent().used() == 0);

            ask(service, 3, get(large));
            await().atMost(PATIENCE).until(() -> service.http().unsent().used() == 3 * AnswerBound.PIECE_BYTES);
            RawResponse refused = service.get(large).assertProblem(503, "answers-full");
            assertThat(refused.header("Retry-After")).contains("1");
            assertThat(service.http().unsent().refused()).isEqualTo(1);
            stillAnswers(service);
            assertThat(service.get(BUNDLE).status()).as("what is not copied").isEqualTo(200);
            assertThat(RawClient.exchange(service.port(), get(large).replace("GET", "HEAD"))
                            .status())
                    .isEqualTo(200);

            stuck.forEach(RawClient::reset);
            await().atMost(PATIENCE).until(() -> service.http().unsent().used() == 0);
            assertThat(service.get(large).status()).isEqualTo(200);
        }
    }

    /** A probe that is refused would say that the service is not ready. */
    @Test
    void tellsHowItIsBeyondTheBoundToo() {
        try (Edge edge = Edge.withSilentOwner(
                new CommandConfig(1, CommandConfig.WhenFull.REJECT, 0, Duration.ofSeconds(1)),
                "http.maxUnsentBytes",
                Integer.toString(2 * AnswerBound.PIECE_BYTES))) {
            edge.answerHealth(new Health(List.of("degraded ".repeat(1_000))));
            edge.http().unsent().add(2 * AnswerBound.PIECE_BYTES);
            RawResponse ready = RawClient.exchange(edge.port(), get("/health/ready"));
            assertThat(ready.status()).isEqualTo(200);
            assertThat(ready.body()).hasSizeGreaterThan(9_000);
            await().atMost(PATIENCE).until(() -> edge.http().unsent().used() == 2 * AnswerBound.PIECE_BYTES);
        }
    }

    /** What was done has to be told, or the client could not know that it was. */
    @Test
    void tellsWhatWasDoneBeyondTheBoundToo() {
        try (WorkingService service = new WorkingService(
                "{'a': {}}",
                "defaultJob",
                "a",
                "http.minReadRate",
                NEVER_TOO_SLOW,
                "http.maxUnsentBytes",
                Integer.toString(2 * AnswerBound.PIECE_BYTES))) {
            String id = service.submit("a", "{\"payload\":\"" + "x".repeat(1_000_000) + "\"}", "");
            ask(service, 2, get("/api/executions/" + id));
            await().atMost(PATIENCE).until(() -> service.http().unsent().used() == 2 * AnswerBound.PIECE_BYTES);
            RawResponse batch = service.post(
                    "/api/jobs/a/executions/batch", "[" + "{\"payload\":1},".repeat(99) + "{\"payload\":1}]");
            assertThat(batch.status()).isEqualTo(200);
            assertThat(batch.body()).hasSizeGreaterThan(AnswerBound.SMALL_BYTES);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BUNDLE, "/api/executions/"})
    void closesTheConnectionOfWhoTakesAnAnswerTooSlowly(String path) {
        try (WorkingService service =
                new WorkingService("{'a': {}}", "defaultJob", "a", "http.minReadRate", "1000000")) {
            String id = service.submit("a", "{\"payload\":\"" + "x".repeat(1_000_000) + "\"}", "");
            ask(service, 5, get(path.endsWith("/") ? path + id : path));
            await().atMost(PATIENCE).until(() -> service.http().slowReaders() == 5);
            await().atMost(PATIENCE).until(() -> service.http().unsent().used() == 0);
            stuck.forEach(UnreadAnswersTest::awaitClosed);
            assertThat(service.get(BUNDLE).body()).hasSizeGreaterThan(1_000_000);
        }
    }

    @Test
    void closesTheConnectionOfAReaderOfEventsThatTakesNone() {
        String jobs = IntStream.range(0, 3_000)
                .mapToObj(i -> "'idle" + i + "': {'autoStart': false}")
                .collect(Collectors.joining(", ", "{", "}"));
        try (WorkingService service = new WorkingService(jobs, "defaultJob", "idle0", "stream.heartbeat", "1s")) {
            ask(service, 5, get("/api/events"));
            await().atMost(PATIENCE).until(() -> service.cutOffs().size() == 5);
            stuck.forEach(UnreadAnswersTest::awaitClosed);
        }
    }

    /** Of small answers, Vert.x begins the next request of a connection only when what is not taken is little. */
    @Test
    void smallAnswersThatNobodyReadsTakeLittle() {
        try (WorkingService service =
                new WorkingService("{'a': {}}", "defaultJob", "a", "http.minReadRate", NEVER_TOO_SLOW)) {
            stillAnswers(service);
            long before = directBytes();
            String requests = get("/nope").repeat(4_000);
            int clients = 200;
            for (int i = 0; i < clients; i++) {
                RawClient client = new RawClient(service.port());
                stuck.add(client);
                Thread writer = new Thread(() -> client.trySend(requests), "writes");
                writer.setDaemon(true);
                writer.start();
            }
            await().atMost(PATIENCE).until(() -> stuck.stream().allMatch(RawClient::hasSomethingToRead));
            stillAnswers(service);
            assertThat(directBytes() - before).isLessThan(clients * 32_768L);
        }
    }

    @Test
    void aClientMayHaveSoManyConnections() {
        try (WorkingService service = new WorkingService("{'a': {}}", "http.maxConnectionsPerClient", "2")) {
            RawClient first = new RawClient(service.port());
            stuck.add(first);
            assertThat(first.send(get("/health/live")).read().status()).isEqualTo(200);
            RawClient second = new RawClient(service.port());
            stuck.add(second);
            assertThat(second.send(get("/health/live")).read().status()).isEqualTo(200);
            try (RawClient third = new RawClient(service.port())) {
                assertThat(third.readUntilClosed()).isEmpty();
            }
            first.close();
            await().atMost(PATIENCE).untilAsserted(() -> {
                try (RawClient fourth = new RawClient(service.port())) {
                    fourth.send(get("/health/live"));
                    assertThat(fourth.readUnlessClosed(true)).isPresent();
                }
            });
        }
    }
}

package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client sees of workers' results: at once, after a restart, and in the payload of the next job. */
class ResultTest {

    private static final int MAX_RESULT = 65_536;
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    /** Texts that are hard to hand on as they are. */
    private static final List<String> JSON = List.of(
            "{\"sum\":0.1234567890123456789,\"cents\":100000000000000000000.05,\"big\":1e400}",
            "[1E400, -1e-400, 1.10, -0.0, -0, 1e5, 0.30000000000000000000000004, 12345678901234567890123]",
            "\"\\ud800x\"",
            "{\"\\udc00\":\"\\uD83D\\uDE00 \\ud83d\"}",
            "\"\\u0000 \\u001f \u007f \u2028\u2029 \ufeff \ufffe 😀 é\"",
            "{ \"b\" : 1 ,\n\t\"a\" : [ ] }\n",
            "{\"a\":1,\"a\":2}",
            "null",
            "\"\"",
            "true",
            "[".repeat(5_000) + "]".repeat(5_000),
            "{\"a\":".repeat(2_000) + "1" + "}".repeat(2_000),
            "1".repeat(20_000),
            "[0." + "3".repeat(20_000) + ",1e" + "9".repeat(50) + "]",
            "{\"" + "n".repeat(60_000) + "\":1}",
            "\"" + "x".repeat(MAX_RESULT - 2) + "\"",
            "1".repeat(MAX_RESULT));

    @TempDir
    private Path directory;

    private final Vertx outside = Vertx.vertx();
    private final AtomicInteger calls = new AtomicInteger();
    private volatile String contentType = "application/json";
    private volatile int status = 200;
    private volatile byte[] body = {};
    private volatile @Nullable Object reply;
    private static volatile @Nullable String given;
    private int port;

    private @Nullable Service service;

    /** Gives what the test says. */
    public static final class Given implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            return Future.succeededFuture(given);
        }
    }

    @AfterEach
    void stop() {
        if (service != null) {
            service.stop();
            service = null;
        }
        outside.close().await();
    }

    /** Starts the service, or has it come back: three jobs with one worker each, and after each one that is stopped. */
    private void start() {
        if (port == 0) {
            HttpServer server = outside.createHttpServer().requestHandler(request -> {
                calls.incrementAndGet();
                request.response()
                        .setStatusCode(status)
                        .putHeader("Content-Type", contentType)
                        .end(Buffer.buffer(body));
            });
            port = server.listen(0, "127.0.0.1").await().actualPort();
        }
        if (service != null) {
            service.stop();
        }
        JsonObject jobs = new JsonObject();
        JsonObject http = new JsonObject()
                .put("type", "http")
                .put("url", "http://127.0.0.1:" + port + "/")
                .put("allowPrivate", true);
        define(jobs, "http", http);
        define(jobs, "bus", new JsonObject().put("type", "event-bus").put("address", "test.work"));
        define(jobs, "java", new JsonObject().put("type", "class").put("class", Given.class.getName()));
        jobs.put("alone", new JsonObject().put("worker", http));
        service = Services.start(
                new JsonObject().put("jobs", jobs), "store.directory", directory.toString(), "shutdown.grace", "1s");
        service.vertx()
                .eventBus()
                .consumer("test.work", message -> message.reply(reply))
                .completion()
                .await();
    }

    private static void define(JsonObject jobs, String name, JsonObject worker) {
        jobs.put(
                name,
                new JsonObject()
                        .put("worker", worker)
                        .put("fallback", new JsonObject().put("type", "class").put("class", Given.class.getName()))
                        .put("retry", new JsonObject().put("delay", "1ms").put("jitter", false))
                        .put("next", new JsonArray().add("after-" + name)));
        jobs.put("after-" + name, new JsonObject().put("autoStart", false));
    }

    // Speaking to it

    private String exchange(String method, String path, String... header) {
        try {
            int servicePort = service == null ? -1 : service.port();
            HttpURLConnection connection = (HttpURLConnection)
                    URI.create("http://127.0.0.1:" + servicePort + path).toURL().openConnection();
            connection.setRequestMethod(method);
            for (int i = 0; i < header.length; i += 2) {
                connection.setRequestProperty(header[i], header[i + 1]);
            }
            assertThat(connection.getResponseCode()).isBetween(200, 202);
            try (InputStream in = connection.getInputStream()) {
                return StandardCharsets.UTF_8 // which refuses what is none
                        .newDecoder()
                        .decode(ByteBuffer.wrap(in.readAllBytes()))
                        .toString();
            }
        } catch (IOException e) {
            throw new AssertionError(path, e);
        }
    }

    private static String text(String answer, String field) {
        String name = "\"" + field + "\":\"";
        int from = answer.indexOf(name);
        assertThat(from).as(answer).isPositive();
        return answer.substring(from + name.length(), answer.indexOf('"', from + name.length()));
    }

    /** Hands in work without a payload and returns the id of the execution once it has ended. */
    private String run(String job) {
        return text(exchange("POST", "/api/jobs/" + job + "/executions", "Prefer", "wait=20"), "id");
    }

    private String execution(String id) {
        return exchange("GET", "/api/executions/" + id);
    }

    /** Returns a field that is the last in an execution's view, as the text that it is. */
    private static @Nullable String last(String execution, String field) {
        int from = execution.indexOf(",\"" + field + "\":");
        return from < 0 ? null : execution.substring(from + field.length() + 4, execution.length() - 1);
    }

    /** Returns the payloads of the job that comes next, the oldest first. */
    private List<@Nullable String> next(String job) {
        List<@Nullable String> payloads = new ArrayList<>();
        String page = exchange("GET", "/api/jobs/after-" + job + "/executions?state=queued&limit=1000");
        for (Object each : new JsonObject(page).getJsonArray("executions")) {
            payloads.add(last(execution(((JsonObject) each).getString("id")), "payload"));
        }
        return payloads;
    }

    /** Asserts what became of executions, by their ids, now and after a restart. */
    private void assertResults(String job, Map<String, @Nullable String> expected) {
        for (int start = 0; start < 2; start++) {
            expected.forEach((id, result) -> {
                String execution = execution(id);
                assertThat(text(execution, "state")).isEqualTo("succeeded");
                assertThat(last(execution, "result")).isEqualTo(result);
                assertThat(execution).doesNotContain("isResultCut");
            });
            assertThat(next(job)).isEqualTo(new ArrayList<>(expected.values()));
            start();
        }
    }

    // Results that are whole

    @Test
    void theJsonOfAnEndpointIsKeptByteForByte() {
        start();
        Map<String, @Nullable String> expected = new LinkedHashMap<>();
        List<String> texts = new ArrayList<>(JSON);
        texts.addAll(randomTexts());
        for (String json : texts) {
            body = json.getBytes(StandardCharsets.UTF_8);
            expected.put(run("http"), json);
        }
        assertResults("http", expected);
        assertThat(calls).hasValue(texts.size());
    }

    @Test
    void theJsonOfAClassIsKeptAsItIs() {
        start();
        Map<String, @Nullable String> expected = new LinkedHashMap<>();
        List<String> texts = new ArrayList<>(JSON);
        texts.addAll(randomTexts());
        for (String json : texts) {
            given = json;
            expected.put(run("java"), json);
        }
        given = "\"\ud800x\uddff\"";
        expected.put(run("java"), "\"\\ud800x\\uddff\"");
        given = "{no json";
        expected.put(run("java"), "\"{no json\"");
        given = "";
        expected.put(run("java"), "\"\"");
        given = null;
        expected.put(run("java"), null);
        assertResults("java", expected);
    }

    /** A decimal is written by Java, which may be in another way; but it is the same number. */
    @Test
    void theValueOfAConsumerKeepsItsDigits() {
        start();
        Map<String, @Nullable String> expected = new LinkedHashMap<>();
        replies().forEach((json, value) -> {
            reply = value;
            expected.put(run("bus"), json.equals("nothing") ? null : json);
        });
        assertResults("bus", expected);
    }

    private static Map<String, @Nullable Object> replies() {
        Map<String, @Nullable Object> replies = new LinkedHashMap<>();
        replies.put(
                "{\"sum\":0.1234567890123456789,\"cents\":100000000000000000000.05,\"big\":1E+400}",
                new JsonObject()
                        .put("sum", new BigDecimal("0.1234567890123456789"))
                        .put("cents", new BigDecimal("100000000000000000000.05"))
                        .put("big", new BigDecimal("1e400")));
        replies.put(
                "[123456789012345678901234567890,-9223372036854775808,1.5,0.1,-0.0]",
                new JsonArray()
                        .add(new BigInteger("123456789012345678901234567890"))
                        .add(Long.MIN_VALUE)
                        .add(1.5)
                        .add(0.1f)
                        .add(-0.0));
        replies.put("\"\\ud800x\"", "\ud800x");
        replies.put("{\"\\udc00\":\"😀\\ud83d\"}", new JsonObject().put("\udc00", "😀\ud83d"));
        replies.put("\"\\u0000 \u2028 \ufeff\"", "\0 \u2028 \ufeff");
        replies.put("\"{\\\"a\\\":1}\"", "{\"a\":1}");
        replies.put("\"\"", "");
        replies.put("true", true);
        replies.put("1", 1);
        replies.put("9007199254740993", 9_007_199_254_740_993L);
        replies.put("2.5", 2.5);
        replies.put("0.1", 0.1f);
        replies.put("\"NaN\"", Double.NaN);
        replies.put("\"-Infinity\"", Float.NEGATIVE_INFINITY);
        replies.put("\"c\"", 'c');
        replies.put("\"AP8\"", Buffer.buffer(new byte[] {0, -1}));
        replies.put("\"AQ\"", new byte[] {1});
        JsonArray deep = new JsonArray();
        for (int i = 1; i < 1_500; i++) {
            deep = new JsonArray().add(deep);
        }
        replies.put("[".repeat(1_500) + "]".repeat(1_500), deep);
        replies.put("\"" + "x".repeat(MAX_RESULT) + "\"", "x".repeat(MAX_RESULT));
        replies.put("nothing", null);
        return replies;
    }

    private static List<String> randomTexts() {
        SplittableRandom random = new SplittableRandom(SEED);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            texts.add(RandomJson.text(random));
        }
        return texts;
    }

    private static byte[] bytes(int... bytes) {
        byte[] all = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            all[i] = (byte) bytes[i];
        }
        return all;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private void answers(String type, byte[] bytes, @Nullable String result, Map<String, @Nullable String> expected) {
        contentType = type;
        body = bytes;
        expected.put(run("http"), result);
    }

    @Test
    void bytesAreReadAsTheirTypeSays() {
        start();
        byte[] utf8Mark = bytes(0xef, 0xbb, 0xbf);
        Charset latin = StandardCharsets.ISO_8859_1;
        Map<String, @Nullable String> expected = new LinkedHashMap<>();
        answers(
                "application/json",
                joined(utf8Mark, "{\"a\":\"é\"}".getBytes(StandardCharsets.UTF_8)),
                "{\"a\":\"é\"}",
                expected);
        answers("text/plain", joined(utf8Mark, "é".getBytes(StandardCharsets.UTF_8)), "\"é\"", expected);
        answers("application/json; charset=iso-8859-1", "[\"é\"]".getBytes(latin), "[\"é\"]", expected);
        answers("text/plain;charset=\"ISO-8859-1\"", "é".getBytes(latin), "\"é\"", expected);
        answers("application/json;charset=utf-16le", "[1]".getBytes(StandardCharsets.UTF_16LE), "[1]", expected);
        answers("application/json;charset=utf-16", "[2]".getBytes(StandardCharsets.UTF_16), "[2]", expected);
        answers("application/json", "[3]".getBytes(StandardCharsets.UTF_16), "[3]", expected);
        answers("application/json; charset=no-such-thing", "[4]".getBytes(latin), "[4]", expected);
        answers("text/plain; charset=", "é".getBytes(StandardCharsets.UTF_8), "\"é\"", expected);
        answers("application/json", bytes('"', 0xe9, '"'), "\"\\\"\ufffd\\\"\"", expected);
        answers("application/json", bytes('"', 0xed, 0xa0, 0x80, '"'), "\"\\\"\ufffd\\\"\"", expected);
        answers("text/plain", bytes(0xe9, 'x', 0), "\"\ufffdx\\u0000\"", expected);
        answers("application/vnd.x+json", "{}".getBytes(latin), "{}", expected);
        answers("text/plain", "{}".getBytes(latin), "\"{}\"", expected);
        answers("application/json", "{no json".getBytes(latin), "\"{no json\"", expected);
        answers("application/json", "[1] [2]".getBytes(latin), "\"[1] [2]\"", expected);
        answers("application/json", "/* c */ 1".getBytes(latin), "\"/* c */ 1\"", expected);
        answers("application/json", bytes(), null, expected);
        answers("text/plain", "x".repeat(MAX_RESULT).getBytes(latin), "\"" + "x".repeat(MAX_RESULT) + "\"", expected);
        assertResults("http", expected);
    }

    // Results that are too long

    private static final String TOO_LONG = "x".repeat(MAX_RESULT - 1) + "😀" + "x".repeat(5_000);
    private static final String CUT = "\"" + "x".repeat(MAX_RESULT - 1) + "…\"";

    private void assertCut(String execution, String state) {
        assertThat(text(execution, "state")).isEqualTo(state);
        assertThat(last(execution, "result")).isEqualTo(CUT);
        assertThat(execution).contains("\"isResultCut\":true").contains("\"attempt\":1,");
    }

    @Test
    void aResultThatIsTooLongIsASuccessWithTheBeginningOfIt() {
        start();
        for (String type : List.of("text/plain", "application/json")) {
            contentType = type;
            body = TOO_LONG.getBytes(StandardCharsets.UTF_8);
            String id = run("alone");
            assertCut(execution(id), "succeeded");
            assertThat(text(execution(id), "note"))
                    .isEqualTo("the result is longer than 65536 characters and was cut off");
            start();
            assertCut(execution(id), "succeeded");
        }
        assertThat(calls).hasValue(2);
    }

    @Test
    void aResultThatIsTooLongIsNotHandedOnAndTheWorkNotDoneAgain() {
        start();
        given = "\"the fallback\"";
        contentType = "text/plain";
        body = TOO_LONG.getBytes(StandardCharsets.UTF_8);
        String http = run("http");
        reply = TOO_LONG;
        String bus = run("bus");
        given = TOO_LONG;
        String java = run("java");
        for (String id : List.of(http, bus, java)) {
            assertCut(execution(id), "failed");
            assertThat(text(execution(id), "error")).startsWith("result-too-long: ");
        }
        for (String job : List.of("http", "bus", "java")) {
            assertThat(next(job)).isEmpty();
        }
        assertThat(calls).hasValue(1);
        start();
        for (String id : List.of(http, bus, java)) {
            assertCut(execution(id), "failed");
        }

        body = "now it is short".getBytes(StandardCharsets.UTF_8);
        exchange("POST", "/api/executions/" + http + "/retry");
        await().until(() -> text(execution(http), "state").equals("succeeded"));
        assertThat(last(execution(http), "result")).isEqualTo("\"now it is short\"");
        assertThat(execution(http)).doesNotContain("isResultCut");
        assertThat(next("http")).containsExactly("\"now it is short\"");
        assertThat(calls).hasValue(2);
    }

    /** Half a character made the answer something that not every reader takes. */
    @Test
    void anErrorIsCutBetweenCharacters() {
        start();
        status = 404;
        contentType = "text/plain; charset=utf-8";
        body = ("x".repeat(199) + "😀".repeat(50)).getBytes(StandardCharsets.UTF_8);
        assertThat(text(execution(run("alone")), "error")).endsWith(": " + "x".repeat(199) + "…");
        contentType = "text/plain; charset=iso-8859-1";
        body = "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(text(execution(run("alone")), "error")).endsWith(": café");
    }
}

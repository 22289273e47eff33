package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.queue.redis.RedisServer;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/**
 * All that the real program writes, with everything logged, has none of its secrets: its output, answers to all that can be read
 * and to what is refused, metrics, events, spans, and its files. Each secret has a marker in it; some are wrong, and refused by
 * those who ask for them.
 */
@Timeout(240)
class SecretsNowhereTest {

    /** Stands in each secret, and in nothing else. */
    private static final String MARKER = "Mark3rOfSecrets";

    private static final String KEY = "key-" + MARKER + "-0";
    private static final String NEXT_KEY = "key-" + MARKER + "-1";
    private static final String PASSWORD = MARKER + "-right";

    private static final String LOGBACK = """
            <configuration>
              <statusListener class="ch.qos.logback.core.status.NopStatusListener"/>
              <appender name="stdout" class="ch.qos.logback.core.ConsoleAppender">
                <encoder><pattern>%d %-5level %logger{0} - %msg%n</pattern></encoder>
              </appender>
              <root level="DEBUG"><appender-ref ref="stdout"/></root>
            </configuration>
            """;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** What the program wrote to others, or answered. */
    private final Map<String, String> written = new TreeMap<>();

    private final Queue<String> exported = new ConcurrentLinkedQueue<>();
    private final Queue<String> tokens = new ConcurrentLinkedQueue<>();
    private final Queue<String> workerKeys = new ConcurrentLinkedQueue<>();

    @TempDir
    Path directory;

    private HttpServer worker;
    private HttpServer collector;

    @BeforeEach
    void listen() {
        worker = vertx.createHttpServer()
                .requestHandler(request -> {
                    boolean isFallback = request.path().endsWith("fallback");
                    String key = request.getHeader("X-Key");
                    if (key != null) {
                        workerKeys.add(key);
                    }
                    // what comes from a file is not shown when a server repeats it
                    String told = key != null && key.startsWith("Bearer ") ? "I do not know " + key : "";
                    request.response().setStatusCode(isFallback ? 200 : 503).end(told);
                })
                .listen(0, "127.0.0.1")
                .await();
        collector = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    tokens.add(String.valueOf(request.getHeader("x-token")));
                    exported.add(body.toString(StandardCharsets.ISO_8859_1));
                    request.response().setStatusCode(401).end();
                }))
                .listen(0, "127.0.0.1")
                .await();
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private String workerUrl(String path) {
        return "http://127.0.0.1:" + worker.actualPort() + "/" + MARKER + "/" + path + "?token=" + MARKER;
    }

    /** Returns the secrets by their settings. */
    private Map<String, String> secrets(RedisServer redis) {
        String at = "@127.0.0.1:" + redis.port();
        return Map.ofEntries(
                Map.entry("http.apiKeys", KEY),
                Map.entry("tracing.headers", "x-token=" + MARKER),
                Map.entry("brokers.right.password", PASSWORD),
                Map.entry("brokers.wrong.password", MARKER + "-wrong"),
                Map.entry("brokers.url.url", "redis://default:" + PASSWORD + at),
                Map.entry("brokers.wrong-url.url", "redis://nobody:" + MARKER + at),
                Map.entry("brokers.sentinel.password", PASSWORD),
                Map.entry("brokers.sentinel.sentinelPassword", MARKER + "-sentinel"),
                Map.entry("jobs.right.worker.url", workerUrl("worker")),
                Map.entry("jobs.right.fallback.url", workerUrl("fallback")),
                Map.entry("jobs.away.worker.url", "http://127.0.0.1:1/" + MARKER),
                Map.entry("jobs.failing.worker.url", workerUrl("failing")),
                Map.entry("jobs.right.worker.headers.Authorization", MARKER + "-token"),
                Map.entry("jobs.failing.worker.headers.X-Key", MARKER + "-key"));
    }

    private JsonObject file(RedisServer redis, boolean areInFiles) throws IOException {
        JsonObject plain = new JsonObject().put("type", "redis").put("url", "redis://127.0.0.1:" + redis.port());
        JsonObject http =
                new JsonObject().put("type", "http").put("allowPrivate", true).put("headers", new JsonObject());
        JsonObject retry =
                new JsonObject().put("attempts", 2).put("delay", "1ms").put("maxDelay", "1ms");
        JsonObject jobs = new JsonObject()
                .put(
                        "right",
                        new JsonObject()
                                .put("worker", http.copy())
                                .put("fallback", http.copy())
                                .put("retry", retry))
                .put("away", new JsonObject().put("worker", http.copy()).put("retry", retry));
        jobs.put("failing", jobs.getJsonObject("away").copy());
        JsonObject brokers = new JsonObject();
        JsonObject ofUrl = new JsonObject().put("type", "redis");
        JsonObject watched = ofUrl.copy()
                .put("sentinels", new JsonArray().add("127.0.0.1:" + redis.port())) // which refuses the password, too
                .put("master", "main");
        for (String name : List.of("right", "wrong", "url", "wrong-url", "sentinel")) {
            JsonObject broker = name.equals("sentinel") ? watched : name.endsWith("url") ? ofUrl : plain;
            brokers.put(name, broker.copy());
            JsonObject job = jobs.getJsonObject(name, new JsonObject());
            jobs.put(name, job.put("queue", new JsonObject().put("broker", name)));
        }
        JsonObject file = new JsonObject()
                .put("http", new JsonObject())
                .put("tracing", new JsonObject().put("enabled", true).put("requests", "all"))
                .put("log", new JsonObject().put("level", "trace"))
                .put("defaultJob", "right")
                .put("brokers", brokers)
                .put("jobs", jobs);
        for (Map.Entry<String, String> secret : secrets(redis).entrySet()) {
            set(file, secret.getKey(), secret.getValue(), areInFiles);
        }
        return file;
    }

    private void set(JsonObject file, String setting, String secret, boolean isInFile) throws IOException {
        String[] names = setting.split("\\.", -1);
        JsonObject section = file;
        for (int i = 0; i < names.length - 1; i++) {
            section = section.getJsonObject(names[i]);
        }
        String name = names[names.length - 1];
        if (isInFile && setting.contains(".headers.")) {
            section.put(
                    name,
                    new JsonObject()
                            .put("prefix", "Bearer ")
                            .put(
                                    "file",
                                    Files.writeString(secretFile(setting), secret)
                                            .toString()));
        } else if (isInFile) {
            section.put(
                    name + "File",
                    Files.writeString(secretFile(setting), secret + "\n").toString());
        } else {
            section.put(name, name.equals("apiKeys") ? new JsonArray().add(secret) : secret);
        }
    }

    private Path secretFile(String setting) {
        return directory.resolve(setting);
    }

    private MainProcess start(RedisServer redis, boolean areInFiles, String... settings) throws IOException {
        Path config = Files.writeString(
                directory.resolve("latido.yaml"), file(redis, areInFiles).encodePrettily());
        Path logback = Files.writeString(directory.resolve("logback.xml"), LOGBACK);
        Files.createDirectories(directory.resolve("store"));
        List<String> all = new ArrayList<>(List.of("store.directory=" + directory.resolve("store")));
        all.addAll(List.of(settings));
        Map<String, String> environment = new HashMap<>(Map.of(
                "LATIDO_CONFIG",
                config.toString(),
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://127.0.0.1:" + collector.actualPort(),
                "OTEL_BSP_SCHEDULE_DELAY",
                "20"));
        return MainProcess.start(
                List.of(), List.of("-Dlogback.configurationFile=" + logback), environment, all.toArray(String[]::new));
    }

    /** Returns all that can be read, as the contract has it. */
    private static List<String> views() throws IOException {
        try (InputStream in = Objects.requireNonNull(SecretsNowhereTest.class.getResourceAsStream("/openapi.yaml"))) {
            Map<String, Object> contract = new Yaml().load(in);
            List<String> views = new ArrayList<>();
            new JsonObject(contract).getJsonObject("paths").forEach(path -> {
                if (((JsonObject) path.getValue()).containsKey("get")) {
                    views.add(path.getKey());
                }
            });
            return views;
        }
    }

    private int ask(int port, String method, String path, String key, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", method.equals("PATCH") ? "application/merge-patch+json" : "application/json");
        HttpResponse<InputStream> answer = client.send(request.build(), BodyHandlers.ofInputStream());
        try (InputStream in = answer.body()) {
            boolean isEndless = path.startsWith("/api/events") && answer.statusCode() == 200;
            byte[] content = isEndless ? in.readNBytes(2_000) : in.readAllBytes();
            written.put(
                    method + " " + path + " " + body + " " + answer.statusCode(),
                    answer.headers().map() + "\n" + new String(content, StandardCharsets.UTF_8));
        }
        return answer.statusCode();
    }

    private void askForEverything(int port, String key, String execution) throws Exception {
        for (String view : views()) {
            for (String job : List.of("right", "wrong", "wrong-url", "sentinel", "away")) {
                String path = view.replace("{job}", job).replace("{id}", execution)
                        + (view.endsWith("/messages") ? "?key=k" : "");
                assertThat(ask(port, "GET", path, key, ""))
                        .as(path)
                        .isNotEqualTo(401)
                        .isNotEqualTo(405);
                if (path.equals(view)) {
                    break;
                }
            }
        }
        for (String job : List.of("right", "wrong", "url", "wrong-url", "away")) {
            ask(port, "POST", "/api/jobs/" + job + "/executions", key, "{no json");
            ask(port, "POST", "/api/jobs/" + job + "/executions?priority=urgent", key, "1");
            ask(port, "POST", "/api/jobs/" + job + "/executions", key, "1");
            ask(port, "PATCH", "/api/jobs/" + job, key, "{\"password\": 1}");
        }
        ask(port, "PATCH", "/api/log", key, "{\"level\": \"debug\"}");
        ask(port, "POST", "/api/store/backup", key, "");
        ask(port, "POST", "/nowhere", key, "");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nothingThatIsWrittenHasASecret(boolean areInFiles) throws Exception {
        try (RedisServer redis = RedisServer.start("--requirepass", PASSWORD);
                MainProcess program = start(redis, areInFiles)) {
            int port = program.awaitPort();
            assertThat(ask(port, "GET", "/api/jobs", "wrong-" + KEY, "")).isEqualTo(401);
            await("the brokers that let it in").until(() -> isAnswered(port, "right") && isAnswered(port, "url"));
            await("the refusals").untilAsserted(() -> {
                assertThat(job(port, "wrong").getString("why")).contains("password");
                assertThat(job(port, "wrong-url").getString("why")).contains("password");
                assertThat(job(port, "sentinel").getString("why")).contains("password");
            });
            assertThat(ask(port, "POST", "/api/jobs/failing/executions", KEY, "1"))
                    .isEqualTo(202);
            JsonObject failed = new JsonObject(body("POST /api/jobs/failing/executions 1 202"));
            String id = failed.getString("id");
            await("its end").until(() -> {
                ask(port, "GET", "/api/executions/" + id, KEY, "");
                return body("GET /api/executions/" + id + "  200").contains("\"failed\"");
            });
            askForEverything(port, KEY, id);
            await("an export").until(() -> !exported.isEmpty());
            assertThat(tokens).containsOnly(MARKER);
            assertThat(workerKeys).isNotEmpty().allMatch(key -> key.endsWith(MARKER + "-key"));
            check(0);
            if (areInFiles) {
                changeFiles(program, port);
            }
            program.terminate();
            assertThat(program.awaitExit()).isZero();
            written.put("output", String.join("\n", program.lines()));
            written.put("spans", String.join("\n", exported));
            addFiles(directory.resolve("store"));
            assertThat(written).hasSizeGreaterThan(40);
            assertThat(written.getOrDefault("output", "")).as("all is logged").contains(" DEBUG ");
            assertNoSecret();
        }
    }

    /** Has the configuration that was written last checked, both for people and for programs. */
    private void check(int exitCode) throws IOException {
        String file = directory.resolve("latido.yaml").toString();
        for (String form : List.of("words", "--json")) {
            String[] arguments = form.equals("words")
                    ? new String[] {"config", "check", file}
                    : new String[] {"config", "check", form, file};
            try (MainProcess program = MainProcess.startTold(Map.of(), arguments)) {
                assertThat(program.awaitExit())
                        .as(() -> program.lines().toString())
                        .isEqualTo(exitCode);
                assertThat(program.lines().toString()).contains("brokers.");
                written.put("config check " + form, String.join("\n", program.lines()));
            }
        }
    }

    private boolean isAnswered(int port, String job) throws Exception {
        return ask(port, "POST", "/api/jobs/" + job + "/executions", KEY, "1") == 202;
    }

    private JsonObject job(int port, String name) throws Exception {
        ask(port, "GET", "/api/jobs/" + name, KEY, "");
        return new JsonObject(body("GET /api/jobs/" + name + "  200"));
    }

    private String body(String answer) {
        String text = written.getOrDefault(answer, "\n");
        return text.substring(text.indexOf('\n') + 1);
    }

    /** Has every file be wrong, and then right again. */
    private void changeFiles(MainProcess program, int port) throws Exception {
        Files.writeString(secretFile("http.apiKeys"), MARKER);
        program.awaitLine("the last ones stay valid");
        Files.writeString(secretFile("http.apiKeys"), NEXT_KEY);
        program.awaitLine("API keys: 1 read from");
        assertThat(ask(port, "GET", "/api/jobs", NEXT_KEY, "")).isEqualTo(200);
        Files.writeString(secretFile("tracing.headers"), MARKER);
        program.awaitLine("tracing.headersFile cannot be used");
        Files.writeString(secretFile("brokers.wrong-url.url"), "redis://me:" + MARKER + "@127.0.0.1:1");
        program.awaitLine("leads elsewhere");
        Files.writeString(secretFile("brokers.wrong-url.url"), "re dis://me:" + MARKER + "@127.0.0.1:1");
        program.awaitLine("must be a URL");
        Files.writeString(secretFile("brokers.wrong.password"), PASSWORD);
        await("the right password").until(() -> ask(port, "POST", "/api/jobs/wrong/executions", NEXT_KEY, "1") == 202);
    }

    private void addFiles(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                written.put(file.toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        assertThat(written.keySet()).anyMatch(name -> name.endsWith("latido.db"));
    }

    private void assertNoSecret() {
        String encoded = Base64.getEncoder()
                .encodeToString(MARKER.substring(0, 15).getBytes(StandardCharsets.UTF_8)); // of whole groups
        written.forEach((what, text) -> {
            for (String form : List.of(MARKER, encoded)) {
                int at = text.indexOf(form);
                assertThat(at)
                        .as(() ->
                                what + ": " + text.substring(Math.max(0, at - 300), Math.min(text.length(), at + 100)))
                        .isNegative();
            }
        });
    }

    /** A start that is refused tells what is wrong with each, and nothing of it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRefusedStartShowsNoSecret(boolean areInFiles) throws Exception {
        try (RedisServer redis = RedisServer.start()) {
            file(redis, areInFiles); // writes the files
            JsonObject file = file(redis, areInFiles);
            Map<String, String> wrong = Map.of(
                    "http.apiKeys", MARKER,
                    "tracing.headers", MARKER,
                    "brokers.url.url", "http://me:" + MARKER + "@h",
                    "brokers.wrong-url.url", "redis://me:" + MARKER + " @h",
                    "jobs.right.worker.url", "http://me:" + MARKER + "@h",
                    "jobs.right.worker.headers.Authorization", MARKER + "\u0001",
                    "jobs.right.fallback.url", "ftp://h/?" + MARKER);
            for (Map.Entry<String, String> each : wrong.entrySet()) {
                set(file, each.getKey(), each.getValue(), areInFiles);
            }
            try (MainProcess program = MainProcess.start(file)) {
                assertThat(program.awaitExit()).isEqualTo(2);
                String said = String.join("\n", program.lines());
                wrong.keySet()
                        .forEach(setting -> assertThat(said)
                                .contains(setting
                                        + (areInFiles ? setting.contains(".headers.") ? ".file: " : "File: " : ": ")));
                written.put("output", said);
                Files.writeString(directory.resolve("latido.yaml"), file.encodePrettily());
                check(2);
                assertNoSecret();
            }
        }
    }
}

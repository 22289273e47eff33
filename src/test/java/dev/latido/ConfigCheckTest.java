package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code latido config check} as a process of its own, beside the service that is started with the same configuration. */
@Timeout(240)
class ConfigCheckTest {

    private static final String WRONG = """
            http:
              maxConnections: 0
              ports: 1
            store: {type: none}
            jobs:
              a: {every: soon, worker: nobody}
              b: {worker: {type: http, url: "http://me:word@h"}}
              c: {worker: {type: class, class: com.example.Missing}}
              d: {next: [nowhere]}
              e: {worker: {type: class, class: dev.latido.cli.ObedientWorker, blocking: true}, concurrency: 300}
            """;

    private final Map<String, String> environment = new HashMap<>();

    @TempDir
    Path directory;

    /** What the process wrote, and its exit code. */
    record Ended(List<String> out, List<String> err, int code) {

        JsonObject json() {
            assertThat(out).as("nothing but JSON").hasSize(1);
            return new JsonObject(out.get(0));
        }
    }

    /** Runs the program in {@link #directory}, with options of the JVM before its arguments. */
    private Ended run(List<String> options, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(arguments));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("LATIDO_") || name.equals("JAVA_TOOL_OPTIONS"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(100, TimeUnit.SECONDS)).as("ends").isTrue();
            return new Ended(lines(out), lines(err), process.exitValue());
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.readAllLines(file, StandardCharsets.UTF_8);
    }

    private List<String> filesInDirectory() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** The port is in use and the directory of the store is not there: both would end the service, or be made by it. */
    @Test
    void showsEachSettingAndItsSourceAndTouchesNothing() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Files.writeString(directory.resolve("shop.yaml"), """
                    http: {port: %d}
                    store:
                      directory: shop-data
                    jobs:
                      mail: {worker: event-bus}
                    """.formatted(taken.getLocalPort()));
            environment.put("LATIDO_JOBS_MAIL_TIMEOUT", "90s");
            environment.put("LATIDO_JOBS_MAIL_SERVICE_HOST", "10.0.0.1"); // of Kubernetes
            Ended ended = run(List.of("-Dlatido.commands.timeout=3s"), "config", "check", "shop.yaml");
            assertThat(ended.code).as(() -> ended.toString()).isZero();
            assertThat(ended.out.get(0)).matches("SETTING +VALUE +SOURCE");
            assertThat(ended.out)
                    .anyMatch(line -> line.matches("http\\.port +" + taken.getLocalPort() + " +line 1"))
                    .anyMatch(line -> line.matches("http\\.host +127\\.0\\.0\\.1 +default"))
                    .anyMatch(line -> line.matches("http\\.apiKeysFile +- +default"))
                    .anyMatch(line -> line.matches("commands\\.timeout +3s +latido\\.commands\\.timeout"))
                    .anyMatch(line -> line.matches("store\\.directory +shop-data +line 3"))
                    .anyMatch(line -> line.matches("jobs\\.mail\\.worker +event-bus +line 5"))
                    .anyMatch(line -> line.matches("jobs\\.mail\\.timeout +90s +LATIDO_JOBS_MAIL_TIMEOUT"))
                    .allMatch(line -> line.matches("[A-Za-z.]+ +\\S.* +\\S.*"));
            assertThat(ended.err).hasSize(2);
            assertThat(ended.err.get(0)).startsWith("latido: Ignored the environment variables that Kubernetes sets");
            assertThat(ended.err.get(1))
                    .isEqualTo("Configuration from " + directory.toRealPath().resolve("shop.yaml") + ": valid.");
            assertThat(filesInDirectory()).containsExactly("err", "out", "shop.yaml");
        }
    }

    @Test
    void tellsProgramsTheSameAndReadsWhatTheServiceWouldRead() throws Exception {
        assertThat(run(List.of(), "--json", "config", "check").json().getString("source"))
                .startsWith("No configuration file, as there is no ");
        environment.put("LATIDO_CONFIG", "other.yaml");
        Files.writeString(directory.resolve("other.yaml"), "http: {port: 81, metricsNeedKey: no}\n");
        Ended ended = run(List.of(), "config", "check", "--json");
        JsonObject json = ended.json();
        assertThat(json.getString("source")).endsWith("other.yaml");
        assertThat(json.getJsonArray("warnings")).isEmpty();
        Map<String, JsonObject> settings = new HashMap<>();
        json.getJsonArray("settings")
                .forEach(each -> settings.put(((JsonObject) each).getString("setting"), (JsonObject) each));
        assertThat(settings)
                .containsEntry("http.port", setting("http.port", 81, "file").put("line", 1))
                .containsEntry(
                        "http.metricsNeedKey",
                        setting("http.metricsNeedKey", false, "file").put("line", 1))
                .containsEntry("http.apiKeys", setting("http.apiKeys", new JsonArray(), "default"))
                .containsEntry("http.apiKeysFile", setting("http.apiKeysFile", null, "default"));
        assertThat(run(List.of("-Dlatido.config=none.yaml"), "config", "check").err)
                .anyMatch(line -> line.contains("none.yaml: cannot be read"));
    }

    private static JsonObject setting(String path, @Nullable Object value, String source) {
        return new JsonObject().put("setting", path).put("value", value).put("source", source);
    }

    @Test
    void tellsEveryMistakeThatTheStartWouldTell() throws Exception {
        Path file = Files.writeString(directory.resolve("wrong.yaml"), WRONG);
        environment.put("LATIDO_HTTP_PROT", "1");
        Ended check = run(List.of(), "config", "check", "wrong.yaml");
        assertThat(check.code).isEqualTo(2);
        assertThat(check.out).isEmpty();
        assertThat(check.err.get(0)).matches("latido: The configuration has \\d+ problems:");
        List<String> problems = check.err.subList(1, check.err.size());
        assertThat(problems)
                .allMatch(problem -> problem.startsWith("  "))
                .anyMatch(problem -> problem.contains("jobs.e.concurrency: "))
                .anyMatch(problem -> problem.contains("jobs.c.worker.class: "))
                .hasSizeGreaterThanOrEqualTo(10);
        JsonObject json =
                run(List.of(), "--json", "config", "check", "wrong.yaml").json();
        assertThat(json.getString("type")).isEqualTo("urn:latido:problem:invalid-configuration");
        assertThat(json.getJsonArray("problems").stream().map(problem -> "  " + problem))
                .containsExactlyElementsOf(problems);
        try (MainProcess service = MainProcess.startTold(environment, "serve", "--config", file.toString())) {
            assertThat(service.awaitExit()).isEqualTo(2);
            List<String> told = service.lines();
            assertThat(told.subList(told.size() - problems.size(), told.size())).isEqualTo(problems);
        }
    }
}

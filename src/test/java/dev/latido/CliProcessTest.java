package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a process of its own, as shells and scripts see it. */
@DisabledOnOs(OS.WINDOWS) // has no SIGINT
class CliProcessTest {

    private static final long TIMEOUT_SECONDS = 30;
    private static Service service;

    @BeforeAll
    static void start() {
        service = Services.start();
    }

    @AfterAll
    static void stop() {
        service.stop();
    }

    private static Process begin(List<String> wrapper, List<String> options, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.equals("JAVA_TOOL_OPTIONS"));
        builder.environment().put("LATIDOCLI_URL", "http://127.0.0.1:" + service.port());
        return builder.start();
    }

    private static int exitCode(Process process) throws Exception {
        try {
            assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .as("ends")
                    .isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String read(InputStream stream) throws Exception {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void answersWithoutLoadingWhatTheServiceNeeds() throws Exception {
        Process status = begin(List.of(), List.of("-Xlog:class+load:stderr"), "status");
        var loaded = CompletableFuture.supplyAsync(() -> {
            try {
                return read(status.getErrorStream());
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        assertThat(read(status.getInputStream())).startsWith("Job 'heartbeat' is stopped");
        assertThat(exitCode(status)).isZero();
        assertThat(loaded.get(TIMEOUT_SECONDS, TimeUnit.SECONDS).lines())
                .anyMatch(line -> line.contains(" picocli."))
                .noneMatch(line -> line.matches(
                        ".* (io\\.vertx|io\\.netty|com\\.hazelcast|org\\.slf4j|ch\\.qos|dev\\.latido\\.Service).*"));
    }

    @Test
    void tellsWhatIsWrongOnStandardErrorAndByItsExitCode() throws Exception {
        Process process = begin(List.of(), List.of(), "status", "none");
        assertThat(read(process.getInputStream())).isEmpty();
        assertThat(read(process.getErrorStream())).startsWith("latido: Not Found: There is no job 'none'.");
        assertThat(exitCode(process)).isEqualTo(1);
    }

    @Test
    void ctrlCEndsWatchWith130() throws Exception {
        // a build in the background ignores SIGINT, and so would what it starts
        Process watch = begin(List.of("env", "--default-signal=INT"), List.of(), "watch");
        try (BufferedReader lines = watch.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).startsWith("-- following from event ");
            Process kill = new ProcessBuilder("kill", "-INT", Long.toString(watch.pid())).start();
            assertThat(exitCode(kill)).isZero();
            assertThat(lines.readLine()).isNull();
            assertThat(read(watch.getErrorStream())).isEmpty();
            assertThat(exitCode(watch)).isEqualTo(130);
        }
    }

    private static void interrupt(Process process) throws Exception {
        Process kill = new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start();
        assertThat(exitCode(kill)).isZero();
    }

    @Test
    void ctrlCTellsHowFarABatchWas() throws Exception {
        long before = accepted();
        Process batch = begin(
                List.of("env", "--default-signal=INT"), List.of(), "submit", "heartbeat", "--batch", "-", "--key", "k");
        batch.getOutputStream().write("{\"payload\":1}\n{}\n".getBytes(StandardCharsets.UTF_8));
        batch.getOutputStream().flush(); // and there is more to come
        Awaitility.await()
                .atMost(Duration.ofSeconds(TIMEOUT_SECONDS))
                .until(() -> accepted() == before + 2); // that it was answered, the process knows a moment later
        interrupt(batch);
        assertThat(read(batch.getErrorStream()))
                .matches("interrupted: (2 accepted|0 accepted; lines 1 to 2 unknown)\n  Submit it again, .*\n");
        assertThat(exitCode(batch)).isEqualTo(130);
    }

    private static long accepted() {
        return service.vertx()
                .eventBus()
                .<JsonObject>request(
                        "latido.control", new JsonObject().put("type", "GetJob").put("job", "heartbeat"))
                .await()
                .body()
                .getJsonObject("counters")
                .getLong("accepted");
    }

    @Test
    void ctrlCEndsWaitingWhoseIdWasToldBefore() throws Exception {
        Process waits = begin(List.of("env", "--default-signal=INT"), List.of(), "submit", "heartbeat", "--wait", "1h");
        try (BufferedReader lines = waits.errorReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).matches("Execution \\w+ is queued\\.");
            interrupt(waits);
            assertThat(lines.readLine()).isNull();
            assertThat(exitCode(waits)).isEqualTo(130);
        }
    }

    @Test
    void theLongestPayloadNeedsNoMoreThanASmallContainerHas(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("long.json");
        Files.writeString(file, "\"" + "x".repeat(16 * 1_048_576 - 2) + "\"");
        Process process = begin(List.of(), List.of("-Xmx64m"), "submit", "heartbeat", "--file", file.toString());
        assertThat(read(process.getErrorStream())).startsWith("latido: ").doesNotContain("OutOfMemoryError");
        assertThat(exitCode(process)).as("the service refuses it").isEqualTo(1);
    }

    @Test
    void theServiceDoesNotLoadTheCommandLine() throws Exception {
        try (MainProcess program = MainProcess.startUnder(List.of(), Map.of("JDK_JAVA_OPTIONS", "-Xlog:class+load"))) {
            program.awaitPort();
            assertThat(program.lines()).noneMatch(line -> line.contains("picocli") || line.contains("dev.latido.cli."));
            assertThat(program.lines()).anyMatch(line -> line.contains("dev.latido.ServiceProcess "));
        }
    }
}

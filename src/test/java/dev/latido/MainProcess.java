package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The real program in a process of its own, with what it prints. */
final class MainProcess implements AutoCloseable {

    private static final Pattern UP =
            Pattern.compile(" INFO  latido - Latido is up at http://127\\.0\\.0\\.1:(\\d+) after \\d+ ms; jobs: (.+)$");

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    /** The class path of the tests. */
    private static final String TESTS = System.getProperty("java.class.path");

    private final Process process;
    private final Thread reader;
    private volatile boolean isStalled;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private MainProcess(Process process) {
        this.process = process;
        reader = new Thread(this::readLines, "program output");
        reader.start();
    }

    /** Starts the program on a free port. Each setting is a path and its value with {@code =} between them. */
    static MainProcess start(Map<String, String> environment, String... settings) {
        return startUnder(List.of(), environment, settings);
    }

    /** Starts the program like {@link #start(Map, String...)} with the configuration {@code file}. */
    static MainProcess start(JsonObject file, String... settings) {
        return start(Map.of("LATIDO_CONFIG", written(file)), settings);
    }

    private static String written(JsonObject file) {
        try {
            Path written = Services.directory().resolve("latido.yaml");
            return Files.writeString(written, file.encodePrettily()).toString(); // JSON is YAML
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts the program like {@link #start(JsonObject, String...)}, with options of the JVM. */
    static MainProcess startWith(List<String> jvmOptions, JsonObject file, String... settings) {
        return start(List.of(), jvmOptions, Map.of("LATIDO_CONFIG", written(file)), settings);
    }

    /** Starts the program like {@link #start(Map, String...)}, through the command {@code wrapper}, which replaces itself by it. */
    static MainProcess startUnder(List<String> wrapper, Map<String, String> environment, String... settings) {
        return start(wrapper, List.of(), environment, settings);
    }

    /** Starts the program with the configuration {@code file}, from another class path than that of the tests. */
    static MainProcess startFrom(String classPath, JsonObject file) {
        return start(classPath, List.of(), List.of(), Map.of("LATIDO_CONFIG", written(file)), List.of(), List.of());
    }

    /** Starts the program like {@link #start(Map, String...)} on the Java runtime in the directory {@code home}. */
    static MainProcess startOn(Path home) {
        return start(home, TESTS, List.of(), List.of(), Map.of(), List.of(), Main.class, List.of());
    }

    /** Starts the program with {@code arguments}. */
    static MainProcess startTold(Map<String, String> environment, String... arguments) {
        return start(TESTS, List.of(), List.of(), environment, List.of(), List.of(arguments));
    }

    /** Starts the program like {@link #start(List, List, Map, String...)}, with a thread that tells when all of it stood still. */
    static MainProcess startWatched(List<String> jvmOptions, Map<String, String> environment, String... settings) {
        Path own = Path.of(System.getProperty("java.home"));
        return start(own, TESTS, List.of(), jvmOptions, environment, List.of(settings), WatchedMain.class, List.of());
    }

    /** Starts the program through {@code wrapper}, with {@code jvmOptions}, which come after the usual ones. */
    static MainProcess start(
            List<String> wrapper, List<String> jvmOptions, Map<String, String> environment, String... settings) {
        return start(TESTS, wrapper, jvmOptions, environment, List.of(settings), List.of());
    }

    private static MainProcess start(
            String classPath,
            List<String> wrapper,
            List<String> jvmOptions,
            Map<String, String> environment,
            List<String> settings,
            List<String> arguments) {
        Path own = Path.of(System.getProperty("java.home"));
        return start(own, classPath, wrapper, jvmOptions, environment, settings, Main.class, arguments);
    }

    private static MainProcess start(
            Path javaHome,
            String classPath,
            List<String> wrapper,
            List<String> jvmOptions,
            Map<String, String> environment,
            List<String> settings,
            Class<?> main,
            List<String> arguments) {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of(
                javaHome.resolve("bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dlogback.configurationFile=logback-process.xml", // not that of the tests
                "-Dvertx.logger-delegate-factory-class-name=io.vertx.core.logging.SLF4JLogDelegateFactory",
                "-Dlatido.http.port=0",
                "-Dlatido.store.directory=" + Services.directory()));
        command.addAll(jvmOptions);
        for (String setting : settings) {
            command.add("-Dlatido." + setting);
        }
        command.addAll(List.of("-cp", classPath, main.getName()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("LATIDO_") || name.equals("JAVA_TOOL_OPTIONS"));
        builder.environment().putAll(environment);
        try {
            return new MainProcess(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void readLines() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
                while (isStalled) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
        } catch (IOException killed) {
            lines.add("(end of output: " + killed.getMessage() + ")");
        }
    }

    /** Has nobody read what the process says; from then on what it writes there waits, or not. */
    void stallOutput() {
        isStalled = true;
    }

    /** Has what the process says read again. */
    void readOutput() {
        isStalled = false;
    }

    List<String> lines() {
        return lines;
    }

    void awaitLine(String part) {
        await().atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(20))
                .failFast(() -> assertThat(!reader.isAlive() && !hasLine(part))
                        .as("ended without '%s', having said %s", part, lines)
                        .isFalse())
                .untilAsserted(() -> assertThat(lines).anyMatch(line -> line.contains(part)));
    }

    private boolean hasLine(String part) {
        return lines.stream().anyMatch(line -> line.contains(part));
    }

    /** Waits for the line that says that the service is up, and returns the port in it. */
    int awaitPort() {
        return Integer.parseInt(awaitUp().group(1));
    }

    Matcher awaitUp() {
        awaitLine("Latido is up at ");
        return lines.stream()
                .map(UP::matcher)
                .filter(Matcher::find)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no start-up line in " + lines));
    }

    /** Sends the signal {@code name}, such as {@code HUP}. */
    void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).as("signal sent").isZero();
    }

    /** Sends SIGTERM. {@link Process#destroy} would close the streams too. */
    void terminate() {
        assertThat(process.toHandle().destroy()).as("signal sent").isTrue();
    }

    /** Sends SIGKILL and waits until nothing is left of the process. */
    void kill() {
        assertThat(process.toHandle().destroyForcibly()).as("signal sent").isTrue();
        awaitExit();
    }

    long pid() {
        return process.pid();
    }

    /** Waits for the end of the process and of its output. */
    int awaitExit() {
        try {
            assertThat(process.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS))
                    .as(() -> "ended in time, having said " + lines)
                    .isTrue();
            reader.join(TIMEOUT.toMillis());
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}

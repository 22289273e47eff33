package dev.latido.bench;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A server in a JVM of its own, on loopback and a free port, with its output in a file. Ended when closed. */
final class Server implements AutoCloseable {

    private static final Pattern UP = Pattern.compile(" up at http://127\\.0\\.0\\.1:(\\d+)");
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);

    /** A JVM may write a cache at its end. */
    private static final Duration END_TIMEOUT = Duration.ofSeconds(60);

    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private final Process process;
    private final Path log;
    private final Path directory;
    private final int port;

    private Server(Started started, int port) {
        this.process = started.process;
        this.log = started.log;
        this.directory = started.directory;
        this.port = port;
    }

    /**
     * Starts the program itself, from its jar and with its default settings.
     *
     * @param settings system properties that say otherwise
     */
    static Server latido(String... settings) throws IOException {
        List<String> command = new ArrayList<>(List.of("-Dlatido.http.port=0"));
        command.addAll(Arrays.asList(settings));
        command.addAll(List.of("-jar", jar()));
        return awaitUp(process(command));
    }

    /** Starts the program with the classes of the benchmarks beside its own, for workers among them. */
    static Server latidoWithOurClasses(String... settings) throws IOException {
        List<String> command = new ArrayList<>();
        command.add("-Dlatido.http.port=0");
        command.addAll(Arrays.asList(settings));
        command.add("-Dlogback.configurationFile=logback-process.xml"); // not that of the tests
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.latido.Main"));
        return awaitUp(process(command));
    }

    /** Starts the program on {@code port} with a certain {@code java} and options for it, and does not wait. */
    static Server latidoUnawaited(int port, String java, List<String> options) throws IOException {
        List<String> command = new ArrayList<>(options);
        command.addAll(List.of("-Dlatido.http.port=" + port, "-jar", jar()));
        return new Server(process(java, command), port);
    }

    private static String jar() {
        return System.getProperty("latido.jar", "target/latido.jar");
    }

    /** Starts a class of the benchmarks, which prints that it is "up at" its address. */
    static Server of(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(Arrays.asList(arguments));
        return awaitUp(process(command));
    }

    private record Started(Process process, Path log, Path directory) {}

    private static Started process(List<String> arguments) throws IOException {
        return process(javaTool("java"), arguments);
    }

    private static Started process(String java, List<String> arguments) throws IOException {
        Path directory = Files.createTempDirectory("latido-bench");
        Path log = Files.createTempFile("latido-bench", ".log");
        List<String> command = new ArrayList<>(List.of(java, "-Dlatido.store.directory=" + directory));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "end-server"));
        return new Started(process, log, directory);
    }

    static String javaTool(String name) {
        return System.getProperty("java.home") + File.separator + "bin" + File.separator + name;
    }

    private static Server awaitUp(Started started) throws IOException {
        long end = System.nanoTime() + START_TIMEOUT.toNanos();
        while (System.nanoTime() < end && started.process.isAlive()) {
            Matcher up = UP.matcher(Files.readString(started.log));
            if (up.find()) {
                return new Server(started, Integer.parseInt(up.group(1)));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        started.process.destroyForcibly();
        throw new IOException("a server did not start: " + Files.readString(started.log));
    }

    String url(String path) {
        return "http://127.0.0.1:" + port + path;
    }

    int port() {
        return port;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Returns the body of a successful answer. */
    String send(String method, String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url(path))).method(method, HttpRequest.BodyPublishers.noBody()));
    }

    /** Posts JSON and returns the body of a successful answer. */
    String post(String path, String json) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url(path)))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    private static String send(HttpRequest.Builder builder) throws IOException, InterruptedException {
        HttpRequest request = builder.timeout(Duration.ofSeconds(30)).build();
        HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() / 100 != 2) {
            throw new IOException(
                    request.method() + " " + request.uri() + ": " + response.statusCode() + " " + response.body());
        }
        return response.body();
    }

    /** Returns the sum of a metric's samples, over those whose line begins with {@code prefix}. */
    double metric(String prefix) throws IOException, InterruptedException {
        return send("GET", "/metrics")
                .lines()
                .filter(line -> line.startsWith(prefix))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Returns the bytes of heap in use after a full collection; nothing where the JDK has no {@code jcmd}. */
    OptionalDouble heapAfterGcBytes() throws IOException, InterruptedException {
        if (!new File(javaTool("jcmd")).canExecute()) {
            return OptionalDouble.empty();
        }
        new ProcessBuilder(javaTool("jcmd"), Long.toString(process.pid()), "GC.run")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor(30, TimeUnit.SECONDS);
        return OptionalDouble.of(metric("jvm_memory_used_bytes{area=\"heap\""));
    }

    /** Returns the bytes of memory that the process has in RAM; nothing where there is no {@code /proc}. */
    OptionalDouble residentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> 1024 * Double.parseDouble(line.replaceAll("\\D", "")))
                    .findFirst();
        } catch (IOException unknown) {
            return OptionalDouble.empty();
        }
    }

    /** Returns the processor time that the process has used. */
    Duration cpu() throws IOException {
        return process.info().totalCpuDuration().orElseThrow(() -> new IOException("no processor time is known"));
    }

    /** Ends the process as a crash would. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Returns what the server has printed. */
    String output() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        process.onExit()
                .completeOnTimeout(process, END_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                .join();
        process.destroyForcibly();
        Files.deleteIfExists(log);
        delete(directory);
    }

    /** Deletes a directory with what is in it, when it is there. */
    static void delete(Path directory) throws IOException {
        if (Files.notExists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}

package dev.latido.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How long it takes from the start of the JVM to the first answer, and what the idle process needs. */
final class StartupBenchmark implements Benchmark {

    private static final int RUNS = 7;
    private static final Pattern VERSION = Pattern.compile("^JAVA_VERSION=\"(\\d+)");
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration GIVE_UP = Duration.ofSeconds(30);
    private static final byte[] REQUEST =
            "GET /api/job/status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    @Override
    public String name() {
        return "startup";
    }

    /**
     * A way to start, with what was measured of it.
     *
     * @param training options with which the JVM writes at its end what the {@code options} need; empty for nothing
     */
    private record Way(String name, String java, List<String> training, List<String> options, List<Double> millis) {

        Way(String name, String java, List<String> training, List<String> options) {
            this(name, java, training, options, new ArrayList<>());
        }
    }

    @Override
    public Table run() throws Exception {
        Path caches = Files.createTempDirectory("latido-bench");
        List<Double> resident = new ArrayList<>();
        List<Double> heap = new ArrayList<>();
        int runs = Effort.rounds(RUNS);
        List<Way> ways = ways(caches);
        try {
            for (Way way : ways) {
                train(way);
            }
            for (int run = 0; run < runs; run++) {
                for (Way way : ways) {
                    measure(way, way.equals(ways.get(0)), resident, heap);
                }
            }
        } finally {
            Server.delete(caches);
        }
        Table table = new Table("Start and idle memory, " + runs + " runs", "", "min / median / max");
        for (Way way : ways) {
            table.row(
                    "JVM start to first 200, ms: " + way.name,
                    Spread.of(way.millis).show());
        }
        table.row(
                "RSS after " + IDLE.toSeconds() + " s idle, MB",
                resident.isEmpty() ? "-" : Spread.of(resident).show());
        table.row(
                "heap in use after GC, MB",
                heap.isEmpty() ? "-" : Spread.of(heap).show());
        table.note(
                "The caches are written by the JVM at the end of a run in which the status was asked for, as the image does.");
        return table;
    }

    private static List<Way> ways(Path caches) throws IOException {
        String java = Server.javaTool("java");
        Path archive = caches.resolve("latido.jsa");
        List<Way> ways = new ArrayList<>(List.of(
                new Way("plain", java, List.of(), List.of()),
                new Way(
                        "class-data archive",
                        java,
                        List.of("-XX:ArchiveClassesAtExit=" + archive),
                        List.of("-XX:SharedArchiveFile=" + archive))));
        Optional<Path> newer = newerJava();
        if (newer.isPresent()) {
            String java25 = newer.get().toString();
            Path cache = caches.resolve("latido.aot");
            ways.add(new Way("Java 25, plain", java25, List.of(), List.of()));
            ways.add(new Way(
                    "Java 25, AOT cache",
                    java25,
                    List.of("-XX:AOTCacheOutput=" + cache),
                    List.of("-XX:AOTCache=" + cache)));
        }
        return ways;
    }

    /** Looks beside the JDK that runs this for one of Java 25 or later, which is what the image has. */
    private static Optional<Path> newerJava() throws IOException {
        Path beside = Path.of(System.getProperty("java.home")).getParent();
        if (beside == null) {
            return Optional.empty();
        }
        try (Stream<Path> homes = Files.list(beside)) {
            return homes.filter(home -> feature(home) >= 25)
                    .map(home -> home.resolve("bin").resolve("java"))
                    .filter(Files::isExecutable)
                    .sorted()
                    .findFirst();
        }
    }

    private static int feature(Path home) {
        try (Stream<String> lines = Files.lines(home.resolve("release"))) {
            return lines.map(VERSION::matcher)
                    .filter(Matcher::find)
                    .mapToInt(version -> Integer.parseInt(version.group(1)))
                    .findFirst()
                    .orElse(0);
        } catch (IOException none) {
            return 0;
        }
    }

    private static void train(Way way) throws Exception {
        if (!way.training.isEmpty()) {
            try (Server server = Server.latidoUnawaited(freePort(), way.java, way.training)) {
                awaitOk(server);
                server.send("POST", "/api/job/start");
                server.send("GET", "/metrics");
            }
        }
    }

    private static void measure(Way way, boolean readsMemory, List<Double> resident, List<Double> heap)
            throws Exception {
        int port = freePort();
        long begun = System.nanoTime();
        try (Server server = Server.latidoUnawaited(port, way.java, way.options)) {
            awaitOk(server);
            way.millis.add((System.nanoTime() - begun) / 1e6);
            if (readsMemory) {
                LockSupport.parkNanos(IDLE.toNanos());
                server.residentBytes().ifPresent(bytes -> resident.add(bytes / 1_048_576));
                server.heapAfterGcBytes().ifPresent(bytes -> heap.add(bytes / 1_048_576));
            }
        }
    }

    private static void awaitOk(Server server) throws IOException {
        long end = System.nanoTime() + GIVE_UP.toNanos();
        while (!isOk(server.port())) {
            if (!server.isAlive() || System.nanoTime() > end) {
                throw new IOException("the server did not start");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    private static boolean isOk(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(REQUEST);
            String status = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
            return status.equals("HTTP/1.1 200");
        } catch (IOException notYet) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}

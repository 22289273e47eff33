package dev.latido.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** How long it takes from the start of the JVM to the first answer, and what the idle process needs. */
final class StartupBenchmark implements Benchmark {

    private static final int RUNS = 10;
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration GIVE_UP = Duration.ofSeconds(30);
    private static final byte[] REQUEST =
            "GET /api/job/status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    @Override
    public String name() {
        return "startup";
    }

    @Override
    public Table run() throws Exception {
        List<Double> millis = new ArrayList<>();
        List<Double> resident = new ArrayList<>();
        List<Double> heap = new ArrayList<>();
        for (int run = 0; run < RUNS; run++) {
            int port = freePort();
            long begun = System.nanoTime();
            try (Server server = Server.latidoUnawaited(port)) {
                awaitOk(server);
                millis.add((System.nanoTime() - begun) / 1e6);
                LockSupport.parkNanos(IDLE.toNanos());
                server.residentBytes().ifPresent(bytes -> resident.add(bytes / 1_048_576));
                OptionalDouble used = server.heapAfterGcBytes();
                used.ifPresent(bytes -> heap.add(bytes / 1_048_576));
            }
        }
        Table table = new Table("Start and idle memory, " + RUNS + " runs", "", "min / median / max");
        table.row("JVM start to first 200, ms", Spread.of(millis).show());
        table.row(
                "RSS after " + IDLE.toSeconds() + " s idle, MB",
                resident.isEmpty() ? "-" : Spread.of(resident).show());
        table.row(
                "heap in use after GC, MB",
                heap.isEmpty() ? "-" : Spread.of(heap).show());
        return table;
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

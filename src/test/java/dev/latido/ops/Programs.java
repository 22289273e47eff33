package dev.latido.ops;

import static org.awaitility.Awaitility.await;

import dev.latido.http.CheckedClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Services from the archive, and workers for them, as processes that end with the test that started them. */
final class Programs implements AutoCloseable {

    /** For what happens at once on a machine that is not busy. */
    static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path logs;
    private final List<Process> running = new ArrayList<>();

    /** Keeps what the programs print in files in {@code logs}. */
    Programs(Path logs) {
        this.logs = logs;
    }

    /** Returns a port that is free now. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Starts a program in the folder {@code in}. */
    Process start(Path in, Map<String, String> environment, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(in.toFile())
                .redirectErrorStream(true)
                .redirectOutput(Files.createTempFile(logs, "process", ".out").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        running.add(process);
        return process;
    }

    /** Starts a service at {@code port}, and waits until it is ready. */
    CheckedClient serve(Path in, int port, Map<String, String> settings, String... command) throws IOException {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("LATIDO_HTTP_PORT", "" + port);
        Process service = start(in, environment, command);
        CheckedClient client = new CheckedClient(port);
        await("the service to be ready")
                .atMost(PATIENCE)
                .failFast("the service has ended", () -> !service.isAlive())
                .ignoreExceptions()
                .until(() -> client.get("/health/ready").statusCode() == 200);
        return client;
    }

    /** Ends one before the others, and waits until it has ended. */
    void end(Process process) throws InterruptedException {
        process.destroy(); // conf/examples/start ends what it started
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        running.remove(process);
    }

    /** Ends all of them. */
    @Override
    public void close() {
        running.forEach(Process::destroy); // so that they end at the same time
        try {
            for (Process each : List.copyOf(running)) {
                end(each);
            }
        } catch (InterruptedException interruption) {
            running.forEach(Process::destroyForcibly);
            Thread.currentThread().interrupt();
        }
    }
}

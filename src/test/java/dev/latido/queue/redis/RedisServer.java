package dev.latido.queue.redis;

import static org.awaitility.Awaitility.await;

import dev.latido.ops.Tool;
import dev.latido.queue.BrokerConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real Redis, on a port and in a directory of its own, which writes before it answers unless told otherwise. */
public final class RedisServer implements AutoCloseable {

    private final int port;
    private final Path directory;
    private final List<String> options;
    private Process process;

    private RedisServer(int port, Path directory, List<String> options) {
        this.port = port;
        this.directory = directory;
        this.options = options;
        process = begin();
    }

    /** Starts one; the test is left out where there is none. */
    public static RedisServer start(String... options) {
        Tool.require("redis-server");
        Tool.require("redis-cli");
        try {
            RedisServer server =
                    new RedisServer(freePort(), Files.createTempDirectory("redis"), Arrays.asList(options));
            server.awaitReady();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Process begin() {
        List<String> command = new ArrayList<>(List.of(
                "redis-server",
                "--port",
                String.valueOf(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                directory.toString(),
                "--appendonly",
                "yes",
                "--appendfsync",
                "always",
                "--save",
                ""));
        command.addAll(options);
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitReady() {
        await("Redis to answer").until(this::isListening);
        await("Redis to be ready")
                .until(() -> cli("PING").contains("PONG") || cli("PING").contains("NOAUTH"));
    }

    private boolean isListening() {
        if (!process.isAlive()) {
            throw new AssertionError(log());
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private String log() {
        try {
            return Files.readString(directory.resolve("log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    RedisConfig config() {
        return RedisConfig.of(BrokerConfig.ofRedis("redis://127.0.0.1:" + port));
    }

    /** Ends it as kill -9 does. */
    public void kill() {
        signal("KILL");
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Starts it again with what it has on disk. */
    public void restart() {
        process = begin();
        awaitReady();
    }

    /** Has it stand still. */
    void freeze() {
        signal("STOP");
    }

    /** Has it go on. */
    void thaw() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Runs one command as any program may, and returns what redis-cli prints. */
    public String cli(String... command) {
        List<String> all = new ArrayList<>(List.of("-p", String.valueOf(port)));
        all.addAll(Arrays.asList(command));
        return run(all);
    }

    /** Has redis-cli send these commands all at once, and returns what it prints. */
    public String pipe(List<String> commands) {
        try {
            Path file = Files.write(directory.resolve("commands"), commands);
            return run(List.of("-p", String.valueOf(port), "--pipe"), ProcessBuilder.Redirect.from(file.toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs redis-cli with these arguments, and returns what it prints. */
    static String run(List<String> arguments) {
        return run(arguments, ProcessBuilder.Redirect.PIPE);
    }

    private static String run(List<String> arguments, ProcessBuilder.Redirect input) {
        List<String> all = new ArrayList<>(List.of("redis-cli"));
        all.addAll(arguments);
        try {
            Path out = Files.createTempFile("cli", ".out");
            Process cli = new ProcessBuilder(all)
                    .redirectInput(input)
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            if (!cli.waitFor(60, TimeUnit.SECONDS)) {
                cli.destroyForcibly();
                throw new AssertionError("redis-cli did not end: " + String.join(" ", arguments));
            }
            String text = Files.readString(out, StandardCharsets.UTF_8).strip();
            Files.delete(out);
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Tells how many connections there are besides the one that asks. */
    int connections() {
        return (int) cli("CLIENT", "LIST").lines().count() - 1;
    }

    @Override
    public void close() {
        thaw();
        process.destroyForcibly();
        try {
            if (!process.waitFor(Duration.ofSeconds(30).toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("Redis did not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        delete(directory);
    }

    static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

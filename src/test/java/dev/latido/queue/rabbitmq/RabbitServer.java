package dev.latido.queue.rabbitmq;

import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import dev.latido.ops.Tool;
import dev.latido.queue.BrokerConfig;
import dev.latido.queue.BrokerType;
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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** A real RabbitMQ with its own epmd, on ports and in a directory of its own, for this machine alone. */
public final class RabbitServer implements AutoCloseable {

    private static final String HOME = "/usr/lib/rabbitmq/bin/";
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final int port;
    private final int distributionPort;
    private final int epmdPort;
    private final Path directory;
    private final Process epmd;
    private Process process;

    private RabbitServer(List<String> settings) throws IOException {
        port = freePort();
        distributionPort = freePort();
        epmdPort = freePort();
        directory = Files.createTempDirectory("rabbitmq");
        Files.createDirectory(directory.resolve("home"));
        List<String> all = new ArrayList<>(List.of("listeners.tcp.1 = 127.0.0.1:" + port, "log.console = false"));
        all.addAll(settings);
        Files.write(directory.resolve("rabbitmq.conf"), all);
        Files.writeString(directory.resolve("enabled_plugins"), "[].");
        epmd = builder("epmd", "-port", String.valueOf(epmdPort), "-address", "127.0.0.1")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        process = begin();
    }

    /** Starts one with lines of a configuration; the test is left out where there is none. */
    public static RabbitServer start(String... settings) {
        Tool.require("rabbitmq-server");
        Tool.require("epmd");
        try {
            RabbitServer server = new RabbitServer(List.of(settings));
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

    private ProcessBuilder builder(String... command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.put("HOME", directory.resolve("home").toString());
        environment.put("RABBITMQ_NODENAME", "latido" + port + "@localhost");
        environment.put("RABBITMQ_MNESIA_BASE", directory.resolve("mnesia").toString());
        environment.put("RABBITMQ_LOG_BASE", directory.resolve("log").toString());
        environment.put(
                "RABBITMQ_ENABLED_PLUGINS_FILE",
                directory.resolve("enabled_plugins").toString());
        environment.put(
                "RABBITMQ_CONFIG_FILE", directory.resolve("rabbitmq.conf").toString());
        environment.put("RABBITMQ_DIST_PORT", String.valueOf(distributionPort));
        environment.put("ERL_EPMD_ADDRESS", "127.0.0.1");
        environment.put("ERL_EPMD_PORT", String.valueOf(epmdPort));
        environment.put("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}");
        return builder;
    }

    private Process begin() {
        try {
            return builder(HOME + "rabbitmq-server")
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            directory.resolve("output").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitReady() {
        await("RabbitMQ to be ready").atMost(PATIENCE).until(this::isReady);
    }

    private boolean isReady() {
        if (!process.isAlive()) {
            throw new AssertionError(output());
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
        } catch (IOException notYet) {
            return false;
        }
        try (Connection connection = connect()) {
            return connection.isOpen();
        } catch (IOException notYet) {
            return false;
        }
    }

    private String output() {
        try {
            return Files.readString(directory.resolve("output"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    RabbitConfig config() {
        return config(port);
    }

    /** Returns how to come to it by a port that leads there. */
    static RabbitConfig config(int port) {
        return RabbitConfig.of(BrokerConfig.of(BrokerType.RABBITMQ, "amqp://127.0.0.1:" + port));
    }

    /** Connects as any program may. */
    Connection connect() throws IOException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(port);
        factory.setAutomaticRecoveryEnabled(false);
        try {
            return factory.newConnection();
        } catch (TimeoutException e) {
            throw new IOException(e);
        }
    }

    /** What any program may do. */
    public interface Use<T> {
        T with(Channel channel) throws Exception;
    }

    public <T> T use(Use<T> use) {
        try (Connection connection = connect();
                Channel channel = connection.createChannel()) {
            return use.with(channel);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** The same without a result. */
    interface Act {
        void with(Channel channel) throws Exception;
    }

    void act(Act act) {
        use(channel -> {
            act.with(channel);
            return true;
        });
    }

    /** Runs rabbitmqctl, and returns what it prints. */
    String ctl(String... arguments) {
        List<String> command = new ArrayList<>(List.of(HOME + "rabbitmqctl"));
        command.addAll(List.of(arguments));
        try {
            Path out = Files.createTempFile("ctl", ".out");
            Process ctl = builder(command.toArray(String[]::new))
                    .redirectOutput(out.toFile())
                    .start();
            if (!ctl.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                ctl.destroyForcibly();
                throw new AssertionError("rabbitmqctl did not end: " + String.join(" ", arguments));
            }
            String text = Files.readString(out, StandardCharsets.UTF_8).strip();
            Files.delete(out);
            if (ctl.exitValue() != 0) {
                throw new AssertionError(text);
            }
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /**
     * Ends it as kill -9 does. RabbitMQ 3.10 then finds no leader for the quorum queue that was declared last, ever again, so that
     * this is one that nobody needs.
     */
    public void kill() {
        if (process.isAlive()) {
            use(channel -> channel.queueDeclare(
                    "last-" + process.pid(), true, false, false, Map.of("x-queue-type", "quorum")));
        }
        end();
    }

    private void end() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroyForcibly);
        await("RabbitMQ to end").atMost(PATIENCE).until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
    }

    /** Starts it again with what it has on disk. */
    public void restart() {
        process = begin();
        awaitReady();
    }

    @Override
    public void close() {
        end();
        epmd.destroyForcibly();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

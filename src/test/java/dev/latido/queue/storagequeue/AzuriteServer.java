package dev.latido.queue.storagequeue;

import static org.awaitility.Awaitility.await;

import dev.latido.ops.Tool;
import dev.latido.queue.BrokerConfig;
import dev.latido.setting.Overrides;
import dev.latido.setting.Section;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.stream.XMLStreamException;

/** A real Azurite, on a port and in a directory of its own, for this machine alone; and what any program may do there. */
public final class AzuriteServer implements AutoCloseable {

    public static final String ACCOUNT = "devstoreaccount1";

    /** The same in each Azurite; Microsoft's documentation has it. */
    public static final String KEY =
            "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final int port;
    private final Path directory;
    private final List<String> options;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Process process;

    private AzuriteServer(List<String> options) throws IOException {
        port = freePort();
        this.options = options;
        directory = Files.createTempDirectory("azurite");
        process = begin();
    }

    /** Starts one with further options; the test is left out where there is none. */
    public static AzuriteServer start(String... options) {
        Tool.require("azurite-queue");
        try {
            AzuriteServer server = new AzuriteServer(List.of(options));
            server.awaitReady();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Process begin() {
        List<String> command = new ArrayList<>(List.of(
                "azurite-queue",
                "--queueHost",
                "127.0.0.1",
                "--queuePort",
                "" + port,
                "--location",
                directory.resolve("data").toString(),
                "--silent",
                "--disableTelemetry", // it would report home
                "--skipApiVersionCheck"));
        command.addAll(options);
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            directory.resolve("output").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitReady() {
        await("Azurite to be ready")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(this::isReady);
    }

    private boolean isReady() throws IOException {
        if (!process.isAlive()) {
            throw new AssertionError(Files.readString(directory.resolve("output")));
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    public int port() {
        return port;
    }

    /** Returns how to come to it by a port that leads there. */
    static StorageConfig config(int port) {
        return config(new JsonObject()
                .put("type", "storage-queue")
                .put("account", ACCOUNT)
                .put("url", "http://127.0.0.1:" + port + "/" + ACCOUNT)
                .put("key", KEY));
    }

    /** Returns what a section of the configuration says. */
    static StorageConfig config(JsonObject section) {
        List<String> problems = new ArrayList<>();
        BrokerConfig config = BrokerConfig.read(
                Section.root(section, Map.of(), new Overrides(Map.of(), Map.of()), problems, setting -> {}));
        if (config == null || !problems.isEmpty()) {
            throw new AssertionError(problems);
        }
        return StorageConfig.of(config);
    }

    /** Ends it in order, so that it has all of what it acknowledged on its disk: it writes that down every five seconds only. */
    public void stop() {
        process.destroy();
        await("Azurite to end").atMost(PATIENCE).until(() -> !process.isAlive());
    }

    /** Starts it again with what it has on its disk. */
    public void restart() {
        process = begin();
        awaitReady();
    }

    /** Tells whether it speaks TLS alone, which what any program may do here does not. */
    boolean isSecure() {
        return options.contains("--cert");
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Has it stand still, and go on. */
    void freeze(boolean isFrozen) {
        try {
            Process kill = new ProcessBuilder("kill", isFrozen ? "-STOP" : "-CONT", "" + process.pid()).start();
            if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new AssertionError("not stopped: " + process.pid());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Does what the REST API has, with the key of the account. */
    HttpResponse<String> call(String method, String path, Map<String, String> parameters, String body) {
        TreeMap<String, String> query = new TreeMap<>(parameters);
        String encoded = query.entrySet().stream()
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        TreeMap<String, String> headers = new TreeMap<>(Map.of(
                "x-ms-date",
                new ServerClock(System::nanoTime, System::currentTimeMillis).date(),
                "x-ms-version",
                "2021-12-02"));
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String type = body.isEmpty() ? "" : "application/xml";
        String authorization =
                new SharedKey(ACCOUNT, KEY).sign(method, bytes.length, type, headers, "/" + ACCOUNT + path, query);
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port + "/" + ACCOUNT + path + "?" + encoded))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(bytes))
                .timeout(PATIENCE)
                .header("Authorization", authorization);
        headers.forEach(request::header);
        if (!body.isEmpty()) {
            request.header("Content-Type", type);
        }
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Has somebody else hand in a text; true when it was acknowledged. */
    public boolean put(String queue, String text) {
        String body = Xml.message(text).toString();
        return call("POST", "/" + queue + "/messages", Map.of("messagettl", "-1"), body)
                        .statusCode()
                == 201;
    }

    /** Takes out all dead letters of a queue, and returns their reasons by a property of theirs. */
    public Map<String, String> deadLetters(String queue, String property) {
        Map<String, String> dead = new TreeMap<>();
        while (true) {
            List<Xml.Told> told = read(call(
                    "GET",
                    "/" + new Names(queue).dead() + "/messages",
                    Map.of("numofmessages", "32", "visibilitytimeout", "600"),
                    ""));
            if (told.isEmpty()) {
                return dead;
            }
            for (Xml.Told each : told) {
                Wire.Dead letter = Wire.dead(each.id(), each.text());
                dead.put(letter.properties().getOrDefault(property, "(another: " + each.text() + ")"), letter.reason());
            }
        }
    }

    List<Xml.Told> peek(String queue) {
        return read(call("GET", "/" + queue + "/messages", Map.of("peekonly", "true", "numofmessages", "32"), ""));
    }

    private static List<Xml.Told> read(HttpResponse<String> answer) {
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
        try {
            return Xml.messages(answer.body().getBytes(StandardCharsets.UTF_8));
        } catch (XMLStreamException e) {
            throw new AssertionError(answer.body(), e);
        }
    }

    /** Returns how many messages there are, hidden ones too. */
    public long count(String queue) {
        return call("GET", "/" + queue, Map.of("comp", "metadata"), "")
                .headers()
                .firstValueAsLong("x-ms-approximate-messages-count")
                .orElse(0);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        await("Azurite to end").atMost(PATIENCE).until(() -> !process.isAlive());
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(AzuriteServer::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.latido.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.latido.Service;
import dev.latido.Services;
import dev.latido.client.CommandConfig;
import dev.latido.client.JobClient;
import dev.latido.http.Contract;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.Refusal;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The service in a cluster, spoken to by JVMs of their own. */
class ClusterTest {

    private static final String NAME = "latido-test";

    private static int port;
    private static Service service;

    @BeforeAll
    static void startService() throws IOException {
        port = freePort();
        service = startService(port, port);
    }

    @AfterAll
    static void stopService() {
        service.stop();
    }

    @Test
    void applicationWithoutOurClassesStartsStopsAndWatchesTheJob(@TempDir Path classes) throws Exception {
        try (ChildProcess app = ChildProcess.start(
                classPathWithoutOurs(classes),
                PlainApplication.class.getName(),
                NAME,
                "" + freePort(),
                "127.0.0.1:" + port)) {
            app.await("joined"::equals);

            assertThat(ask(app, "{'type':'Stop'}").getBoolean("isRunning")).isFalse();

            JsonObject started = ask(app, "{'type':'Start','job':'heartbeat'}");
            assertThat(started.fieldNames())
                    .containsExactly("isRunning", "executionCount", "lastExecutionTime", "message");
            assertThat(started.getBoolean("isRunning")).isTrue();
            assertThat(started.getLong("executionCount")).isPositive();
            assertThat(started.getInstant("lastExecutionTime")).isNotNull();
            assertThat(started.getString("message")).isEqualTo("Job 'heartbeat' started.");
            assertThat(nextEvent(app, "execution.began").getString("job")).isEqualTo("heartbeat");

            assertThat(ask(app, "{'type':'Start'}").getString("message"))
                    .isEqualTo("Job 'heartbeat' is already running.");
            assertThat(ask(app, "{'type':'GetStatus'}").getBoolean("isRunning")).isTrue();
            assertThat(ask(app, "{'type':'Stop'}").getBoolean("isRunning")).isFalse();
            assertThat(nextEvent(app, "job.stopped").getInteger("inFlight")).isZero();
        }
    }

    @Test
    void applicationIsToldWhyItsCommandIsRefused(@TempDir Path classes) throws Exception {
        try (ChildProcess app = ChildProcess.start(
                classPathWithoutOurs(classes),
                PlainApplication.class.getName(),
                NAME,
                "" + freePort(),
                "127.0.0.1:" + port)) {
            app.await("joined"::equals);

            assertThat(failure(app, "{'type':'Start','job':'nope'}"))
                    .isEqualTo("RECIPIENT_FAILURE 404 unknown-job: There is no job 'nope'.");
            assertThat(failure(app, "{'type':'Dance'}"))
                    .startsWith("RECIPIENT_FAILURE 400 malformed-command: Field 'type' must be one of Start, Stop,"
                            + " GetStatus, ");
            assertThat(failure(app, "{'type':'Start','jbo':'heartbeat'}"))
                    .startsWith("RECIPIENT_FAILURE 400 malformed-command: Unknown field 'jbo'");
            assertThat(failure(app, "just text"))
                    .isEqualTo("RECIPIENT_FAILURE 400 malformed-command: A command is a JSON object.");
            assertThat(failure(app, "{'type':'Start','deadline':'2001-01-01T00:00:00Z'}"))
                    .startsWith("RECIPIENT_FAILURE 503 deadline-passed: ");
        }
    }

    /** The bus decodes a reply before anybody of ours sees it. */
    @Test
    void aConsumerWithoutOurClassesRepliesToTheLastDigit(@TempDir Path classes) throws Exception {
        try (ChildProcess app = ChildProcess.start(
                classPathWithoutOurs(classes),
                PlainApplication.class.getName(),
                NAME,
                "" + freePort(),
                "127.0.0.1:" + port)) {
            app.await("joined"::equals);
            HttpRequest submission = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + service.port() + "/api/jobs/exact/executions"))
                    .header("Content-Type", "application/json")
                    .header("Prefer", "wait=50")
                    .POST(HttpRequest.BodyPublishers.ofString("[0.1,0.30000000000000000004]"))
                    .build();
            HttpResponse<String> ended =
                    HttpClient.newHttpClient().send(submission, HttpResponse.BodyHandlers.ofString());
            assertThat(Contract.checked(ended).statusCode()).isEqualTo(200);
            assertThat(ended.body())
                    .contains("\"payload\":[0.1,0.30000000000000000004]")
                    .contains("\"result\":{\"seen\":[0.1,0.3],\"sum\":0.1234567890123456789,\"big\":1E+400,"
                            + "\"long\":9223372036854775807,\"half\":\"\\ud800x\"}");
        }
    }

    @Test
    void jobClientOnAnotherMemberReachesTheOwner() throws Exception {
        Vertx other = join(manager(NAME, freePort(), port));
        try {
            JobClient client = JobClient.create(other, CommandConfig.DEFAULT, CommandConfig.SUBMISSIONS);

            assertThat(client.start(null).await().isRunning()).isTrue();
            assertThat(client.status("heartbeat").await().executionCount()).isPositive();
            assertThat(client.stop(null).await().isRunning()).isFalse();
            assertThatThrownBy(() -> client.start("nope").await())
                    .isInstanceOfSatisfying(
                            CommandException.class,
                            refused -> assertThat(refused.refusal().type()).isEqualTo(Refusal.UNKNOWN_JOB));
        } finally {
            other.close().await();
        }
    }

    @Test
    void httpControlsTheJobOfAClusteredService() throws Exception {
        assertThat(http("POST", "start").getBoolean("isRunning")).isTrue();
        assertThat(http("GET", "status").getBoolean("isRunning")).isTrue();
        assertThat(http("POST", "stop").getBoolean("isRunning")).isFalse();
    }

    @Test
    void secondServiceNodeIsRefused() throws Exception {
        try (ChildProcess second = startMain(freePort(), port)) {
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.await(line -> line.contains("did not start")))
                    .contains("this cluster already has a service node")
                    .contains("Stop that one first, or give this service another cluster.name.");
        }
        assertThat(http("GET", "status").fieldNames()).contains("isRunning");
    }

    @Test
    void newServiceOwnsAfterTheOwnerWasKilled() throws Exception {
        int first = freePort();
        int second = freePort();
        int application = freePort();
        Vertx member;
        try (ChildProcess owner = startMain(first, first)) {
            owner.await(line -> line.contains("Latido is up"));
            // A member that stays keeps the killed owner's claim; with the last member it would be forgotten.
            HazelcastClusterManager manager = manager(NAME, application, first);
            member = join(manager);
            await().until(() ->
                    manager.getHazelcastInstance().getPartitionService().isClusterSafe());
            owner.kill();
        }
        AtomicReference<Service> heir = new AtomicReference<>();
        try {
            await().ignoreExceptionsMatching(refused ->
                            String.valueOf(refused.getMessage()).startsWith("this cluster already has a service node"))
                    .until(() -> {
                        heir.set(startService(second, application));
                        return true;
                    });
            JobClient client = JobClient.create(member, CommandConfig.DEFAULT, CommandConfig.SUBMISSIONS);
            // For a moment the bus may still send to the node that died: then the answer is that repeating is safe.
            await().ignoreExceptionsMatching(lost -> lost instanceof CommandException silent
                            && silent.refusal().type().equals(Refusal.OWNER_SILENT))
                    .untilAsserted(() -> assertThat(client.start(null).await().executionCount())
                            .isPositive());
        } finally {
            if (heir.get() != null) {
                heir.get().stop();
            }
            member.close().await();
        }
    }

    @Test
    void memberOfAnotherClusterNameDoesNotJoin() throws Exception {
        Vertx stranger = join(manager("another-name", freePort(), port));
        try {
            assertThatThrownBy(() -> JobClient.create(stranger, CommandConfig.DEFAULT, CommandConfig.SUBMISSIONS)
                            .status(null)
                            .await())
                    .isInstanceOfSatisfying(
                            CommandException.class,
                            refused -> assertThat(refused.refusal().type()).isEqualTo(Refusal.NO_OWNER));
        } finally {
            stranger.close().await();
        }
    }

    @Test
    @Timeout(15)
    void memberThatIsNotThereDoesNotHoldUpTheStart() throws Exception {
        startService(freePort(), freePort()).stop();
    }

    @Test
    void portThatIsTakenIsNamed() {
        assertThatThrownBy(() -> manager(NAME, port, port))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("cluster.port " + port + " cannot be bound at 127.0.0.1: ");
    }

    private static Service startService(int own, int other) {
        JsonObject jobs = new JsonObject()
                .put("heartbeat", new JsonObject())
                .put("exact", new JsonObject().put("worker", "event-bus"));
        return Services.start(
                new JsonObject().put("jobs", jobs),
                "cluster.enabled",
                "true",
                "cluster.name",
                NAME,
                "cluster.port",
                "" + own,
                "cluster.members",
                String.join(",", members(own, other)));
    }

    private static ChildProcess startMain(int own, int other) throws IOException {
        return ChildProcess.start(
                ChildProcess.ownClassPath(),
                "-Dlogback.configurationFile=logback-process.xml",
                "-Dlatido.http.port=0",
                "-Dlatido.store.directory=" + Services.directory(),
                "-Dlatido.cluster.enabled=true",
                "-Dlatido.cluster.name=" + NAME,
                "-Dlatido.cluster.port=" + own,
                "-Dlatido.cluster.members=" + String.join(",", members(own, other)),
                "dev.latido.Main");
    }

    private static HazelcastClusterManager manager(String cluster, int own, int other) {
        return HazelcastCluster.manager(new ClusterConfig(true, cluster, "127.0.0.1", own, members(other), false));
    }

    private static Vertx join(ClusterManager manager) {
        return Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost("127.0.0.1")))
                .withClusterManager(manager)
                .buildClustered()
                .await();
    }

    /** Only libraries, and a directory that holds the application's class alone. */
    private static List<String> classPathWithoutOurs(Path directory) throws IOException {
        String file = PlainApplication.class.getName().replace('.', '/') + ".class";
        Path copy = directory.resolve(file);
        Files.createDirectories(copy.getParent());
        try (InputStream original = PlainApplication.class.getResourceAsStream("/" + file)) {
            Files.copy(Objects.requireNonNull(original), copy);
        }
        Stream<String> libraries = ChildProcess.ownClassPath().stream()
                .filter(entry -> entry.matches(
                        ".*[/\\\\](vertx-core|vertx-hazelcast|hazelcast|netty|jackson-core)-[^/\\\\]*jar"));
        return Stream.concat(Stream.of(directory.toString()), libraries).toList();
    }

    private static JsonObject ask(ChildProcess app, String command) throws InterruptedException {
        app.tell(command.replace('\'', '"'));
        return json(app.await(line -> line.startsWith("reply ") || line.startsWith("failure ")));
    }

    private static String failure(ChildProcess app, String command) throws InterruptedException {
        app.tell(command.replace('\'', '"'));
        String line = app.await(answer -> answer.startsWith("reply ") || answer.startsWith("failure "));
        return line.substring("failure ".length());
    }

    private static JsonObject nextEvent(ChildProcess app, String type) throws InterruptedException {
        return json(app.await(line -> line.startsWith("event ") && line.contains("\"type\":\"" + type + "\"")));
    }

    private static JsonObject json(String line) {
        return new JsonObject(line.substring(line.indexOf('{')));
    }

    private static JsonObject http(String method, String action) throws IOException, InterruptedException {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.port() + "/api/job/" + action))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(Contract.checked(response).statusCode()).isEqualTo(200);
        return new JsonObject(response.body());
    }

    private static List<String> members(int... ports) {
        return Arrays.stream(ports)
                .distinct()
                .mapToObj(member -> "127.0.0.1:" + member)
                .toList();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}

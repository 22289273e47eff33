package dev.latido.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.Service;
import dev.latido.Services;
import dev.latido.client.CommandConfig;
import dev.latido.client.JobClient;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.TimeSource;
import dev.latido.owner.Endings;
import dev.latido.protocol.Addresses;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Submission;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Members that work for a service and are gone before they answer. All jobs have a time-out that is far beyond that of
 * the tests: whatever ends here does so because the cluster knew.
 */
@Timeout(180)
class WorkerLostTest {

    private static final String NAME = "latido-lost";
    private static final Duration RETRY_DELAY = Duration.ofMillis(300);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MANY = 100;

    private static int servicePort;
    private static Service service;
    private static JobClient client;

    @BeforeAll
    static void startService() throws IOException {
        servicePort = freePort();
        service = startService(servicePort, servicePort);
        client = client(service);
    }

    @AfterAll
    static void stopService() {
        service.stop();
    }

    private static Service startService(int own, int other) {
        JsonObject retry = new JsonObject()
                .put("attempts", 2)
                .put("delay", RETRY_DELAY.toMillis() + "ms")
                .put("jitter", false);
        JsonObject job = new JsonObject()
                .put("worker", "event-bus")
                .put("timeout", "1h")
                .put("concurrency", 1)
                .put("retry", retry);
        JsonObject jobs = new JsonObject()
                .put("one", job)
                .put("many", job.copy().put("concurrency", MANY))
                .put("killer", job)
                .put("leaving", job)
                .put("living", job)
                .put("hanging", job);
        return Service.start(
                Services.config(
                        new JsonObject().put("jobs", jobs),
                        "cluster.enabled",
                        "true",
                        "cluster.name",
                        NAME,
                        "cluster.port",
                        "" + own,
                        "cluster.members",
                        "127.0.0.1:" + own + ",127.0.0.1:" + other,
                        "shutdown.grace",
                        "0ms"),
                new Endings(broken -> {}, fenced -> {}, fault -> {}));
    }

    private static JobClient client(Service service) {
        return JobClient.inProcess(
                service.vertx(),
                CommandConfig.DEFAULT,
                CommandConfig.SUBMISSIONS,
                TimeSource.system(),
                CommandObserver.NONE,
                () -> null);
    }

    /** A worker in a JVM of its own. */
    private record Worker(ChildProcess process, int port) implements AutoCloseable {

        static Worker start(int member, String... jobs) throws Exception {
            return start(freePort(), member, List.of(), jobs);
        }

        /** Starts a worker that looks for the cluster at the port {@code member}; at its own it begins one. */
        static Worker start(int port, int member, List<String> properties, String... jobs) throws Exception {
            List<String> arguments = new ArrayList<>(properties);
            arguments.addAll(List.of(
                    "-Dlogback.configurationFile=logback-process.xml",
                    PlainWorker.class.getName(),
                    NAME,
                    "" + port,
                    "127.0.0.1:" + member,
                    String.join(
                            ",",
                            Stream.of(jobs).map(Addresses.WORK_PREFIX::concat).toList())));
            Worker worker =
                    new Worker(ChildProcess.start(ChildProcess.ownClassPath(), arguments.toArray(String[]::new)), port);
            worker.process.await("working"::equals);
            return worker;
        }

        void order(String order) throws InterruptedException {
            process.tell(order);
            process.await(order::equals);
        }

        void awaitWork(Object payload) throws InterruptedException {
            process.await(line -> line.startsWith("got " + payload + " "));
        }

        String result() {
            return "" + port;
        }

        @Override
        public void close() {
            process.close();
        }
    }

    private static List<ExecutionId> submit(JobClient client, String job, List<String> payloads) {
        return client
                .submit(job, payloads.stream().map(Submission::of).toList(), Duration.ofSeconds(10))
                .await()
                .answers()
                .stream()
                .map(answer -> ((ExecutionView) answer).id())
                .toList();
    }

    private static ExecutionView ended(JobClient client, ExecutionId id) {
        return client.awaitExecution(id, JobClient.MAX_WAIT).await();
    }

    private static void assertDoneBy(Worker worker, ExecutionView done) {
        assertThat(done.state()).as("%s", done).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.result()).isEqualTo(worker.result());
    }

    private static void assertLostOnceAndDoneBy(Worker worker, ExecutionView done, Worker lost) {
        assertDoneBy(worker, done);
        assertThat(done.failures())
                .singleElement()
                .satisfies(failure ->
                        assertThat(failure.error()).startsWith("worker-lost: ").contains("127.0.0.1:" + lost.port))
                .satisfies(failure -> assertThat(done.startedAt())
                        .isAfterOrEqualTo(failure.endedAt().plus(RETRY_DELAY)));
    }

    @Test
    void theWorkOfAKilledMemberIsDoneByAnother() throws Exception {
        try (Worker first = Worker.start(servicePort, "one", "many")) {
            first.order("keep");
            ExecutionId one =
                    submit(client, "one", List.of("\"of another job\"")).get(0);
            List<ExecutionId> many = submit(
                    client,
                    "many",
                    IntStream.range(0, MANY).mapToObj(Integer::toString).toList());
            first.awaitWork("of another job");
            for (int i = 0; i < MANY; i++) {
                first.awaitWork(i);
            }
            try (Worker second = Worker.start(servicePort, "one", "many")) {
                first.process.kill();
                assertLostOnceAndDoneBy(second, ended(client, one), first);
                for (ExecutionId id : many) {
                    assertLostOnceAndDoneBy(second, ended(client, id), first);
                }
            }
        }
    }

    @Test
    void theEldestMemberMayBeTheOneThatIsKilled() throws Exception {
        int elderPort = freePort();
        try (Worker elder = Worker.start(elderPort, elderPort, List.of(), "one")) {
            elder.order("keep");
            int port = freePort();
            Service joined = startService(port, elderPort);
            try {
                JobClient own = client(joined);
                ExecutionId id = submit(own, "one", List.of("1")).get(0);
                elder.awaitWork(1);
                try (Worker younger = Worker.start(port, "one")) {
                    elder.process.kill();
                    assertLostOnceAndDoneBy(younger, ended(own, id), elder);
                }
            } finally {
                joined.stop();
            }
        }
    }

    @Test
    void anItemThatKillsEachMemberThatGetsItIsADeadLetter() throws Exception {
        try (Worker first = Worker.start(servicePort, "killer");
                Worker second = Worker.start(servicePort, "killer");
                Worker third = Worker.start(servicePort, "killer")) {
            List<ExecutionId> items = submit(client, "killer", List.of("\"die\"", "1", "2", "3"));
            ExecutionView dead = ended(client, items.get(0));
            assertThat(dead.state()).isEqualTo(ExecutionState.FAILED);
            assertThat(dead.error()).startsWith("worker-lost: ");
            assertThat(dead.failures())
                    .hasSize(2)
                    .allSatisfy(failure -> assertThat(failure.error()).startsWith("worker-lost: "));
            assertThat(dead.failures().stream().map(ExecutionView.Failure::error))
                    .doesNotHaveDuplicates(); // each names another member
            for (ExecutionId innocent : items.subList(1, items.size())) {
                ExecutionView done = ended(client, innocent);
                assertThat(done.state()).isEqualTo(ExecutionState.SUCCEEDED);
                assertThat(done.failures()).isEmpty();
                assertThat(List.of(first.result(), second.result(), third.result()))
                        .contains(done.result());
            }
        }
    }

    @Test
    void aMemberThatLeavesInOrderLosesWhatItHasNotAnswered() throws Exception {
        try (Worker leaving = Worker.start(servicePort, "leaving")) {
            ExecutionId id = submit(client, "leaving", List.of("\"keep\"")).get(0);
            leaving.awaitWork("keep");
            leaving.order("close");
            try (Worker other = Worker.start(servicePort, "leaving")) {
                other.awaitWork("keep");
                other.order("answer");
                assertLostOnceAndDoneBy(other, ended(client, id), leaving);
            }
        }
    }

    @Test
    void whatALivingMemberHasIsWaitedForWhoeverElseLeaves() throws Exception {
        try (Worker living = Worker.start(servicePort, "living")) {
            ExecutionId id = submit(client, "living", List.of("\"keep\"")).get(0);
            living.awaitWork("keep");
            living.order("unregister"); // its consumer is gone, the work is not
            try (Worker idle = Worker.start(servicePort, "nobody's")) {
                List<String> before = nodes();
                idle.process.kill();
                await().atMost(PATIENCE).until(() -> !nodes().containsAll(before));
            }
            living.order("answer");
            ExecutionView done = ended(client, id);
            assertDoneBy(living, done);
            assertThat(done.failures()).isEmpty();
        }
    }

    private static List<String> nodes() {
        return ((VertxInternal) service.vertx()).clusterManager().getNodes();
    }

    /** A member that stands still while the cluster still moves data to or from it can hold others up with it. */
    private static void awaitSettledCluster() {
        var manager = (HazelcastClusterManager) ((VertxInternal) service.vertx()).clusterManager();
        await().atMost(PATIENCE)
                .until(() ->
                        manager.getHazelcastInstance().getPartitionService().isClusterSafe());
    }

    @Test
    void aMemberThatStandsStillIsLostAndWhatItAnswersLaterCountsForNothing() throws Exception {
        try (Worker still = Worker.start(servicePort, "hanging")) {
            still.order("keep");
            ExecutionId id = submit(client, "hanging", List.of("1")).get(0);
            still.awaitWork(1);
            try (Worker other = Worker.start(servicePort, "hanging")) {
                awaitSettledCluster();
                still.process.signal("STOP");
                ExecutionView done = ended(client, id);
                assertLostOnceAndDoneBy(other, done, still);
                still.process.signal("CONT");
                still.order("answer");
                assertThat(client.execution(id).await()).isEqualTo(done);
            }
        }
    }

    /** It stands still until the others have gone on without it, which costs it the work that they have. */
    @Test
    void aServiceThatWasCutOffHasItsWorkDoneOnceItIsBack(@TempDir Path directory) throws Exception {
        int port = freePort();
        List<String> impatient =
                List.of("-Dhazelcast.max.no.heartbeat.seconds=5", "-Dhazelcast.heartbeat.interval.seconds=1");
        try (Worker elder = Worker.start(port, port, impatient, "one");
                ChildProcess main = startMain(directory, port);
                Worker younger = Worker.start(freePort(), port, impatient, "one")) {
            String up = main.await(line -> line.contains("Latido is up at "));
            URI api = URI.create(up.replaceAll(".* at (http://[^ ]+) .*", "$1/api/"));
            elder.order("keep");
            younger.order("keep");
            URI before = handIn(api);
            await().atMost(PATIENCE).until(() -> json(before).getString("state").equals("running"));
            main.signal("STOP");
            elder.process.await("left"::equals);
            elder.order("work");
            younger.order("work");
            main.signal("CONT");
            URI after = handIn(api);
            for (URI execution : List.of(before, after)) {
                await().atMost(PATIENCE)
                        .until(() -> json(execution).getString("state").equals("succeeded"));
            }
        }
    }

    private static ChildProcess startMain(Path directory, int member) throws IOException {
        int own = freePort();
        Path file = directory.resolve("latido.yaml");
        Files.writeString(file, """
                http: {port: 0}
                store: {directory: "%s"}
                cluster: {enabled: true, name: %s, port: %d, members: ["127.0.0.1:%d", "127.0.0.1:%d"]}
                jobs: {one: {worker: event-bus, timeout: 1h, concurrency: 2}}
                """.formatted(directory.resolve("store"), NAME, own, own, member));
        return ChildProcess.start(
                ChildProcess.ownClassPath(),
                "-Dlogback.configurationFile=logback-process.xml",
                "-Dlatido.config=" + file,
                "dev.latido.Main");
    }

    private static URI handIn(URI api) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(api.resolve("jobs/one/executions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        HttpResponse<Void> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding());
        return api.resolve(response.headers().firstValue("Location").orElseThrow());
    }

    private static JsonObject json(URI resource) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(resource).build();
        return new JsonObject(HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}

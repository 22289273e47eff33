package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.RawClient;
import dev.latido.http.RawResponse;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The life of the program as the operating system and its operators see it. */
@DisabledOnOs(OS.WINDOWS) // has no SIGTERM
class MainProcessTest {

    private static final String HOST = "Host: localhost\r\n";
    private static final String STATUS = "GET /api/job/status HTTP/1.1\r\n" + HOST + "\r\n";
    private static final String READY = "GET /health/ready HTTP/1.1\r\n" + HOST + "\r\n";
    private static final String START = "POST /api/job/start HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n";

    private static void assertNoStackTrace(List<String> lines) {
        assertThat(lines).noneMatch(line -> line.startsWith("\tat ") || line.contains("Exception"));
    }

    @Test
    void saysWhatItReadsAndWhereItServesAndEndsWithZeroOnSigterm() {
        long begun = System.nanoTime();
        try (MainProcess program = MainProcess.start(Map.of())) {
            int port = program.awaitPort();
            assertThat(program.lines()).as("what it says at start").hasSize(3);
            assertThat(program.lines().get(0)).contains(" - a new store is made at /");
            assertThat(program.lines().get(1))
                    .matches(".* INFO  latido - (Configuration from|No configuration file, as there is no) /.*"
                            + "/conf/latido.yaml; stored in /.+");
            assertThat(program.awaitUp().group(2)).isEqualTo("heartbeat");
            assertThat(RawClient.exchange(port, STATUS).status()).isEqualTo(200);
            System.out.printf("JVM start to first 200: %d ms%n", (System.nanoTime() - begun) / 1_000_000);
            assertThat(RawClient.exchange(port, START).status()).isEqualTo(200);

            program.terminate();
            assertThat(program.awaitExit()).isZero();
            assertThat(program.lines().get(program.lines().size() - 1)).endsWith("latido - Stopped");
            assertNoStackTrace(program.lines());
            assertThat(program.lines()).noneMatch(line -> line.contains(" ERROR "));
        }
    }

    /** A terminal that is closed, or a log that is rotated by somebody who thinks that this is a daemon of old. */
    @Test
    void stopsInOrderOnSighupToo() throws Exception {
        List<String> notIgnored = List.of("env", "--default-signal=HUP"); // whoever runs the tests may be under nohup
        try (MainProcess program = MainProcess.startUnder(notIgnored, Map.of())) {
            program.awaitPort();
            program.signal("HUP");
            assertThat(program.awaitExit()).isZero();
            assertThat(program.lines().get(program.lines().size() - 1)).endsWith("latido - Stopped");
        }
    }

    /** Nothing is loaded and compiled yet that serves requests, so that whatever is hard on the stack or slow is so now. */
    @Test
    void answersWhateverComesFirst() {
        String path = "/api/jobs/heartbeat/executions";
        String json = HOST + "Content-Type: application/json\r\n";
        try (MainProcess program = MainProcess.start(Map.of())) {
            int port = program.awaitPort();
            assertThat(RawClient.exchange(port, "GET /x" + "/".repeat(3_900) + " HTTP/1.1\r\n" + HOST + "\r\n")
                            .status())
                    .isEqualTo(404);
            assertThat(RawClient.exchange(port, "GET /" + "%41/../".repeat(500) + " HTTP/1.1\r\n" + HOST + "\r\n")
                            .status())
                    .isEqualTo(200);
            assertThat(RawClient.exchange(port, "GET /api/jobs?" + "a&".repeat(2_000) + " HTTP/1.1\r\n" + HOST + "\r\n")
                            .status())
                    .isEqualTo(400);
            for (String body :
                    List.of("[".repeat(1_000_000), "1,".repeat(500_000), "\"" + "\\u0041".repeat(160_000) + "\"")) {
                assertThat(RawClient.exchange(
                                        port,
                                        "POST " + path + " HTTP/1.1\r\n" + json + "Content-Length: " + body.length()
                                                + "\r\n\r\n" + body)
                                .status())
                        .isIn(202, 400);
            }
            assertThat(RawClient.exchange(port, STATUS).status()).isEqualTo(200);
            program.terminate();
            assertThat(program.awaitExit()).isZero();
            assertNoStackTrace(program.lines());
        }
    }

    @Test
    void takesSettingsFromFileEnvironmentAndProperties(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("my.yaml"), """
                jobs:
                  from-file: {every: 1h}
                  other: {every: 1h}
                defaultJob: other
                shutdown: {grace: 2s}
                """);
        Map<String, String> environment =
                Map.of("LATIDO_CONFIG", file.toString(), "LATIDO_JOBS_FROM_FILE_AUTOSTART", "true");
        try (MainProcess program = MainProcess.start(environment, "defaultJob=from-file")) {
            int port = program.awaitPort();
            assertThat(program.lines()).anyMatch(line -> line.endsWith("jobs: from-file, other"));
            RawResponse status = RawClient.exchange(port, STATUS);
            assertThat(status.json().getString("message")).contains("from-file");
            assertThat(status.json().getBoolean("isRunning")).isTrue();
        }
    }

    @Test
    void argumentNamesTheFileBeforeTheVariable(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("my.yaml"), "jobs: {from-file: {every: 1h}}\n");
        Map<String, String> environment = Map.of("LATIDO_CONFIG", "nowhere.yaml");
        try (MainProcess program = MainProcess.startTold(environment, "serve", "--config", file.toString())) {
            assertThat(program.awaitUp().group(2)).isEqualTo("from-file");
        }
        try (MainProcess program = MainProcess.startTold(environment, "--config=" + directory.resolve("no.yaml"))) {
            assertThat(program.awaitExit()).isEqualTo(2);
            assertThat(String.join("\n", program.lines())).contains("no.yaml: cannot be read");
        }
    }

    @Test
    void startsInAKubernetesNamespaceAndTellsOnceWhatItIgnores() {
        try (MainProcess program = MainProcess.start(KubernetesLinks.ofBusyNamespace())) {
            assertThat(RawClient.exchange(program.awaitPort(), STATUS).status()).isEqualTo(200);
            assertThat(program.lines().stream().filter(line -> line.contains(" WARN ")))
                    .singleElement()
                    .asString()
                    .contains("Services latido-cluster, latido-grafana, latido-http;", "does not set http.port");
        }
    }

    @Test
    void refusesBadConfigurationWithAllItsProblems(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("bad.yaml"), "http: {hots: x, maxBodyBytes: 0}\n");
        Map<String, String> environment = Map.of("LATIDO_COMMANDS_TIMEOUT", "soon", "LATIDO_NOPE", "1");
        try (MainProcess program =
                MainProcess.start(environment, "config=" + file, "http.host=0.0.0.0", "jobs.heartbeat.evry=1s")) {
            assertThat(program.awaitExit()).isEqualTo(2);
            assertThat(String.join("\n", program.lines()))
                    .contains(
                            "Latido did not start. The configuration has 6 problems:",
                            "  http.hots: is not a setting",
                            "  http.maxBodyBytes: must be",
                            "  http.host: '0.0.0.0' can be reached from other machines",
                            "  commands.timeout: must be a time",
                            "  LATIDO_NOPE: this environment variable names no setting",
                            "  latido.jobs.heartbeat.evry: this system property names no setting");
            assertNoStackTrace(program.lines());
        }
    }

    @Test
    void saysWhichPortIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
                MainProcess program = MainProcess.start(Map.of(), "http.port=" + taken.getLocalPort())) {
            assertThat(program.awaitExit()).isEqualTo(1);
            assertThat(program.lines())
                    .filteredOn(line -> !line.contains(" a new store is made at "))
                    .singleElement()
                    .asString()
                    .contains("Latido did not start: ", "127.0.0.1:" + taken.getLocalPort(), "in use");
        }
    }

    /** As in a rolling update with one volume: the new process is there before the old one has ended. */
    @Test
    void waitsForTheProcessBeforeItAndIsNotReadyMeanwhile(@TempDir Path directory) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            port = free.getLocalPort();
        }
        String store = "store.directory=" + directory;
        try (MainProcess old = MainProcess.start(Map.of(), store)) {
            assertThat(RawClient.exchange(old.awaitPort(), START).status()).isEqualTo(200);
            try (MainProcess next = MainProcess.start(Map.of(), store, "store.waitForLock=10m", "http.port=" + port)) {
                next.awaitLine("waiting for its end for up to 600 s (store.waitForLock)");
                await().atMost(Duration.ofSeconds(30))
                        .ignoreExceptions()
                        .untilAsserted(
                                () -> assertThat(RawClient.exchange(port, READY).status())
                                        .isEqualTo(503));
                RawClient.exchange(port, STATUS).assertProblem(503, "starting");
                assertThat(RawClient.exchange(port, READY.replace("ready", "live"))
                                .status())
                        .isEqualTo(200);

                old.terminate();
                assertThat(old.awaitExit()).isZero();
                assertThat(next.awaitPort()).isEqualTo(port);
                assertThat(RawClient.exchange(port, STATUS).json().getBoolean("isRunning"))
                        .isTrue();
            }
        }
    }

    @Test
    void answersRequestThatIsUnderWayAtSigterm() {
        try (MainProcess program = MainProcess.start(Map.of())) {
            int port = program.awaitPort();
            try (RawClient busy = new RawClient(port);
                    RawClient idle = new RawClient(port)) {
                busy.send(
                        "POST /api/job/stop HTTP/1.1\r\n" + HOST + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
                assertThat(busy.read().status()).isEqualTo(100);
                program.terminate();
                assertThat(idle.readUntilClosed()).isEmpty();
                RawResponse answer = busy.send("{}").read();
                answer.assertProblem(503, "stopping");
                assertThat(answer.header("Retry-After")).isPresent();
                assertThat(busy.readUntilClosed()).isEmpty();
            }
            assertThat(program.awaitExit()).isZero();
            assertNoStackTrace(program.lines());
        }
    }

    @Test
    void isUnreadyAtOnceOnSigtermAndHurriesOnSecondOne() {
        try (MainProcess program = MainProcess.start(Map.of(), "shutdown.notReadyFor=2m")) {
            int port = program.awaitPort();
            assertThat(RawClient.exchange(port, READY).status()).isEqualTo(200);
            program.terminate();
            await().untilAsserted(() ->
                    assertThat(RawClient.exchange(port, READY).status()).isEqualTo(503));
            assertThat(RawClient.exchange(port, STATUS).status()).isEqualTo(200);
            assertThat(RawClient.exchange(port, START).status()).isEqualTo(200);

            program.terminate();
            assertThat(program.awaitExit()).isEqualTo(1); // long before the two minutes are over
            program.awaitLine("A second signal (SIGTERM): not waiting any more");
            assertThat(program.lines().get(program.lines().size() - 1)).endsWith("latido - Stopped");
        }
    }
}

package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.http.RawClient;
import dev.latido.http.RawResponse;
import dev.latido.process.ProcessEnd;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When the real program ends by itself, with which code, what it says last, and what is there afterwards. */
@DisabledOnOs(OS.WINDOWS) // has no SIGTERM
class ProcessEndTest {

    private static final String SMALL_HEAP = "-Xmx96m";

    @TempDir
    Path directory;

    private JsonObject file(JsonObject worker) {
        JsonObject faulty = new JsonObject().put("worker", worker).put("retry", new JsonObject().put("attempts", 1));
        return new JsonObject().put("jobs", new JsonObject().put("work", faulty).put("other", new JsonObject()));
    }

    private static JsonObject faultyWorker(boolean isBlocking) {
        return new JsonObject()
                .put("type", "class")
                .put("class", FaultyWorker.class.getName())
                .put("blocking", isBlocking);
    }

    private MainProcess start(JsonObject worker, String... jvmOptions) {
        return MainProcess.startWith(List.of(jvmOptions), file(worker), "store.directory=" + directory);
    }

    /** Returns the last words, which go straight out; lines of the log that were queued may still follow. */
    private static String last(MainProcess program) {
        return program.lines().stream()
                .filter(line -> line.startsWith("Latido ends"))
                .reduce((before, last) -> last)
                .orElseThrow(() -> new AssertionError(String.join("\n", program.lines())));
    }

    private static String accepted(RawResponse answer) {
        assertThat(answer.status()).as(answer::toString).isEqualTo(202);
        return answer.json().getString("id");
    }

    /** Hands in work that is kept, and work that takes all memory; returns the ids of what was accepted. */
    private static List<String> submit(ApiClient api, String fault) throws ApiClient.Died {
        List<String> ids = new ArrayList<>();
        assertThat(api.post("/api/jobs/other/stop", "").status()).isEqualTo(200);
        for (int i = 0; i < 20; i++) {
            ids.add(accepted(api.post("/api/jobs/other/executions", "{\"number\":" + i + "}")));
        }
        assertThat(api.post("/api/jobs/work/stop", "").status()).isEqualTo(200);
        ids.add(accepted(api.post("/api/jobs/work/executions", "\"" + fault + "\"")));
        return ids;
    }

    private void assertAllIsThere(List<String> ids) throws ApiClient.Died {
        try (MainProcess program = start(new JsonObject().put("type", "log"));
                ApiClient api = new ApiClient(program.awaitPort())) {
            for (String id : ids) {
                assertThat(api.get("/api/executions/" + id).status()).isEqualTo(200);
            }
            program.terminate();
            assertThat(program.awaitExit()).isEqualTo(ProcessEnd.OK);
        }
    }

    @Test
    void endsAfterAFaultInTheOwnerAndSaysWhatTheNextStartDoes() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dlogback.configurationFile=logback-process.xml",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FaultedProcess.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(ProcessEnd.OWNER_FAULT);
        assertThat(output.lines().reduce((before, last) -> last).orElseThrow())
                .startsWith("Latido ends (exit code 4): a fault in the owner while it worked for job 'email': ")
                .contains("half of it", "Started again, it leaves that job aside and runs all others.");
    }

    @ParameterizedTest
    @CsvSource({
        "heap, false, Java heap space",
        "heap, true, Java heap space",
        "direct memory, false, direct",
        "wrapped, false, wrapped",
        "elsewhere, false, Java heap space",
        "on a timer, false, Java heap space",
        "only logged, false, logged"
    })
    void endsWhenMemoryRunsOutAndHasKeptWhatItAcknowledged(String fault, boolean isBlocking, String what)
            throws ApiClient.Died {
        List<String> ids;
        try (MainProcess program = start(faultyWorker(isBlocking), SMALL_HEAP, "-XX:MaxDirectMemorySize=64m");
                ApiClient api = new ApiClient(program.awaitPort())) {
            ids = submit(api, fault);
            try {
                api.post("/api/jobs/work/start", "");
            } catch (ApiClient.Died ofIt) {
                // as it may
            }
            assertThat(program.awaitExit())
                    .as(() -> String.join("\n", program.lines()))
                    .isEqualTo(ProcessEnd.OUT_OF_MEMORY);
            assertThat(last(program))
                    // there may not even be enough to say of what
                    .matches("Latido ends \\(exit code 5\\): out of memory(: .*" + what + ".*)?\\. What .*")
                    .contains("-Xmx", "-XX:MaxDirectMemorySize");
        }
        assertAllIsThere(ids);
    }

    /** Of direct memory that has been used up only the network's own code sees that there is none. */
    @Test
    void endsWhenTheNetworkHasNoMemory() throws ApiClient.Died {
        List<RawClient> clients = new ArrayList<>();
        try (MainProcess program = start(faultyWorker(true), "-XX:MaxDirectMemorySize=16m");
                ApiClient api = new ApiClient(program.awaitPort())) {
            int port = program.awaitPort();
            List<String> ids = submit(api, "leaves none");
            try {
                api.post("/api/jobs/work/start", "");
                String taken = "/api/executions/" + ids.get(ids.size() - 1);
                while (!api.get(taken).body().contains("\"succeeded\"")) {
                    LockSupport.parkNanos(10_000_000);
                }
                for (int i = 0; i < 200; i++) {
                    RawClient client = RawClient.withSmallBuffer(port);
                    clients.add(client);
                    client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
                }
            } catch (ApiClient.Died | UncheckedIOException ofIt) {
                // as it may
            }
            assertThat(program.awaitExit())
                    .as(() -> String.join("\n", program.lines()))
                    .isEqualTo(ProcessEnd.OUT_OF_MEMORY);
            assertThat(last(program)).startsWith("Latido ends (exit code 5): out of memory");
        } finally {
            clients.forEach(RawClient::close);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"throw", "hang"})
    void endsForABrokenStoreWhateverBecomesOfTheLog(String how) throws ApiClient.Died {
        List<String> limited = List.of("sh", "-c", "ulimit -f 4096 && exec \"$@\"", "limited");
        List<String> options =
                List.of("-Dlogback.configurationFile=logback-faulty.xml", "-D" + FaultyAppender.HOW + "=" + how);
        try (MainProcess program = MainProcess.start(limited, options, Map.of(), "store.directory=" + directory);
                ApiClient api = new ApiClient(program.awaitPort())) {
            String payload = "\"" + "x".repeat(30_000) + "\"";
            try {
                for (int i = 0; i < 1_000; i++) {
                    accepted(api.post("/api/jobs/heartbeat/executions", payload));
                }
            } catch (ApiClient.Died ofIt) {
                // as it has to
            }
            assertThat(program.awaitExit()).isEqualTo(ProcessEnd.STORE_BROKEN);
            assertThat(last(program))
                    .startsWith("Latido ends (exit code 3): cannot write to ")
                    .endsWith("Check the disk and the files: all that was acknowledged was written to them.");
        }
    }

    /** A class that cannot be initialised once never can, so that no later exception could be logged. */
    @Test
    void anExhaustedStackLeavesTheLogAndSignalsAsTheyWere() throws ApiClient.Died {
        try (MainProcess program = start(faultyWorker(false));
                ApiClient api = new ApiClient(program.awaitPort())) {
            String prefer = "Prefer: wait=20";
            assertThat(api.post("/api/jobs/work/executions", "\"stack\"", prefer)
                            .status())
                    .isEqualTo(200);
            JsonArray logged = new JsonArray(program.lines());
            assertThat(logged).anyMatch(line -> line.toString().contains("FaultyWorker - deep"));
            assertThat(api.post("/api/jobs/work/executions", "\"stack\"", prefer)
                            .json()
                            .getString("state"))
                    .isEqualTo("succeeded");
            program.terminate();
            assertThat(program.awaitExit()).isEqualTo(ProcessEnd.OK);
            assertThat(program.lines()).noneMatch(line -> line.contains("Could not initialize class"));
        }
    }
}

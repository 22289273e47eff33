package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The log of the real program, written as a file of the user's own says, by whoever hands in work. */
@DisabledOnOs(OS.WINDOWS) // has no SIGTERM
class ForgedLineTest {

    private static final String FOREIGN =
            "x\n2026-01-01T00:00:00.000Z ERROR latido - forged\u001b[31m\u009b\u2028\u202e" + "\udb40\udc41";
    private static final String SHOWN =
            "x\\n2026-01-01T00:00:00.000Z ERROR latido - forged\\u001b[31m\\u009b\\u2028\\u202e\\udb40\\udc41";

    private static int post(int port, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static void assertNothingForged(List<String> lines) {
        assertThat(lines).noneMatch(line -> line.startsWith("2026-01-01"));
        assertThat(String.join("", lines).replace("\t", "")).doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");
    }

    @Test
    void neitherAWorkersErrorNorAPayloadForgesALine() throws Exception {
        JsonObject jobs = new JsonObject()
                .put("log", new JsonObject())
                .put(
                        "forge",
                        new JsonObject()
                                .put(
                                        "worker",
                                        new JsonObject()
                                                .put("type", "class")
                                                .put("class", ForgingWorker.class.getName()))
                                .put("retry", new JsonObject().put("attempts", 1)));
        try (MainProcess program = MainProcess.start(new JsonObject().put("jobs", jobs))) {
            int port = program.awaitPort();
            String payload = new JsonArray().add(FOREIGN).encode(); // with what JSON need not escape as it is
            for (String job : List.of("log", "forge")) {
                assertThat(post(port, "/api/jobs/" + job + "/executions", payload))
                        .isEqualTo(202);
            }
            program.awaitLine("log: execution ");
            program.awaitLine("java.lang.IllegalStateException: " + SHOWN);
            program.awaitLine("forge: execution ");
            assertThat(post(port, "/api/jobs/no%0A2026-01-01%1B%C2%9B/executions", payload))
                    .isEqualTo(400);
            program.terminate();
            program.awaitExit();
            assertNothingForged(program.lines());
        }
    }

    @Test
    void noValueOfTheConfigurationForgesALineOfItsRefusal() {
        // without what YAML does not take
        String foreign = "x\n2026-01-01T00:00:00.000Z ERROR latido - forged\u001b[31m\u2028\u202e";
        JsonObject file =
                new JsonObject().put("defaultJob", "no " + foreign).put("log", new JsonObject().put("level", foreign));
        try (MainProcess program = MainProcess.start(file)) {
            assertThat(program.awaitExit()).isEqualTo(2);
            assertThat(program.lines().get(0)).endsWith("Latido did not start. The configuration has 2 problems:");
            assertThat(program.lines().subList(1, program.lines().size()))
                    .hasSize(2)
                    .allMatch(line -> line.startsWith("  "));
            assertNothingForged(program.lines());
        }
    }
}

package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.http.RawResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The real program on a disk that fails: it ends at once, and what it had acknowledged is there. */
@EnabledOnOs(OS.LINUX)
class BrokenDiskTest {

    private static final int MAX_SUBMISSIONS = 1_000;
    private static final String PAYLOAD = "\"" + "x".repeat(30_000) + "\"";
    private static final String LARGE = "\"" + "x".repeat(700_000) + "\"";

    @TempDir
    Path directory;

    private final List<String> accepted = new ArrayList<>();
    private String directorySetting = "";

    @BeforeEach
    void name() {
        directorySetting = "store.directory=" + directory;
    }

    /** Starts the program where no file may become larger than {@code mebibytes}: writing beyond that is an error (EFBIG). */
    private MainProcess startLimited(int mebibytes) {
        List<String> limited = List.of("sh", "-c", "ulimit -f " + mebibytes * 2_048 + " && exec \"$@\"", "limited");
        return MainProcess.startUnder(limited, Map.of(), directorySetting);
    }

    /** Hands in work until the program ends. */
    private void submitUntilItEnds(int port, String payload) {
        try (ApiClient api = new ApiClient(port)) {
            submit(api, MAX_SUBMISSIONS, payload);
            throw new AssertionError("it goes on and on");
        } catch (ApiClient.Died expected) {
            assertThat(accepted).isNotEmpty();
        }
    }

    private void submit(ApiClient api, int count, String payload) throws ApiClient.Died {
        for (int i = 0; i < count; i++) {
            RawResponse answer = api.post("/api/jobs/heartbeat/executions", payload);
            assertThat(answer.status()).as(answer::toString).isEqualTo(202);
            accepted.add(answer.json().getString("id"));
        }
    }

    /** Makes a database of some 700 KB for each submission, with nothing in its log. */
    private void fillInOrder(int submissions) throws ApiClient.Died {
        try (MainProcess program = MainProcess.start(Map.of(), directorySetting);
                ApiClient api = new ApiClient(program.awaitPort())) {
            submit(api, submissions, LARGE);
            program.terminate();
            assertThat(program.awaitExit()).isZero();
        }
    }

    private static void assertEndedForTheDisk(MainProcess program, String what) {
        assertThat(program.awaitExit()).isEqualTo(3);
        assertThat(program.lines()).anyMatch(line -> line.contains("Latido ends: cannot " + what + " "));
        assertThat(program.lines().get(program.lines().size() - 1))
                .endsWith(
                        "The store can no longer be relied on. Check the disk and the files: all that was acknowledged was written to them.");
    }

    @Test
    void endsWhenTheDiskFailsAndHasKeptWhatItAcknowledged() throws Exception {
        try (MainProcess program = startLimited(4)) {
            submitUntilItEnds(program.awaitPort(), PAYLOAD);
            assertEndedForTheDisk(program, "write to");
        }
        assertAllIsThere(PAYLOAD);
    }

    private void assertAllIsThere(String payload) throws ApiClient.Died {
        try (MainProcess program = MainProcess.start(Map.of(), directorySetting);
                ApiClient api = new ApiClient(program.awaitPort())) {
            List<RawResponse> answers = api.getAll(
                    accepted.stream().map(id -> "/api/executions/" + id).toList());
            for (RawResponse answer : answers) {
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).contains(payload);
            }
            int queued = api.get("/api/jobs/heartbeat")
                    .json()
                    .getJsonObject("queue")
                    .getJsonObject("queued")
                    .getInteger("normal");
            assertThat(queued)
                    .as("acknowledged, and the one without an answer")
                    .isBetween(accepted.size(), accepted.size() + 1);
            program.terminate();
            assertThat(program.awaitExit()).isZero();
        }
    }

    @Test
    void endsWhenTheDiskFailsAsTheLogIsTakenOver() throws Exception {
        fillInOrder(30); // 21 MB
        try (MainProcess program = startLimited(20)) {
            submitUntilItEnds(program.awaitPort(), LARGE);
            assertEndedForTheDisk(program, "write to");
        }
        assertThat(directory.resolve("latido.db-wal").toFile().length())
                .as("the log, which could go on")
                .isBetween(16_000_000L, 18_000_000L);
        assertAllIsThere(LARGE);
    }

    @Test
    void endsWhenTheDiskFailsAsItStops() throws Exception {
        fillInOrder(7);
        try (MainProcess program = startLimited(4);
                ApiClient api = new ApiClient(program.awaitPort())) {
            submit(api, 2, LARGE);
            program.terminate();
            assertEndedForTheDisk(program, "close");
        }
        assertThat(directory.resolve("latido.db-wal")).as("the log").isNotEmptyFile();
        assertAllIsThere(LARGE);
    }
}

package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.RawClient;
import dev.latido.http.RawResponse;
import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was changed while the service ran, and what of it a restart keeps. */
class LiveSettingsTest {

    private static final String LEAKY = "{'algorithm': 'leaky', 'permits': 3, 'perMillis': 2500, 'burst': 3}";
    private static final String CONFIGURED =
            "{'algorithm': 'token-bucket', 'permits': 9, 'perMillis': 1000, 'burst': 2}";

    @TempDir
    private Path directory;

    private @Nullable Service service;

    @AfterEach
    void stop() {
        if (service != null) {
            service.stop();
            service = null;
        }
    }

    /** Its work is done at once. */
    public static final class Instantly implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            return Future.succeededFuture();
        }
    }

    private static JsonObject json(String text) {
        return new JsonObject(text.replace('\'', '"'));
    }

    /** Starts the service, or has it come back, with the job {@code email} and these further settings of it. */
    private void start(String settings) {
        stop();
        JsonObject email = json("{'concurrency': 4, 'rateLimit': {'permits': 9, 'burst': 2}" + settings + "}");
        service = Services.start(
                new JsonObject().put("jobs", new JsonObject().put("email", email)),
                "store.directory",
                directory.toString(),
                "shutdown.grace",
                "2s");
    }

    private JsonObject exchange(String methodAndPath, String body) {
        String text = body.replace('\'', '"');
        String headers =
                text.isEmpty() ? "" : "Content-Type: application/json\r\nContent-Length: " + text.length() + "\r\n";
        int port = service == null ? -1 : service.port();
        RawResponse answer =
                RawClient.exchange(port, methodAndPath + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + text);
        assertThat(answer.status()).as(answer::toString).isBetween(200, 202);
        return answer.json();
    }

    private void patch(String body) {
        exchange("PATCH /api/jobs/email", body);
    }

    private void assertSettings(int concurrency, @Nullable String rateLimit) {
        JsonObject job = exchange("GET /api/jobs/email", "");
        assertThat(job.getInteger("concurrency")).isEqualTo(concurrency);
        assertThat(job.getJsonObject("policies").getJsonObject("rateLimit"))
                .isEqualTo(rateLimit == null ? null : json(rateLimit));
    }

    @Test
    void whatIsStoredOutlivesTheService() {
        start("");
        assertSettings(4, CONFIGURED);
        patch("{'concurrency': 7, 'rateLimit': " + LEAKY + ", 'stored': true}");
        start("");
        assertSettings(7, LEAKY);
        start("");
        assertSettings(7, LEAKY);
        patch("{'rateLimit': 'none', 'stored': true}");
        start("");
        assertSettings(7, null);
        patch("{'concurrency': null, 'rateLimit': null, 'stored': true}");
        start("");
        assertSettings(4, CONFIGURED);
    }

    @Test
    void whatIsNotStoredEndsWithTheService() {
        start("");
        patch("{'concurrency': 7, 'rateLimit': " + LEAKY + "}");
        assertSettings(7, LEAKY);
        start("");
        assertSettings(4, CONFIGURED);
        patch("{'rateLimit': 'none', 'stored': false}");
        assertSettings(4, null);
        start("");
        assertSettings(4, CONFIGURED);
    }

    @Test
    void whatWasStoredBeforeComesBackAfterWhatWasNot() {
        start("");
        patch("{'concurrency': 7, 'rateLimit': " + LEAKY + ", 'stored': true}");
        patch("{'concurrency': 2, 'rateLimit': null}");
        assertSettings(2, CONFIGURED);
        start("");
        assertSettings(7, LEAKY);
    }

    @Test
    void aStoppedJobKeepsItsSettingsToo() {
        start("");
        patch("{'concurrency': 7, 'stored': true}");
        exchange("POST /api/jobs/email/stop", "");
        exchange("POST /api/jobs/email/start", "");
        start("");
        assertSettings(7, CONFIGURED);
    }

    /** The configuration may bound since then what was stored before. */
    @Test
    void whatIsStoredHoldsAsFarAsTheWorkerAllows() {
        start("");
        patch("{'concurrency': 50, 'stored': true}");
        start(", 'worker': {'type': 'class', 'class': '" + Instantly.class.getName() + "', 'blocking': true}");
        assertSettings(4, CONFIGURED);
        start("");
        assertSettings(50, CONFIGURED);
    }

    @Test
    void thePauseOutlivesTheService() {
        start("");
        JsonObject paused = exchange("POST /api/pause", "");
        String id = exchange("POST /api/jobs/email/executions", "1").getString("id");
        start("");
        assertThat(exchange("POST /api/pause", "")).as("paused since then").isEqualTo(paused);
        assertThat(exchange("GET /api/jobs/email", "").getString("why"))
                .isEqualTo("everything was paused at " + paused.getString("pausedAt") + "; 1 queued");
        assertThat(exchange("GET /api/executions/" + id, "").getString("state")).isEqualTo("queued");
        assertThat(exchange("GET /health/ready", "").getJsonArray("degraded").encode())
                .contains("everything was paused");

        exchange("POST /api/resume", "");
        await().untilAsserted(() -> assertThat(
                        exchange("GET /api/executions/" + id, "").getString("state"))
                .isEqualTo("succeeded"));
        start("");
        assertThat(exchange("GET /api/jobs/email", "").getString("why")).startsWith("nothing to do");
    }

    @Test
    void deadLettersKeepTheirAttempts() {
        start(", 'worker': {'type': 'http', 'url': 'http://127.0.0.1:1', 'allowPrivate': false},"
                + " 'retry': {'attempts': 2, 'delay': '1ms', 'maxDelay': '1ms'}");
        String id = exchange("POST /api/jobs/email/executions", "1").getString("id");
        await().untilAsserted(() -> assertThat(
                        exchange("GET /api/executions/" + id, "").getString("state"))
                .isEqualTo("failed"));
        JsonObject letter = exchange("GET /api/executions/" + id, "");
        assertThat(letter.getJsonArray("failures")).hasSize(2);
        start("");
        assertThat(exchange("GET /api/executions/" + id, "")).isEqualTo(letter);
        assertThat(exchange("POST /api/jobs/email/retry-failed?error=not%20public", ""))
                .isEqualTo(json("{'matched': 1, 'changed': 1}"));
        await().untilAsserted(() -> assertThat(
                        exchange("GET /api/executions/" + id, "").getString("state"))
                .isEqualTo("succeeded"));
    }
}

package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.RawResponse;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How jobs stand, as {@code /metrics} shows it, with a real owner. */
class JobLevelsTest {

    private final Service service = Services.start(new JsonObject()
            .put(
                    "jobs",
                    new JsonObject()
                            .put(
                                    "mail",
                                    new JsonObject()
                                            .put("worker", "event-bus")
                                            .put(
                                                    "queue",
                                                    new JsonObject()
                                                            .put("capacity", 4)
                                                            .put("whenFull", "reject")))
                            .put("idle", new JsonObject())));

    @AfterEach
    void stop() {
        service.stop();
    }

    private static List<String> of(ApiClient client, String job) throws ApiClient.Died {
        RawResponse answer = client.get("/metrics");
        assertThat(answer.status()).isEqualTo(200);
        return answer.body()
                .lines()
                .filter(line -> line.contains("job=\"" + job + "\""))
                .toList();
    }

    @Test
    void showsWhyAndSinceWhenAndWhatIsRefused() throws Exception {
        try (ApiClient client = new ApiClient(service.port())) {
            client.post("/api/jobs/mail/executions?delay=1h", "{}");
            for (int i = 0; i < 5; i++) {
                client.post("/api/jobs/mail/executions", "{}");
            }
            await().untilAsserted(() -> assertThat(of(client, "mail"))
                    .contains("latido_job_reason{job=\"mail\",reason=\"missing-worker\"} 1.0"));
            client.post("/api/jobs/mail/stop", "");
            List<String> mail = of(client, "mail");

            assertThat(mail)
                    .contains(
                            "latido_job_reason{job=\"mail\",reason=\"stopped\"} 1.0",
                            "latido_job_degraded{job=\"mail\"} 1.0",
                            "latido_queue_capacity{job=\"mail\"} 4.0",
                            "latido_queue_fill_ratio{job=\"mail\"} 1.0",
                            "latido_queue_delayed{job=\"mail\"} 1.0",
                            "latido_jobs_refused_total{job=\"mail\",reason=\"queue-full\"} 2.0")
                    .filteredOn(line -> line.startsWith("latido_job_reason"))
                    .hasSize(1);
            assertThat(mail).anyMatch(line -> line.startsWith("latido_queue_oldest_age_seconds"));
            assertThat(mail).as("nothing reached a worker").noneMatch(line -> line.contains("succeeded"));
            assertThat(of(client, "idle"))
                    .contains("latido_job_reason{job=\"idle\",reason=\"idle\"} 1.0")
                    .hasSize(5);
            assertThat(client.get("/metrics").body())
                    .as("a look that reached nobody is no wait that ended")
                    .contains("latido_jobs_queue_wait_seconds_count 0");
        }
    }
}

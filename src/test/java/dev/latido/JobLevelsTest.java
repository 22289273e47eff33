package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.RawResponse;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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

    /** Keys are those of the job, and 10,000 further ones push one out before its time. */
    @Test
    void countsIdempotencyKeysThatGaveWay() throws Exception {
        try (ApiClient client = new ApiClient(service.port())) {
            String name = "latido_idempotency_keys_forgotten_total{job=\"idle\"}";
            assertThat(of(client, "idle")).noneMatch(line -> line.startsWith(name));
            // Some more than 10,000, because a queue that stays full on a busy machine refuses some.
            for (int batch = 0; batch < 13; batch++) {
                int first = 1_000 * batch;
                String items = IntStream.range(first, first + 1_000)
                        .mapToObj(i -> "{\"key\":\"k" + i + "\",\"payload\":1}")
                        .collect(Collectors.joining(",", "[", "]"));
                assertThat(client.post("/api/jobs/idle/executions/batch", items).status())
                        .isEqualTo(200);
            }
            await().untilAsserted(() -> assertThat(of(client, "idle")).anyMatch(line -> line.startsWith(name)));
        }
    }
}

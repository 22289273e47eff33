package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Looking at the metrics of thousands of jobs, in a small process, harms nobody. */
class ScrapeTest {

    private static final int JOBS = 10_000;
    private static final int LOOKERS = 20;
    private static final int MAX_SERIES_PER_JOB = 20;

    @TempDir
    Path directory;

    private static JsonObject jobs() {
        JsonObject jobs = new JsonObject();
        for (int i = 0; i < JOBS; i++) {
            jobs.put("job-" + i, new JsonObject().put("every", "10m").put("autoStart", true));
        }
        return new JsonObject().put("jobs", jobs).put("maxMemory", "20%");
    }

    @Test
    void twentyAtATimeGetAllOfIt() throws Exception {
        try (MainProcess process = MainProcess.startWith(List.of("-Xmx256m"), jobs(), "store.directory=" + directory)) {
            int port = process.awaitPort();
            HttpClient client = HttpClient.newHttpClient();
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                    .timeout(Duration.ofMinutes(2))
                    .build();
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < LOOKERS; i++) {
                answers.add(client.sendAsync(request, BodyHandlers.ofString()));
            }
            for (CompletableFuture<HttpResponse<String>> each : answers) {
                HttpResponse<String> answer = each.get();
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.body())
                        .contains("latido_job_concurrency{job=\"job-9999\"} 1.0\n")
                        .endsWith("\n");
                assertThat(answer.body()
                                .lines()
                                .filter(line -> line.contains("job=\"job-7\""))
                                .count())
                        .isBetween(3L, (long) MAX_SERIES_PER_JOB);
            }
            try (ApiClient api = new ApiClient(port)) {
                assertThat(api.get("/api/jobs/job-1").status()).isEqualTo(200);
            }
            process.terminate();
            assertThat(process.awaitExit()).isZero();
            assertThat(process.lines()).noneMatch(line -> line.contains("OutOfMemory"));
        }
    }
}

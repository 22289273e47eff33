package dev.latido.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.ops.Dashboard.Query;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus, with the shipped configuration, sees in a real service what the dashboard asks for. */
class PrometheusTest {

    private static final String CONFIG = "conf/prometheus.yml";

    private static final String JOBS = "heartbeat|stuck|narrow|failing";

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void acceptsTheShippedConfiguration() throws Exception {
        Tool.require("promtool");
        Tool.Result check = Tool.run(Map.of(), "promtool", "check", "config", CONFIG);
        assertThat(check.exitCode()).as(check.output()).isZero();
    }

    @Test
    @Timeout(240)
    void answersEveryQueryOfTheDashboard(@TempDir Path directory) throws Exception {
        Tool.require("prometheus");
        Dashboard dashboard = Dashboard.read();
        try (BusyService service = new BusyService()) {
            int port = freePort();
            Process prometheus = startPrometheus(directory, service.instance(), port);
            try {
                List<Query> open = new ArrayList<>();
                for (Query query : dashboard.panelQueries()) {
                    open.add(query.with(service.instance(), JOBS, "20s", "60s"));
                }
                for (Query query : dashboard.variableQueries()) {
                    open.add(query.with(service.instance(), JOBS, "20s", "60s"));
                }
                assertThat(open).isNotEmpty();
                await().atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofMillis(500))
                        .untilAsserted(() -> {
                            assertThat(prometheus.isAlive()).as(log(directory)).isTrue();
                            service.makeTraffic();
                            open.removeIf(query -> hasData(port, query));
                            assertThat(open).as("queries without data").isEmpty();
                        });
                assertThat(labelValues(port, "count by (job) (latido_job_running)", "job"))
                        .as("a job's name must not give way to Prometheus's own label")
                        .containsExactlyInAnyOrder("heartbeat", "stuck", "narrow", "failing");
                assertShowsTheTruth(dashboard, service, port);
            } finally {
                prometheus.destroy();
                if (!prometheus.waitFor(10, TimeUnit.SECONDS)) {
                    prometheus.destroyForcibly().waitFor();
                }
            }
        }
    }

    /** What panels show of a service that stands still, against what it says itself, and what this test did to it. */
    private void assertShowsTheTruth(Dashboard dashboard, BusyService service, int port) throws Exception {
        for (String job : List.of("heartbeat", "failing")) {
            service.post("/api/jobs/" + job + "/stop", 200);
        }
        await().atMost(Duration.ofSeconds(60))
                .until(() -> service.read("/api/summary").getInteger("inFlight") == 0);
        JsonObject summary = service.read("/api/summary");
        JsonObject failing = service.read("/api/jobs/failing");
        JsonObject stuck = service.read("/api/jobs/stuck");
        long failed = failing.getJsonObject("counters").getLong("failed");
        assertThat(failed).isPositive();
        int capacity = BusyService.STUCK_CAPACITY;
        Map<String, Double> truth = new LinkedHashMap<>();
        truth.put("Jobs degraded", (double) summary.getInteger("degraded"));
        truth.put("Dead letters", (double) failing.getInteger("deadLetters"));
        truth.put("Jobs set aside", 0.0);
        truth.put("Jobs running", 0.0);
        truth.put("Why jobs do not run", 4.0);
        truth.put("Dead letters kept", (double) failing.getInteger("deadLetters"));
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            for (Map.Entry<String, Double> each : truth.entrySet()) {
                assertThat(shown(dashboard, service, port, each.getKey(), JOBS))
                        .as(each.getKey())
                        .contains(each.getValue());
            }
            assertThat(shown(dashboard, service, port, "Waiting, delayed, retrying", "stuck"))
                    .as("queued, delayed, retrying, producers, capacity")
                    .containsExactly(capacity - 1.0, 1.0, 0.0, 0.0, (double) capacity);
            assertThat(shown(dashboard, service, port, "Share of the queue that is taken", "stuck"))
                    .containsExactly(1.0);
            assertThat(value(port, "latido_jobs_refused_total{job=\"stuck\",reason=\"queue-full\"}"))
                    .containsExactly((double) service.refused());
            assertThat(value(port, "latido_jobs_processed_total{job=\"failing\",outcome=\"failed\"}"))
                    .containsExactly((double) failed);
            assertThat(value(port, "latido_job_retries_total{job=\"failing\"}"))
                    .containsExactly((double) failing.getJsonObject("counters").getLong("retried"));
        });
        Instant before = Instant.now().minusSeconds(5); // as old as a scrape may be, and more
        double age = shown(dashboard, service, port, "Longest wait", "stuck").get(0);
        Instant oldest = Instant.parse(stuck.getJsonObject("queue").getString("oldestQueuedAt"));
        assertThat(age)
                .isBetween(
                        Duration.between(oldest, before).toMillis() / 1e3 - 60,
                        Duration.between(oldest, Instant.now()).toMillis() / 1e3);
        assertThat(shown(dashboard, service, port, "Share of time spent running", JOBS))
                .allSatisfy(share -> assertThat(share).isBetween(0.0, 1.0));
        assertThat(shown(dashboard, service, port, "Share of attempts that failed", "failing"))
                .allSatisfy(share -> assertThat(share).isEqualTo(1.0));
    }

    /** Returns all numbers that a panel shows. */
    private List<Double> shown(Dashboard dashboard, BusyService service, int port, String panel, String jobs) {
        return dashboard.panelQueries().stream()
                .filter(query -> query.owner().equals(panel))
                .flatMap(query -> value(
                        port, query.with(service.instance(), jobs, "20s", "60s").expression())
                        .stream())
                .toList();
    }

    private List<Double> value(int port, String expression) {
        return ask(port, expression).stream()
                .map(series -> Double.parseDouble(series.getJsonArray("value").getString(1)))
                .toList();
    }

    private static Process startPrometheus(Path directory, String target, int port) throws IOException {
        JsonObject config = YamlFile.read(CONFIG);
        config.getJsonObject("global").put("scrape_interval", "1s");
        config.getJsonArray("scrape_configs")
                .getJsonObject(0)
                .getJsonArray("static_configs")
                .getJsonObject(0)
                .put("targets", new JsonArray().add(target));
        Files.copy(Path.of("conf/alerts.yml"), directory.resolve("alerts.yml"));
        Path file = Files.writeString(directory.resolve("prometheus.yml"), config.encode()); // JSON is YAML
        File log = directory.resolve("prometheus.log").toFile();
        return new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + file,
                        "--storage.tsdb.path=" + directory.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
    }

    /** Prometheus does not tell which port it took when told to take any. */
    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String log(Path directory) throws IOException {
        return Files.readString(directory.resolve("prometheus.log"));
    }

    /** Tells whether a query has a result with a number in it. */
    private boolean hasData(int port, Query query) {
        return ask(port, query.expression()).stream()
                .anyMatch(series -> Double.isFinite(
                        Double.parseDouble(series.getJsonArray("value").getString(1))));
    }

    private List<String> labelValues(int port, String expression, String label) {
        return ask(port, expression).stream()
                .map(series -> series.getJsonObject("metric").getString(label))
                .toList();
    }

    private List<JsonObject> ask(int port, String expression) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1/query"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .timeout(Duration.ofSeconds(10))
                .POST(HttpRequest.BodyPublishers.ofString(
                        "query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8)))
                .build();
        HttpResponse<String> response;
        try {
            response = client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException notYetThere) {
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException(e));
        }
        if (response.statusCode() == 503) {
            return List.of(); // still starting
        }
        assertThat(response.statusCode())
                .as(expression + ": " + response.body())
                .isEqualTo(200);
        return Dashboard.objects(
                new JsonObject(response.body()).getJsonObject("data").getJsonArray("result"));
    }
}

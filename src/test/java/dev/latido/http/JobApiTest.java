package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.Service;
import dev.latido.Services;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What callers of {@code /api/job} may rely on. */
class JobApiTest {

    private static final String HOST = "Host: localhost\r\n";

    private final Service service = Services.start("jobs.heartbeat.every", "1h", "shutdown.grace", "2s");
    private final CheckedClient client = new CheckedClient(service.port());

    @AfterEach
    void stop() {
        assertThat(service.stop()).as("stopped in time").isTrue();
    }

    @Test
    void answersStatusOfJobThatNeverRan() throws Exception {
        HttpResponse<String> answer = get("/api/job/status");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json; charset=utf-8");
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        JsonObject status = new JsonObject(answer.body());
        assertThat(status.fieldNames()).containsExactly("isRunning", "executionCount", "lastExecutionTime", "message");
        assertThat(status.getBoolean("isRunning")).isFalse();
        assertThat(status.getLong("executionCount")).isZero();
        assertThat(status.getValue("lastExecutionTime")).isNull();
        assertThat(status.getString("message")).contains("not been started");
    }

    @Test
    void startsAndStopsTheJob() throws Exception {
        Instant before = Instant.now();
        JsonObject started = json(post("/api/job/start", ""));
        assertThat(started.getBoolean("isRunning")).isTrue();
        assertThat(started.getLong("executionCount")).isEqualTo(1);
        assertThat(started.getString("lastExecutionTime")).endsWith("Z");
        assertThat(Instant.parse(started.getString("lastExecutionTime")))
                .isBetween(before.minusSeconds(1), Instant.now().plusSeconds(1));
        assertThat(json(get("/api/job/status")).getBoolean("isRunning")).isTrue();

        JsonObject stopped = json(post("/api/job/stop", ""));
        assertThat(stopped.getBoolean("isRunning")).isFalse();
        assertThat(stopped.getLong("executionCount")).isEqualTo(1);
        assertThat(json(get("/api/job/status")).getBoolean("isRunning")).isFalse();
    }

    @Test
    void startingTwiceAndStoppingTwiceAreNoErrorsAndSaySo() throws Exception {
        assertThat(json(post("/api/job/stop", "")).getString("message")).contains("already stopped");
        post("/api/job/start", "");
        JsonObject again = json(post("/api/job/start", ""));
        assertThat(again.getString("message")).contains("already running");
        assertThat(again.getBoolean("isRunning")).isTrue();
        assertThat(again.getLong("executionCount")).isEqualTo(1);
        post("/api/job/stop", "");
        JsonObject stopped = json(post("/api/job/stop", ""));
        assertThat(stopped.getString("message")).contains("already stopped");
        assertThat(stopped.getBoolean("isRunning")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 0\r\n\r\n",
                "\r\n",
                "Content-Type: application/json\r\nContent-Length: 0\r\n\r\n",
                "Content-Type: application/json; charset=utf-8\r\nContent-Length: 17\r\n\r\n{\"jobName\":\"any\"}",
                "Content-Type: application/json\r\nContent-Length: 4\r\n\r\nnull",
                "Content-Type: application/json\r\nContent-Length: 5\r\n\r\n{not}",
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\n\r\na=%zz",
                "Content-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\nabc",
                "Content-Type: nonsense\r\nContent-Length: 3\r\n\r\nabc",
                "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n"
            })
    void takesStartWithAnyKindOfBodyOrNone(String headersAndBody) {
        try (RawClient raw = new RawClient(service.port())) {
            RawResponse answer = raw.send("POST /api/job/start HTTP/1.1\r\n" + HOST + headersAndBody)
                    .read();
            assertThat(answer.status()).as(answer::toString).isEqualTo(200);
            assertThat(answer.json().getBoolean("isRunning")).isTrue();
            assertThat(raw.send("GET /api/job/status HTTP/1.1\r\n" + HOST + "\r\n")
                            .read()
                            .status())
                    .as("the next request on the same connection")
                    .isEqualTo(200);
        }
    }

    @Test
    void asksForTheBodyOfClientThatExpectsIt() {
        try (RawClient raw = new RawClient(service.port())) {
            raw.send("POST /api/job/start HTTP/1.1\r\n" + HOST + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            assertThat(raw.read().status()).isEqualTo(100);
            assertThat(raw.send("{}").read().status()).isEqualTo(200);
        }
        assertThat(json(clientThatExpectsContinue()).getBoolean("isRunning")).isTrue();
    }

    private HttpResponse<String> clientThatExpectsContinue() {
        return client.send(client.request("/api/job/start").expectContinue(true).POST(BodyPublishers.ofString("{}")));
    }

    @Test
    void refusesExpectationThatItDoesNotKnow() {
        RawClient.exchange(
                        service.port(),
                        "POST /api/job/start HTTP/1.1\r\n" + HOST + "Expect: magic\r\nContent-Length: 2\r\n\r\n")
                .assertProblem(417, "expectation-failed");
        assertThat(json(get("/api/job/status")).getBoolean("isRunning")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/API/JOB/STATUS",
                "/Api/Job/Status",
                "/api/job/status/",
                "/Api/Job/Status/",
                "/api/job/status?x=1&y=%20",
                "/API/job/status/?x"
            })
    void findsPathsWithoutRegardToCaseAndTrailingSlash(String path) {
        RawResponse answer = RawClient.exchange(service.port(), "GET " + path + " HTTP/1.1\r\n" + HOST + "\r\n");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Date")).isPresent();
    }

    @Test
    void takesPostOnPathInOtherCase() throws Exception {
        assertThat(json(post("/API/Job/Start/", "{}")).getBoolean("isRunning")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/job/status", "/API/JOB/STATUS", "/health/live", "/health/ready", "/metrics"})
    void answersHeadWithoutBody(String path) {
        try (RawClient raw = new RawClient(service.port())) {
            raw.send("HEAD " + path + " HTTP/1.1\r\n" + HOST + "\r\n");
            assertThat(raw.readHead().status()).isEqualTo(200);
            // Had there been a body, it would be read as the next status line.
            raw.send("GET /health/live HTTP/1.1\r\n" + HOST + "\r\n");
            assertThat(raw.read().statusLine()).isEqualTo("HTTP/1.1 200 OK");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET,     /api/job/start,  POST",
        "HEAD,    /api/job/start,  POST",
        "PUT,     /api/job/stop,   POST",
        "DELETE,  /api/job/stop/,  POST",
        "POST,    /api/job/status, 'GET, HEAD'",
        "POST,    /API/JOB/STATUS, 'GET, HEAD'",
        "OPTIONS, /api/job/status, 'GET, HEAD'",
        "TRACE,   /api/job/status, 'GET, HEAD'",
        "FOO,     /api/job/status, 'GET, HEAD'",
        "get,     /api/job/status, 'GET, HEAD'",
        "POST,    /health/live,    'GET, HEAD'",
        "PATCH,   /metrics,        'GET, HEAD'"
    })
    void refusesWrongMethodAndNamesTheRightOnes(String method, String path, String allowed) {
        String request = method + " " + path + " HTTP/1.1\r\n" + HOST + "\r\n";
        try (RawClient raw = new RawClient(service.port())) {
            raw.send(request);
            RawResponse answer = method.equals("HEAD") ? raw.readHead() : raw.read();
            assertThat(answer.status()).isEqualTo(405);
            assertThat(answer.header("Allow")).contains(allowed);
            if (!method.equals("HEAD")) {
                answer.assertProblem(405, "method-not-allowed");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api", "/api/", "/api/job", "/api/job/status/x", "/nope", "/*"})
    void answersUnknownPathWithNotFound(String path) {
        RawClient.exchange(service.port(), "GET " + path + " HTTP/1.1\r\n" + HOST + "\r\n")
                .assertProblem(404, "not-found");
    }

    @Test
    void answersPipelinedRequestsInOrder() {
        try (RawClient raw = new RawClient(service.port())) {
            raw.send("GET /nope HTTP/1.1\r\n" + HOST + "\r\n"
                    + "POST /api/job/start HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\n{}"
                    + "HEAD /api/job/status HTTP/1.1\r\n" + HOST + "\r\n"
                    + "GET /api/job/status HTTP/1.1\r\n" + HOST + "\r\n"
                    + "POST /api/job/stop HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                    + "GET /api/job/stop HTTP/1.1\r\n" + HOST + "\r\n");
            assertThat(raw.read().status()).isEqualTo(404);
            assertThat(raw.read().json().getString("message")).contains("started");
            assertThat(raw.readHead().status()).isEqualTo(200);
            assertThat(raw.read().json().getBoolean("isRunning")).isTrue();
            assertThat(raw.read().json().getString("message")).contains("stopped");
            assertThat(raw.read().status()).isEqualTo(405);
        }
    }

    @Test
    void understandsRequestThatArrivesInSingleBytes() {
        try (RawClient raw = new RawClient(service.port())) {
            String request = "POST /api/job/start HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\n{}";
            request.chars().forEach(c -> raw.send(String.valueOf((char) c)));
            assertThat(raw.read().status()).isEqualTo(200);
        }
    }

    @Test
    void doesNotStartBeforeTheBodyIsThere() throws Exception {
        try (RawClient raw = new RawClient(service.port())) {
            raw.send("POST /api/job/start HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\n{");
            assertThat(json(get("/api/job/status")).getBoolean("isRunning")).isFalse();
        }
        assertThat(json(get("/api/job/status")).getBoolean("isRunning"))
                .as("after the connection broke")
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"'Host: localhost\r\n'", "''"})
    void answersHttp10(String host) {
        try (RawClient raw = new RawClient(service.port())) {
            raw.send("GET /api/job/status HTTP/1.0\r\n" + host + "\r\n");
            RawResponse answer = raw.read();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.headers()).doesNotContainKey("Transfer-Encoding");
            assertThat(raw.readUntilClosed()).isEmpty();
        }
    }

    @Test
    void readinessAndMetricsAnswer() throws Exception {
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
        HttpResponse<String> ready = get("/health/ready");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(ready.body()).getString("status")).isEqualTo("UP");
        post("/api/job/start", "");
        await().untilAsserted(() -> assertThat(get("/metrics").body())
                .contains("latido_jobs_processed_total{job=\"heartbeat\",outcome=\"succeeded\"} 1.0"));
    }

    private HttpResponse<String> get(String path) {
        return client.get(path);
    }

    /** Posts a body without saying what it is, which need not be said where nothing is read of it. */
    private HttpResponse<String> post(String path, String body) {
        return client.send(
                client.request(path).POST(body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body)));
    }

    private static JsonObject json(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(200);
        return new JsonObject(answer.body());
    }
}

package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import dev.latido.config.Config;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may do what where keys are configured. */
class AuthenticationTest {

    private static final String FIRST = "first-key-0123456789";
    private static final String SECOND = "second-key-0123456789";
    private static final String KEYS = FIRST + "," + SECOND;

    private static Service service;
    private static LogRecorder log;

    @BeforeAll
    static void start() {
        log = new LogRecorder();
        service = Services.start("http.apiKeys", KEYS, "shutdown.grace", "2s");
    }

    @AfterAll
    static void stop() {
        service.stop();
        log.close();
    }

    private static RawResponse exchange(int port, String methodAndPath, String headers) {
        return RawClient.exchange(port, methodAndPath + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
    }

    private static RawResponse exchange(String methodAndPath, String headers) {
        return exchange(service.port(), methodAndPath, headers);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/job/status",
                "GET /API/JOB/STATUS/",
                "POST /api/job/start",
                "POST /api/job/stop",
                "GET /api/store",
                "POST /api/store/backup",
                "PATCH /api/jobs/heartbeat",
                "POST /api/pause",
                "POST /api/resume",
                "POST /api/PAUSE/",
                "POST /api/jobs/heartbeat/retry-failed",
                "GET /api/jobs/heartbeat/executions?state=failed",
                "GET /metrics"
            })
    void asksForKey(String methodAndPath) {
        RawResponse answer = exchange(methodAndPath, "");
        answer.assertProblem(401, "unauthorized");
        assertThat(answer.header("WWW-Authenticate")).contains("Bearer realm=\"latido\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization: Bearer " + FIRST + "\r\n",
                "Authorization: Bearer " + SECOND + "\r\n",
                "authorization: bearer " + FIRST + "\r\n",
                "Authorization: BEARER   " + FIRST + "  \r\n"
            })
    void acceptsEachOfTheKeys(String headers) {
        assertThat(exchange("GET /api/job/status", headers).status()).isEqualTo(200);
        assertThat(exchange("GET /metrics", headers).status()).isEqualTo(200);
        assertThat(exchange("POST /api/job/stop", headers).status()).isEqualTo(200);
        assertThat(exchange("POST /api/pause", headers).status()).isEqualTo(200);
        assertThat(exchange("POST /api/resume", headers).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization: Bearer wrong-key-0123456789\r\n",
                "Authorization: Bearer first-key-012345678\r\n",
                "Authorization: Bearer first-key-01234567890\r\n",
                "Authorization: Bearer FIRST-KEY-0123456789\r\n",
                "Authorization: Bearer " + KEYS + "\r\n",
                "Authorization: Bearer\r\n",
                "Authorization: Bearer \r\n",
                "Authorization: " + FIRST + "\r\n",
                "Authorization: Basic Zmlyc3Qta2V5LTAxMjM0NTY3ODk=\r\n",
                "Authorization: Bearer2 " + FIRST + "\r\n",
                "X-Api-Key: " + FIRST + "\r\n",
                "Cookie: Bearer " + FIRST + "\r\n"
            })
    void refusesAnythingElse(String headers) {
        exchange("POST /api/job/start", headers).assertProblem(401, "unauthorized");
        assertThat(exchange("GET /api/job/status", "Authorization: Bearer " + FIRST + "\r\n")
                        .json()
                        .getBoolean("isRunning"))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health/live", "/health/ready"})
    void healthStaysOpen(String path) {
        assertThat(exchange("GET " + path, "").status()).isEqualTo(200);
    }

    @Test
    void refusesBeforeItAsksForTheBody() {
        RawResponse answer = exchange("POST /api/job/start", "Expect: 100-continue\r\nContent-Length: 5\r\n");
        answer.assertProblem(401, "unauthorized").assertClosesConnection();
    }

    @Test
    void metricsAreOpenWhenSoConfigured() {
        Service open = Services.start("http.apiKeys", KEYS, "http.metricsNeedKey", "false", "shutdown.grace", "2s");
        try {
            assertThat(exchange(open.port(), "GET /metrics", "").status()).isEqualTo(200);
            assertThat(exchange(open.port(), "GET /api/job/status", "").status())
                    .isEqualTo(401);
        } finally {
            open.stop();
        }
    }

    @Test
    void everythingIsOpenWithoutKeys() {
        Service open = Services.start("shutdown.grace", "2s");
        try {
            assertThat(exchange(open.port(), "GET /metrics", "").status()).isEqualTo(200);
            assertThat(exchange(open.port(), "GET /api/job/status", "").status())
                    .isEqualTo(200);
        } finally {
            open.stop();
        }
    }

    @Test
    void keysShowNeitherInTheLogNorInText() {
        exchange("GET /api/job/status", "Authorization: Bearer " + FIRST + "\r\n");
        exchange("GET /api/job/status", "Authorization: Bearer wrong-key-0123456789\r\n");
        assertThat(log.lines()).noneMatch(line -> line.contains("-key-0123456789"));
        Config config = Services.config("http.apiKeys", KEYS);
        assertThat(config.http().apiKeys()).containsExactly(FIRST, SECOND);
        assertThat(config.toString()).contains("2 API keys").doesNotContain(FIRST, SECOND);
    }
}

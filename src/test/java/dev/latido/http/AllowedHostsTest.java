package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may call the service by which host, as those call it that find it by its address: probes and Prometheus. */
class AllowedHostsTest {

    private static final String KEY = "first-key-0123456789";

    private static Service service;

    @BeforeAll
    static void start() {
        service = Services.start(
                "http.allowedHosts",
                "jobs.example,10.0.0.0/8,192.0.2.7,[2001:db8::]/32,fd00::/8,[::1]",
                "http.apiKeys",
                KEY,
                "http.metricsNeedKey",
                "false");
    }

    @AfterAll
    static void stop() {
        service.stop();
    }

    private static RawResponse ask(String methodAndTarget, String host, String headers) {
        return RawClient.exchange(
                service.port(), methodAndTarget + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "JOBS.example:8080",
                "10.42.0.17:8080",
                "10.255.255.255",
                "192.0.2.7",
                "[2001:db8:1::5]:8080",
                "[2001:0DB8:0:0::5]",
                "[fd12::1]",
                "[0:0:0:0:0:0:0:1]",
                "[::ffff:10.0.0.1]:8080"
            })
    void answersByNamesAddressesAndRanges(String host) {
        assertThat(ask("GET /metrics", host, "").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "11.0.0.1:8080",
                "192.0.2.8",
                "[2001:db9::5]",
                "[fe80::1]",
                "10.evil.example",
                "10.1",
                "0xa.0.0.1",
                "010.0.0.1",
                "10.0.0.1.evil.example",
                "0"
            })
    void refusesOthersAndSaysWhichSettingItIs(String host) {
        RawResponse answer = ask("GET /metrics", host, "");
        answer.assertProblem(421, "misdirected");
        assertThat(answer.json().getString("detail"))
                .contains("'" + host.replace(":8080", "") + "'", "http.allowedHosts", "10.0.0.0/8");
    }

    @ParameterizedTest
    @CsvSource({
        "GET /health/live, 172.16.0.9:8080",
        "GET /health/ready, 172.16.0.9:8080",
        "GET /health/ready, [fe80::7]:8080",
        "GET /HEALTH//ready/, evil.example",
        "GET http://172.16.0.9:8080/health/ready, localhost",
        "GET /health/ready, 10.0.0.1", // no key
    })
    void tellsAnybodyTheStatusAndNoMore(String methodAndTarget, String host) {
        RawResponse answer = ask(methodAndTarget, host, "");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"status\":\"UP\"}");
        assertThat(ask(methodAndTarget.replace("GET", "HEAD"), host, "").status())
                .isEqualTo(200);
    }

    @Test
    void tellsWhatItFoundToThoseWhoMayAskForJobs() {
        String key = "Authorization: Bearer " + KEY + "\r\n";
        assertThat(ask("GET /health/ready", "10.0.0.1", key).json().getJsonArray("checks"))
                .hasSize(2);
        assertThat(ask("GET /health/ready", "evil.example", key).body()).isEqualTo("{\"status\":\"UP\"}");
        assertThat(ask("GET /health/ready", "10.0.0.1", key.replace("first", "wrong"))
                        .body())
                .isEqualTo("{\"status\":\"UP\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /health/live",
                "GET /health",
                "GET /health/live/x",
                "GET /health/../metrics",
                "GET /x/health/live"
            })
    void onlyLooksAtHealthAreAnsweredByAnyHost(String methodAndTarget) {
        ask(methodAndTarget, "evil.example", "Content-Length: 0\r\n").assertProblem(421, "misdirected");
    }

    @Test
    void healthNeedsOneValidHostToo() {
        ask("GET /health/live", "a, b", "").assertProblem(400, "bad-host");
        ask("GET /health/%00", "evil.example", "").assertProblem(421, "misdirected");
        ask("GET /health/live?%", "evil.example", "").assertProblem(400, "bad-path");
    }
}

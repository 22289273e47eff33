package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommonHeadersTest {

    @Test
    void dateMoves() {
        Service service = Services.start("shutdown.grace", "2s");
        try {
            Set<String> seen = new HashSet<>();
            Awaitility.await().untilAsserted(() -> {
                seen.add(RawClient.exchange(service.port(), "GET /nope HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .assertProblem(404, "not-found")
                        .header("Date")
                        .orElseThrow());
                assertThat(seen).hasSizeGreaterThan(1);
            });
        } finally {
            service.stop();
        }
    }

    /** nginx, HAProxy and the balancers of clouds keep idle connections for 60 s: who closes first must be they. */
    @Test
    void staysOpenForLongerThanProxiesKeepConnectionsAndSaysSo() {
        Service service = Services.start("shutdown.grace", "2s");
        try (RawClient client = new RawClient(service.port())) {
            assertThat(HttpConfig.DEFAULT.idleTimeout()).isGreaterThan(Duration.ofSeconds(70));
            for (String path : new String[] {"/health/live", "/api/job/status", "/nope", "/docs"}) {
                RawResponse answer = client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .read();
                assertThat(answer.header("Keep-Alive")).contains("timeout=70"); // a fifteenth less than it is
                assertThat(answer.header("Connection")).contains("keep-alive");
            }
            RawResponse old = client.send("GET /nope HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    .read();
            assertThat(old.header("Keep-Alive")).contains("timeout=70");
        } finally {
            service.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /nope HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /nope HTTP/1.0\r\nHost: localhost\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "nonsense\r\n\r\n"
            })
    void tellsNothingOfAConnectionThatCloses(String request) {
        Service service = Services.start("shutdown.grace", "2s");
        try {
            assertThat(RawClient.exchange(service.port(), request).header("Keep-Alive"))
                    .isEmpty();
        } finally {
            service.stop();
        }
    }

    @Test
    void tellsNothingWhereThatIsLessThanASecond() {
        Service service =
                Services.start("http.idleTimeout", "1s", "commands.timeout", "500ms", "submissions.timeout", "500ms");
        try {
            assertThat(RawClient.exchange(service.port(), "GET /nope HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .header("Keep-Alive"))
                    .isEmpty();
        } finally {
            service.stop();
        }
    }
}

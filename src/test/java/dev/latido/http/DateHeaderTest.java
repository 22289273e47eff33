package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import java.util.HashSet;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class DateHeaderTest {

    @Test
    void moves() {
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
}

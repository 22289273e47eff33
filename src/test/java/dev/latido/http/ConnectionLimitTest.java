package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.Service;
import dev.latido.Services;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionLimitTest {

    private static final String STATUS = "GET /api/job/status HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final Service service = Services.start("http.maxConnections", "2", "shutdown.grace", "2s");

    @AfterEach
    void stop() {
        service.stop();
    }

    @Test
    void closesConnectionsBeyondTheLimitAndTakesNewOnesWhenThereIsRoom() {
        try (RawClient first = new RawClient(service.port());
                RawClient second = new RawClient(service.port())) {
            assertThat(first.send(STATUS).read().status()).isEqualTo(200);
            assertThat(second.send(STATUS).read().status()).isEqualTo(200);
            for (int i = 0; i < 5; i++) { // none of those counts, neither when it comes nor when it goes
                try (RawClient third = new RawClient(service.port())) {
                    assertThat(third.send(STATUS).readUntilClosed()).isEmpty();
                }
            }
            assertThat(first.send(STATUS).read().status()).isEqualTo(200);
        }
        await().ignoreException(UncheckedIOException.class)
                .untilAsserted(() -> assertThat(
                                RawClient.exchange(service.port(), STATUS).status())
                        .isEqualTo(200));
    }
}

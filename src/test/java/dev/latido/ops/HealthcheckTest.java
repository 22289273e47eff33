package dev.latido.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.Service;
import dev.latido.Services;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The image's health check tells a service that is ready from one that is not. */
class HealthcheckTest {

    @Test
    void isHealthyWhileReadyAndNoLongerWhenStopping() throws Exception {
        Tool.require("bash");
        Service service = Services.start("shutdown.notReadyFor", "3s");
        int port = service.port();
        CompletableFuture<Boolean> stopped;
        try {
            assertThat(check(port)).isEqualTo(new Tool.Result(0, "HTTP/1.1 200 OK\n"));
        } finally {
            stopped = CompletableFuture.supplyAsync(service::stop);
        }
        await().atMost(Duration.ofSeconds(3))
                .untilAsserted(() ->
                        assertThat(check(port)).isEqualTo(new Tool.Result(1, "HTTP/1.1 503 Service Unavailable\n")));
        assertThat(stopped.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(check(port).exitCode()).as("nothing listens").isEqualTo(1);
    }

    private static Tool.Result check(int port) throws Exception {
        return Tool.run(Map.of("LATIDO_HTTP_PORT", Integer.toString(port)), "bash", "src/main/docker/healthcheck");
    }
}

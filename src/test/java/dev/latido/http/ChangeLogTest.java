package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import dev.latido.protocol.Addresses;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChangeLogTest {

    private final Service service = Services.start();
    private final LogRecorder recorder = new LogRecorder();

    @AfterEach
    void stop() {
        recorder.close();
        service.stop();
    }

    private int send(String method, String path, String body) {
        try (RawClient client = new RawClient(service.port())) {
            client.send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            return client.read().status();
        }
    }

    private List<String> changes() {
        return recorder.lines().stream()
                .filter(line -> line.contains("ChangeLog") || line.contains("JobVerticle"))
                .map(line -> line.replaceFirst("dev.latido.[a-zA-Z.]+: ", ""))
                .toList();
    }

    @Test
    void saysWhoChangedWhat() throws Exception {
        send("POST", "/api/jobs/heartbeat/start", "");
        send("PATCH", "/api/jobs/heartbeat", "{\"concurrency\":3}");
        send("POST", "/api/jobs/heartbeat/stop?mode=now", "");
        send("POST", "/api/pause", "");
        send("POST", "/api/pause", "");
        send("POST", "/api/jobs/nobody/stop", "");
        send("POST", "/api/jobs/heartbeat/executions", "{}");
        send("GET", "/api/jobs", "");
        service.vertx()
                .eventBus()
                .request(Addresses.CONTROL, new JsonObject().put("type", "ResumeAll"))
                .await(10, TimeUnit.SECONDS);
        service.vertx()
                .eventBus()
                .request(
                        Addresses.CONTROL, new JsonObject().put("type", "Start").put("job", "heartbeat"))
                .await(10, TimeUnit.SECONDS);

        assertThat(changes())
                .as("of the same, and of what is refused, asked or handed in, nothing is said")
                .containsExactly(
                        "INFO POST /api/jobs/heartbeat/start from 127.0.0.1: 200",
                        "INFO PATCH /api/jobs/heartbeat from 127.0.0.1: 200",
                        "INFO POST /api/jobs/heartbeat/stop?mode=now from 127.0.0.1: 200",
                        "INFO POST /api/pause from 127.0.0.1: 200",
                        "INFO ResumeAll, by an application on the event bus",
                        "INFO Start of heartbeat, by an application on the event bus");
    }
}

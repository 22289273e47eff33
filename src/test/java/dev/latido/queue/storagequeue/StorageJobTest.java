package dev.latido.queue.storagequeue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.Service;
import dev.latido.Services;
import dev.latido.http.CheckedClient;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.yaml.snakeyaml.Yaml;

/** A service whose job has its queue at Azurite, as its users see it. */
@Timeout(240)
class StorageJobTest {

    /** The shipped example, but for where Azurite is. */
    private static JsonObject file(int port) throws IOException {
        Map<String, Object> yaml = new Yaml().load(Files.readString(Path.of("conf", "examples", "storage-queue.yaml")));
        JsonObject file = new JsonObject(yaml);
        file.getJsonObject("brokers")
                .getJsonObject("shop")
                .put("url", "http://127.0.0.1:" + port + "/" + AzuriteServer.ACCOUNT);
        return file;
    }

    private static JsonObject broker(CheckedClient client) {
        return new JsonObject(client.get("/api/jobs/orders").body())
                .getJsonObject("queue")
                .getJsonObject("broker");
    }

    private static boolean isConnected(CheckedClient client) {
        return broker(client).getBoolean("isConnected");
    }

    private static HttpResponse<String> submit(CheckedClient client, String key, String payload) {
        return client.send(
                client.posting("/api/jobs/orders/executions", payload).header("Idempotency-Key", key));
    }

    private static boolean isDone(CheckedClient client, String location) {
        HttpResponse<String> answer = client.get(location);
        return answer.statusCode() == 200
                && new JsonObject(answer.body()).getString("state").equals("succeeded");
    }

    @Test
    void worksOffWhatIsPostedAndPutAndComesBackWithAzure() throws Exception {
        try (AzuriteServer azurite = AzuriteServer.start()) {
            Service service = Services.start(file(azurite.port()));
            try {
                CheckedClient client = new CheckedClient(service.port());
                await("it to be connected").atMost(Duration.ofMinutes(1)).until(() -> isConnected(client));
                HttpResponse<String> accepted = submit(client, "a", "{\"n\":1}");
                assertThat(accepted.statusCode()).isEqualTo(202);
                String location = accepted.headers().firstValue("Location").orElseThrow();
                await("a").atMost(Duration.ofMinutes(1)).until(() -> isDone(client, location));
                String text = "{\"latido\":\"1\",\"specversion\":\"1.0\",\"id\":\"b\",\"data\":{\"n\":2}}";
                assertThat(azurite.put("orders-high", text)).isTrue();
                await("b").atMost(Duration.ofMinutes(1)).until(() -> isDone(client, "/api/jobs/orders/messages?key=b"));
                assertThat(client.get("/api/jobs/orders/messages?key=never").statusCode())
                        .isEqualTo(404);
                await("their results").atMost(Duration.ofMinutes(1)).until(() -> azurite.count("orders-done") == 2);
                HttpResponse<String> huge = submit(client, "huge", '"' + "x".repeat(47_103) + '"');
                assertThat(huge.statusCode()).isEqualTo(413);
                assertThat(huge.body()).contains("47104");
                assertThat(submit(client, "largest", '"' + "x".repeat(47_102) + '"')
                                .statusCode())
                        .isEqualTo(202);
                assertThat(azurite.put("orders", "{\"n\":")).isTrue();
                await("the dead letter")
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> client.get("/api/jobs/orders/dead-letters")
                                .body()
                                .contains("malformed"));

                azurite.stop();
                await("word of it").atMost(Duration.ofMinutes(1)).until(() -> !isConnected(client));
                assertThat(submit(client, "c", "1").statusCode()).isEqualTo(503);
                assertThat(broker(client).getString("problem")).contains("Azure Queue Storage");
                assertThat(client.get("/health/ready").statusCode()).isEqualTo(200);
                azurite.restart();
                await("it to be back").atMost(Duration.ofMinutes(1)).until(() -> isConnected(client));
                HttpResponse<String> again = submit(client, "c", "1");
                assertThat(again.statusCode()).isEqualTo(202);
                await("c")
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> isDone(
                                client, again.headers().firstValue("Location").orElseThrow()));
            } finally {
                service.stop();
            }
        }
    }
}

package dev.latido.queue.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import dev.latido.Service;
import dev.latido.Services;
import dev.latido.http.CheckedClient;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.yaml.snakeyaml.Yaml;

/** A service whose job has its queue at a real RabbitMQ, as its users see it. */
@Timeout(240)
class RabbitJobTest {

    /** The shipped example, but for where RabbitMQ is. */
    private static JsonObject file(int port) throws IOException {
        Map<String, Object> yaml = new Yaml().load(Files.readString(Path.of("conf", "examples", "rabbitmq.yaml")));
        JsonObject file = new JsonObject(yaml);
        file.getJsonObject("brokers").getJsonObject("shop").put("url", "amqp://127.0.0.1:" + port);
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

    private static HttpResponse<String> submit(CheckedClient client, String key) {
        return client.send(
                client.posting("/api/jobs/orders/executions", "{\"n\":1}").header("Idempotency-Key", key));
    }

    private static boolean isDone(CheckedClient client, String location) {
        HttpResponse<String> answer = client.get(location);
        return answer.statusCode() == 200
                && new JsonObject(answer.body()).getString("state").equals("succeeded");
    }

    @Test
    void worksOffWhatIsPostedAndPublishedAndComesBackWithRabbitMq() throws Exception {
        try (RabbitServer rabbit = RabbitServer.start()) {
            Service service = Services.start(file(rabbit.port()));
            try {
                CheckedClient client = new CheckedClient(service.port());
                await("it to be connected").atMost(Duration.ofMinutes(1)).until(() -> isConnected(client));
                HttpResponse<String> accepted = submit(client, "a");
                assertThat(accepted.statusCode()).isEqualTo(202);
                String location = accepted.headers().firstValue("Location").orElseThrow();
                await("a").until(() -> isDone(client, location));
                rabbit.act(channel -> {
                    channel.basicPublish(
                            "",
                            "orders.high",
                            new BasicProperties.Builder().messageId("b").build(),
                            "{\"n\":2}".getBytes(StandardCharsets.UTF_8));
                });
                await("b").until(() -> isDone(client, "/api/jobs/orders/messages?key=b"));
                assertThat(client.get("/api/jobs/orders/messages?key=never").statusCode())
                        .isEqualTo(404);
                await("their results").until(() -> rabbit.use(channel -> channel.messageCount("orders.done")) == 2);

                rabbit.kill();
                await("word of it").atMost(Duration.ofMinutes(1)).until(() -> !isConnected(client));
                assertThat(submit(client, "c").statusCode()).isEqualTo(503);
                assertThat(broker(client).getString("problem")).contains("RabbitMQ");
                assertThat(client.get("/health/ready").statusCode()).isEqualTo(200);
                rabbit.restart();
                await("it to be back").atMost(Duration.ofMinutes(1)).until(() -> isConnected(client));
                HttpResponse<String> again = submit(client, "c");
                assertThat(again.statusCode()).isEqualTo(202);
                await("c")
                        .until(() -> isDone(
                                client, again.headers().firstValue("Location").orElseThrow()));
            } finally {
                service.stop();
            }
        }
    }
}

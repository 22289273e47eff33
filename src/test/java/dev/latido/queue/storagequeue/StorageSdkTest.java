package dev.latido.queue.storagequeue;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.storage.queue.QueueClient;
import com.azure.storage.queue.QueueClientBuilder;
import com.azure.storage.queue.QueueMessageEncoding;
import com.azure.storage.queue.models.QueueMessageItem;
import dev.latido.job.Priority;
import dev.latido.queue.Delivery;
import dev.latido.queue.Member;
import dev.latido.queue.Message;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.queue.Settlement;
import dev.latido.room.FullMode;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Microsoft's own client puts what is taken here, and reads what is put here. */
@Timeout(240)
class StorageSdkTest {

    private static AzuriteServer server;
    private StorageBed bed;

    @BeforeAll
    static void start() {
        server = AzuriteServer.start();
    }

    @AfterAll
    static void end() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void begin() {
        bed = new StorageBed(server);
    }

    @AfterEach
    void clear() {
        bed.close();
    }

    private static QueueClient client(QueueMessageEncoding encoding) {
        return new QueueClientBuilder()
                .connectionString("DefaultEndpointsProtocol=http;AccountName=" + AzuriteServer.ACCOUNT + ";AccountKey="
                        + AzuriteServer.KEY + ";QueueEndpoint=http://127.0.0.1:" + server.port() + "/"
                        + AzuriteServer.ACCOUNT)
                .queueName(StorageBed.QUEUE)
                .messageEncoding(encoding)
                .buildClient();
    }

    private Member join() {
        QueueBinding binding = new QueueBinding(
                StorageBed.QUEUE,
                "latido",
                List.of(Priority.NORMAL),
                Duration.ofMinutes(10),
                0,
                FullMode.REJECT,
                1_000,
                Duration.ofHours(24),
                Duration.ofHours(1),
                Existing.ASK,
                true);
        Member shop = bed.member("shop", binding);
        shop.open();
        bed.await("it to be up", shop::isUp);
        return shop;
    }

    @ParameterizedTest
    @EnumSource(QueueMessageEncoding.class)
    void takesWhatItPuts(QueueMessageEncoding encoding) {
        Member shop = join();
        client(encoding).sendMessage("{\"ä\":[1.0,\"<€>\"]}");
        shop.dequeue(1);
        bed.await("it to come", () -> !shop.arrived().isEmpty());
        Delivery delivery = shop.arrived().get(0);
        assertThat(delivery.payload()).isEqualTo("{\"ä\":[1.0,\"<€>\"]}");
        bed.get(shop.settle(delivery, new Settlement.Ack(null)));
        assertThat(client(encoding).getProperties().getApproximateMessagesCountLong())
                .isZero();
    }

    @Test
    void readsWhatIsPutHere() {
        Member shop = join();
        bed.get(shop.enqueue(new Message(
                "k",
                false,
                "{\"ä\":[1.0,\"<€>\"]}",
                Priority.NORMAL,
                Duration.ZERO,
                Map.of(Delivery.TRACEPARENT, "00-1"))));
        QueueClient client = client(QueueMessageEncoding.BASE64);
        QueueMessageItem item = client.receiveMessage();
        JsonObject event = new JsonObject(item.getBody().toString());
        assertThat(event.getString("specversion")).isEqualTo("1.0");
        assertThat(event.getString("id")).isEqualTo("k");
        assertThat(event.getString("source")).isEqualTo("latido");
        assertThat(event.getString("type")).isEqualTo("dev.latido.work");
        assertThat(event.getString("traceparent")).isEqualTo("00-1");
        assertThat(event.getValue("data")).isEqualTo(new JsonObject("{\"ä\":[1.0,\"<€>\"]}"));
        client.deleteMessage(item.getMessageId(), item.getPopReceipt());
        assertThat(bed.get(shop.depth()).ready()).containsEntry(Priority.NORMAL, 0L);
    }
}

package dev.latido.queue.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.loop.VertxLoop;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.Delivery;
import dev.latido.queue.Depth;
import dev.latido.queue.Member;
import dev.latido.queue.Message;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.queue.QueueException;
import dev.latido.queue.Settlement;
import dev.latido.room.FullMode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The life of messages, at whichever namespace {@code SERVICE_BUS_CONNECTION_STRING} names, or else at the stand-in. There it needs an
 * empty queue {@code latido-test}, made with a lock duration of 10 seconds and a max delivery count of 100.
 */
@Timeout(600)
class ServiceBusNamespaceTest {

    private static final String QUEUE = "latido-test";
    private static final Duration LOCK = Duration.ofSeconds(10);
    private static final Settlement ACK = new Settlement.Ack(null);

    private final Vertx vertx = Vertx.vertx();
    private @Nullable ServiceBusServer server;
    private Member shop;

    @BeforeEach
    void begin() {
        String access = System.getenv("SERVICE_BUS_CONNECTION_STRING");
        if (access == null) {
            ServiceBusServer begun = ServiceBusServer.start();
            begun.queues(LOCK, 100, QUEUE);
            server = begun;
            access = begun.connectionString();
        }
        ServiceBusBroker broker = new ServiceBusBroker(
                vertx,
                ServiceBusBed.config(new JsonObject().put("connectionString", access)),
                System::currentTimeMillis,
                new Random());
        QueueBinding binding = new QueueBinding(
                QUEUE,
                "latido",
                List.of(Priority.NORMAL),
                LOCK,
                0,
                FullMode.REJECT,
                ServiceBusBroker.CAPABILITIES.maxPayloadBytes(),
                Duration.ZERO,
                Duration.ofHours(1),
                Existing.TAKE,
                true);
        shop = new Member("shop", broker, binding, new VertxLoop(((VertxInternal) vertx).createEventLoopContext()));
        shop.open();
        await("the queue " + QUEUE + ", " + shop.downs(), shop::isUp);
    }

    @AfterEach
    void end() {
        get(shop.close());
        await("Vert.x to end", vertx.close()::isComplete);
        if (server != null) {
            server.close();
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        Awaitility.await(what)
                .pollInterval(Duration.ofMillis(10))
                .atMost(Duration.ofMinutes(2))
                .until(condition::getAsBoolean);
    }

    private static <T> T get(Future<T> future) {
        await("an answer", future::isComplete);
        if (future.failed()) {
            throw new AssertionError(future.cause());
        }
        return future.result();
    }

    private Delivery next() {
        int count = shop.arrived().size() + 1;
        shop.dequeue(1);
        await("a message", () -> shop.arrived().size() >= count);
        return shop.arrived().get(count - 1);
    }

    private void put(String key, Duration delay, Map<String, String> properties) {
        get(shop.enqueue(new Message(key, false, "{\"ä\":[1.0]}", Priority.NORMAL, delay, properties)));
    }

    @Test
    void messagesLiveAsTheyDoAtTheStandIn() {
        assertThat(get(shop.depth()).ready()).as("the queue is empty").containsEntry(Priority.NORMAL, 0L);
        put("a", Duration.ZERO, Map.of("traceparent", "00-1"));
        Delivery first = next();
        assertThat(first.key()).isEqualTo("a");
        assertThat(first.payload()).isEqualTo("{\"ä\":[1.0]}");
        assertThat(first.properties()).isEqualTo(Map.of("traceparent", "00-1"));
        assertThat(first.deliveries()).isEqualTo(1);
        get(shop.settle(first, new Settlement.Release()));
        Delivery second = next();
        assertThat(second.deliveries()).as("what is given back does not count").isEqualTo(1);
        Awaitility.await("two locks to be over")
                .pollDelay(LOCK.multipliedBy(2))
                .atMost(Duration.ofMinutes(2))
                .until(() -> true);
        assertThat(shop.lost()).isEmpty();
        get(shop.settle(second, new Settlement.Later(Duration.ofSeconds(2), 1, "not yet")));
        Delivery third = next();
        assertThat(third.key()).isEqualTo("a");
        assertThat(third.attempts()).isEqualTo(1);
        assertThat(third.properties()).isEqualTo(first.properties());
        get(shop.settle(third, new Settlement.Dead("failed", "it was Monday", null)));
        List<DeadLetter> dead = get(shop.deadLetters("", 100)).letters();
        DeadLetter letter = dead.get(dead.size() - 1);
        assertThat(List.of(letter.key(), letter.reason(), letter.error()))
                .containsExactly("a", "failed", "it was Monday");
        assertThat(get(shop.replay(List.of(letter.id())))).isEqualTo(1);
        Delivery fourth = next();
        assertThat(fourth.key()).isEqualTo("a");
        assertThat(fourth.properties()).containsEntry(Delivery.ROUND, "1");
        get(shop.settle(fourth, ACK));
        Future<Void> again = shop.settle(fourth, ACK);
        await("an answer", again::isComplete);
        assertThat(again.cause())
                .isInstanceOfSatisfying(
                        QueueException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(QueueException.Kind.LEASE_LOST));
        put("b", Duration.ofSeconds(3), Map.of());
        Depth depth = get(shop.depth());
        assertThat(depth.delayed()).isEqualTo(1);
        Delivery fifth = next();
        assertThat(fifth.key()).isEqualTo("b");
        get(shop.settle(fifth, ACK));
        Depth end = get(shop.depth());
        assertThat(end.ready()).containsEntry(Priority.NORMAL, 0L);
        assertThat(end.delayed()).isZero();
        assertThat(shop.downs()).isEmpty();
        assertThat(shop.fault()).isNull();
    }
}

package dev.latido.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.BlockedThreadGuard;
import dev.latido.metric.VertxMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocalBusTest {

    private static final String ADDRESS = "latido.work.import";

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final VertxMeters meters = new VertxMeters(registry);
    private final Vertx vertx = Vertx.builder()
            .with(BlockedThreadGuard.strict().setMetricsOptions(VertxMeters.options()))
            .withMetrics(meters)
            .build();
    private final WorkBus bus = new LocalBus(vertx.eventBus(), meters::hasConsumer);
    private final Queue<Message<Object>> got = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private boolean hasConsumer() {
        return bus.hasConsumer(ADDRESS).await();
    }

    private MessageConsumer<Object> registered(MessageConsumer<Object> consumer) {
        consumer.handler(got::add).completion().await();
        return consumer;
    }

    @Test
    void knowsWhetherThereIsAConsumerAndSendsItNothing() {
        assertThat(hasConsumer()).isFalse();
        MessageConsumer<Object> first = registered(vertx.eventBus().consumer(ADDRESS));
        assertThat(hasConsumer()).isTrue();
        MessageConsumer<Object> second = registered(vertx.eventBus().localConsumer(ADDRESS));
        first.unregister().await();
        assertThat(hasConsumer()).isTrue();
        second.unregister().await();
        assertThat(hasConsumer()).isFalse();
        assertThat(got).isEmpty();
        assertThat(registry.find("vertx.eventbus.received").counters()).isEmpty();
    }

    @Test
    void aConsumerThatIsPausedIsOne() {
        registered(vertx.eventBus().consumer(ADDRESS)).pause();
        assertThat(hasConsumer()).isTrue();
    }

    @Test
    void aConsumerIsGoneWithItsVerticle() {
        String id = vertx.deployVerticle(new VerticleBase() {
                    @Override
                    public Future<?> start() {
                        return vertx.eventBus().consumer(ADDRESS, got::add).completion();
                    }
                })
                .await();
        assertThat(hasConsumer()).isTrue();
        vertx.undeploy(id).await();
        assertThat(hasConsumer()).isFalse();
    }

    @Test
    void aRequestHasItsReplyAndTheOtherMetersAreTold() {
        vertx.eventBus()
                .consumer(ADDRESS, message -> message.reply(message.body()))
                .completion()
                .await();
        assertThat(bus.request(ADDRESS, "work", new DeliveryOptions()).await().body())
                .isEqualTo("work");
        assertThat(registry.get("vertx.eventbus.handlers").gauge().value()).isEqualTo(1);
        assertThat(registry.get("vertx.eventbus.processed")
                        .tag("side", "local")
                        .counter()
                        .count())
                .isEqualTo(1);
    }
}

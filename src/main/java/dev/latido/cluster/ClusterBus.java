package dev.latido.cluster;

import dev.latido.worker.WorkBus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryContext;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.impl.OutboundDeliveryContext;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The bus of a service in a cluster: its requests end with the node that they went to. */
final class ClusterBus implements WorkBus {

    /**
     * How long it may take to learn where the consumers at an address are. Usually that is known; and else asked of another
     * member, within milliseconds.
     */
    private static final Duration MAX_CHOICE = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final EventBus bus;
    private final RequestRoutes routes;

    /**
     * Makes what works on the bus of {@code vertx}.
     *
     * @param routes the node selector of that bus
     */
    ClusterBus(Vertx vertx, RequestRoutes routes) {
        this.vertx = vertx;
        this.bus = vertx.eventBus();
        this.routes = routes;
        bus.addOutboundInterceptor(this::watchWriting);
    }

    @Override
    public Future<Message<Object>> request(String address, Object body, DeliveryOptions options) {
        return routes.send(
                address,
                () -> bus.request(address, body, options),
                late -> vertx.setTimer(MAX_CHOICE.toMillis(), ignored -> late.run()));
    }

    @Override
    public Future<Boolean> hasConsumer(String address) {
        Future<Boolean> answer = routes.hasConsumer(address);
        return answer.isComplete() ? answer : answer.timeout(MAX_CHOICE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Vert.x logs that a request could not be written, and has its sender wait for the timeout all the same. */
    private <T> void watchWriting(DeliveryContext<T> delivery) {
        SentRequest request = routes.sending();
        if (request != null && delivery instanceof OutboundDeliveryContext<T> outbound) {
            outbound.writePromise.future().onFailure(request::notWritten);
        }
        delivery.next();
    }
}

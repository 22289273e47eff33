package dev.latido.worker;

import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import java.util.function.Predicate;

/** The bus of a service that is in no cluster: whoever gets a message is in the same process and gone only with it. */
public final class LocalBus implements WorkBus {

    private final EventBus bus;
    private final Predicate<String> hasConsumer;

    /**
     * Makes what works on {@code bus}.
     *
     * @param hasConsumer whether a consumer is registered at an address
     */
    public LocalBus(EventBus bus, Predicate<String> hasConsumer) {
        this.bus = bus;
        this.hasConsumer = hasConsumer;
    }

    @Override
    public Future<Message<Object>> request(String address, Object body, DeliveryOptions options) {
        return bus.request(address, body, options);
    }

    @Override
    public Future<Boolean> hasConsumer(String address) {
        return Future.succeededFuture(hasConsumer.test(address));
    }
}

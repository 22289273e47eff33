package dev.latido.worker;

import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;

/** The bus of a service that is in no cluster: whoever gets a message is in the same process and gone only with it. */
public final class LocalBus implements WorkBus {

    private final EventBus bus;

    public LocalBus(EventBus bus) {
        this.bus = bus;
    }

    @Override
    public Future<Message<Object>> request(String address, Object body, DeliveryOptions options) {
        return bus.request(address, body, options);
    }
}

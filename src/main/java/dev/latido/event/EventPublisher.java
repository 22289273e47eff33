package dev.latido.event;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageProducer;
import io.vertx.core.json.JsonObject;

/** Publishes every event on the bus, where somebody listens. Belongs to the event loop that it is attached to. */
public final class EventPublisher {

    private final MessageProducer<JsonObject> producer;

    /**
     * Makes a publisher.
     *
     * @param address where it publishes
     */
    public EventPublisher(Vertx vertx, String address) {
        producer = vertx.eventBus().publisher(address);
    }

    /**
     * Publishes all events of {@code batch} in order. When the first one finds nobody, neither will the others: who
     * begins to listen after that does so after they have happened.
     */
    public void take(EventBatch batch) {
        long sequence = batch.first();
        for (Event event : batch.events()) {
            Future<Void> written = producer.write(EventWire.encode(sequence, event));
            if (written.failed()) {
                return;
            }
            sequence++;
        }
    }
}

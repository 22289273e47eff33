package dev.latido.client;

import dev.latido.protocol.Addresses;
import dev.latido.protocol.Command;
import dev.latido.protocol.CommandBatch;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Wire;
import io.vertx.core.Completable;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageProducer;
import io.vertx.core.tracing.TracingPolicy;
import java.time.Duration;
import java.util.function.Consumer;

/** The event bus of Vert.x: as JSON to wherever in the cluster the owner is, or as they are within the process. */
final class VertxCommandBus implements CommandBus {

    private final EventBus bus;
    private final boolean sameProcess;
    private final DeliveryOptions delivery;
    private final MessageProducer<Object> batches;

    /**
     * Makes one.
     *
     * @param sameProcess whether the owner is in this process
     * @param patience how long an answer is waited for
     */
    VertxCommandBus(Vertx vertx, boolean sameProcess, Duration patience) {
        this.bus = vertx.eventBus();
        this.sameProcess = sameProcess;
        this.delivery = new DeliveryOptions()
                .setSendTimeout(patience.toMillis())
                .setTracingPolicy(sameProcess ? TracingPolicy.IGNORE : TracingPolicy.PROPAGATE) // see Command.Submit
                .setLocalOnly(sameProcess);
        this.batches = bus.sender(Addresses.SUBMIT, delivery);
    }

    @Override
    public void request(Command command, Completable<Reply> answered) {
        Object body = sameProcess ? command : Wire.encode(command);
        bus.<Object>request(Wire.addressOf(command.type()), body, delivery)
                .onComplete((message, failure) -> answered.complete(
                        failure == null ? Wire.decodeReply(command.type(), message.body()) : null, failure));
    }

    @Override
    public void send(CommandBatch batch, Consumer<Throwable> failed) {
        batches.write(batch).onFailure(failed::accept);
    }
}

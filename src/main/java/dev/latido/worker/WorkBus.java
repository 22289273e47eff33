package dev.latido.worker;

import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;

/** The event bus as it is used for work: it tells when there will be no reply. May be used from any thread. */
public interface WorkBus {

    /**
     * Sends {@code body} to one of the consumers at {@code address} and waits for its reply.
     *
     * @return the reply; fails with {@link ReplyException} as the event bus says, with {@link WorkerUnavailableException}
     *     when the message could not be sent, so that no consumer got it, and with {@link WorkFailedException} when the
     *     process that it went to is gone, so that nobody knows whether one did
     */
    Future<Message<Object>> request(String address, Object body, DeliveryOptions options);

    /**
     * Tells whether a message to {@code address} would find a consumer now, in this process or another. No consumer gets
     * anything for that. The answer may be behind by the moment that news of a consumer takes through the cluster; it fails
     * when the cluster does not give one within seconds.
     */
    Future<Boolean> hasConsumer(String address);
}

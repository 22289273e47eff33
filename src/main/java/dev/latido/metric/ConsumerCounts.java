package dev.latido.metric;

import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.spi.metrics.EventBusMetrics;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** How many consumers in this process are registered at each address, but for those of Vert.x itself. Thread-safe. */
final class ConsumerCounts {

    /** Each request has a consumer for its reply, at an address of its own that begins with this. */
    private static final String INTERNAL = "__vertx.";

    private final Map<String, Integer> counts = new ConcurrentHashMap<>();

    boolean hasConsumer(String address) {
        return counts.containsKey(address);
    }

    /** Returns meters that count consumers, and tell {@code meters} everything but what is of Vert.x itself. */
    <H> EventBusMetrics<?> counting(EventBusMetrics<H> meters) {
        return new Counting<>(meters);
    }

    /**
     * A consumer.
     *
     * @param address where
     * @param metric what the other meters know it by
     */
    private record Registered<H>(String address, @Nullable H metric) {}

    private final class Counting<H> implements EventBusMetrics<@Nullable Registered<H>> {

        private final EventBusMetrics<H> meters;

        Counting(EventBusMetrics<H> meters) {
            this.meters = meters;
        }

        @Override
        public @Nullable Registered<H> handlerRegistered(String address) {
            if (address.startsWith(INTERNAL)) {
                return null;
            }
            counts.merge(address, 1, Integer::sum);
            return new Registered<>(address, meters.handlerRegistered(address));
        }

        @Override
        public void handlerUnregistered(@Nullable Registered<H> handler) {
            if (handler != null) {
                counts.computeIfPresent(handler.address, (address, count) -> count == 1 ? null : count - 1);
                meters.handlerUnregistered(handler.metric);
            }
        }

        private static <H> @Nullable H metric(@Nullable Registered<H> handler) {
            return handler == null ? null : handler.metric;
        }

        @Override
        public void scheduleMessage(@Nullable Registered<H> handler, boolean local) {
            meters.scheduleMessage(metric(handler), local);
        }

        @Override
        public void discardMessage(@Nullable Registered<H> handler, boolean local, Message<?> message) {
            meters.discardMessage(metric(handler), local, message);
        }

        @Override
        public void messageDelivered(@Nullable Registered<H> handler, boolean local) {
            meters.messageDelivered(metric(handler), local);
        }

        @Override
        public void messageSent(String address, boolean publish, boolean local, boolean remote) {
            meters.messageSent(address, publish, local, remote);
        }

        @Override
        public void messageReceived(String address, boolean publish, boolean local, int handlers) {
            meters.messageReceived(address, publish, local, handlers);
        }

        @Override
        public void messageWritten(String address, int numberOfBytes) {
            meters.messageWritten(address, numberOfBytes);
        }

        @Override
        public void messageRead(String address, int numberOfBytes) {
            meters.messageRead(address, numberOfBytes);
        }

        @Override
        public void replyFailure(String address, ReplyFailure failure) {
            meters.replyFailure(address, failure);
        }

        @Override
        public void close() {
            meters.close();
        }
    }
}

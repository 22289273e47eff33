package dev.latido.queue;

import dev.latido.setting.Section;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An exchange of RabbitMQ that others declared, and what it reads to know where a message goes.
 *
 * @param exchange its name
 * @param routingKey what messages are published with, or a queue is bound by; may be empty
 */
public record Route(String exchange, String routingKey) {

    private static final String EXCHANGE = "exchange";
    private static final String ROUTING_KEY = "routingKey";

    /** How long a short string of AMQP 0-9-1 may be (its specification, 4.2.5.3). */
    private static final int MAX_BYTES = 255;

    /**
     * Reads {@code exchange} and {@code routingKey}.
     *
     * @param type of the broker; null when it is not known
     * @return null when there is none, or it is wrong, which is noted
     */
    public static @Nullable Route read(Section section, @Nullable BrokerType type) {
        boolean hasExchange = section.has(EXCHANGE);
        boolean hasKey = section.has(ROUTING_KEY);
        String exchange = section.string(EXCHANGE, "");
        String routingKey = section.string(ROUTING_KEY, "");
        if (!hasExchange) {
            if (hasKey) {
                section.problem(ROUTING_KEY, "needs the exchange that reads it (exchange)");
            }
            return null;
        }
        if (type != null && type != BrokerType.RABBITMQ) {
            section.problem(EXCHANGE, "is for rabbitmq, and not for " + type.wireName());
            return null;
        }
        if (exchange.isEmpty()) {
            return null; // which is noted
        }
        if (isTooLong(exchange)) {
            section.problem(EXCHANGE, "must have at most " + MAX_BYTES + " bytes");
            return null;
        }
        if (isTooLong(routingKey)) {
            section.problem(ROUTING_KEY, "must have at most " + MAX_BYTES + " bytes");
            return null;
        }
        return new Route(exchange, routingKey);
    }

    private static boolean isTooLong(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES;
    }

    /** Returns it for people. */
    @Override
    public String toString() {
        return "the exchange " + exchange + " with "
                + (routingKey.isEmpty() ? "no routing key" : "the routing key " + routingKey);
    }
}

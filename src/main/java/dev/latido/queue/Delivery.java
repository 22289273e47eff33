package dev.latido.queue;

import dev.latido.job.Priority;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message that was leased to this process. What it is made of was checked: its payload is JSON, or null.
 *
 * @param handle what it is settled by
 * @param key its own, or else the broker's name for it: the same each time it is delivered
 * @param lane the lane that it comes from
 * @param payload JSON text; null for none
 * @param payloadBytes how long that is in UTF-8
 * @param deliveries how often it was leased, this time included, to whomever; from 1. No failure follows from it: what is given
 *     back, or moved on, counts too
 * @param attempts how often it was tried before somebody moved it on with {@link Settlement.Later}
 * @param properties what else is said of it
 */
public record Delivery(
        Handle handle,
        String key,
        Priority lane,
        @Nullable String payload,
        int payloadBytes,
        int deliveries,
        int attempts,
        Map<String, String> properties) {

    /** The property that tells of what a message is part of, as W3C Trace Context says. */
    public static final String TRACEPARENT = "traceparent";

    /** The property that says who sent a CloudEvent: its key, which is its id, is unique together with that only. */
    public static final String SOURCE = "ce-source";

    /** The property that counts how often a message was replayed as a dead letter; not there when it never was. */
    public static final String ROUND = "latido-round";

    public Delivery {
        properties = Map.copyOf(properties);
    }
}

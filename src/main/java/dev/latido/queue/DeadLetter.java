package dev.latido.queue;

import dev.latido.job.Priority;
import java.util.Map;

/**
 * A message that was not done and is not tried again by itself.
 *
 * @param id names it among the dead letters, for as long as it is one
 * @param key its key
 * @param lane the lane that it was in
 * @param payload its payload, or the beginning of it, as it came: it may be no JSON; empty for none
 * @param payloadBytes how long that is as a whole
 * @param reason why, in a word
 * @param error the same for people
 * @param diedAt when it became one, by the broker's clock, in milliseconds since 1970
 * @param properties what else is said of it
 */
public record DeadLetter(
        String id,
        String key,
        Priority lane,
        String payload,
        int payloadBytes,
        String reason,
        String error,
        long diedAt,
        Map<String, String> properties) {

    public DeadLetter {
        properties = Map.copyOf(properties);
    }
}

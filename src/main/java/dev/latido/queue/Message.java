package dev.latido.queue;

import dev.latido.job.Priority;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is published to a queue.
 *
 * @param key names it for as long as anybody asks for it: 1 to {@value #MAX_KEY_LENGTH} characters
 * @param isRepeatable whether the same key may be submitted again, and is then to be known: otherwise it is one that nobody
 *     else can have
 * @param payload JSON text; null for none
 * @param lane how urgent it is: one of the queue's lanes
 * @param delay how long it is not to be delivered yet, by the broker's clock
 * @param properties what else is said of it, such as {@code traceparent}
 */
public record Message(
        String key,
        boolean isRepeatable,
        @Nullable String payload,
        Priority lane,
        Duration delay,
        Map<String, String> properties) {

    public static final int MAX_KEY_LENGTH = 255;

    /** Returns a key for the work that has this name: the name itself, unless that is too long for one. */
    public static String keyOf(String name) {
        if (name.length() <= MAX_KEY_LENGTH) {
            return name;
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    public Message {
        if (key.isEmpty() || key.length() > MAX_KEY_LENGTH) {
            throw new IllegalArgumentException("a key has 1 to " + MAX_KEY_LENGTH + " characters, was " + key.length());
        }
        if (delay.isNegative()) {
            throw new IllegalArgumentException("a delay must not be negative, was " + delay);
        }
        properties = Map.copyOf(properties);
    }
}

package dev.latido.protocol;

import dev.latido.job.Priority;
import dev.latido.job.Utf8;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One piece of work that a client hands to a job.
 *
 * @param payload JSON text; null for none
 * @param payloadBytes how long the payload is in UTF-8; the shorter constructors count it, best where it was just read
 * @param priority how urgent it is
 * @param delay how long it is not due yet, from zero to {@link #MAX_DELAY}
 * @param expires how long after it was accepted it is not started any more; null for what the job says
 * @param key makes repeating harmless: the same key with the same work gets the first answer again; null for none, else
 *     1 to {@link #MAX_KEY_LENGTH} characters
 */
public record Submission(
        @Nullable String payload,
        int payloadBytes,
        Priority priority,
        Duration delay,
        @Nullable Duration expires,
        @Nullable String key) {

    public static final Duration MAX_DELAY = Duration.ofDays(366);
    public static final int MAX_KEY_LENGTH = 255;

    /** Makes a submission whose payload is counted here. */
    public Submission(
            @Nullable String payload,
            Priority priority,
            Duration delay,
            @Nullable Duration expires,
            @Nullable String key) {
        this(payload, payload == null ? 0 : Utf8.length(payload), priority, delay, expires, key);
    }

    /** Makes a submission that expires when the job says. */
    public Submission(@Nullable String payload, Priority priority, Duration delay, @Nullable String key) {
        this(payload, priority, delay, null, key);
    }

    /** Makes a submission of normal priority that is due at once. */
    public static Submission of(@Nullable String payload) {
        return new Submission(payload, Priority.NORMAL, Duration.ZERO, null);
    }
}

package dev.latido.queue;

import java.time.Duration;

/**
 * One tick of a timer that all processes of a job have: the first of them that submits it once it is due makes its message.
 *
 * @param key the same in all of them: the job and when it is due
 * @param dueMillis when it is due by the broker's clock, since the epoch
 * @param mayBeOpen how many of the two ticks before may not be done when it comes
 * @param delay how long after it was submitted it is not to be delivered yet
 * @param dedup for how long it is known that there was one
 */
public record Tick(String key, long dueMillis, int mayBeOpen, Duration delay, Duration dedup) {

    /** What became of one. */
    public enum Fate {
        /** It is a message now. */
        TAKEN,
        /** Another process submitted it before. */
        KNOWN,
        /** It is none, and will be none from anybody, as too many before it are not done. */
        BUSY,
        /** It is none, and will be none from anybody, as there was no room. */
        FULL,
        /** It is not due yet by the broker's clock, and to be submitted again when it is. */
        EARLY
    }

    public Tick {
        if (key.isEmpty() || key.length() > Message.MAX_KEY_LENGTH) {
            throw new IllegalArgumentException(
                    "a key has 1 to " + Message.MAX_KEY_LENGTH + " characters, was " + key.length());
        }
        if (mayBeOpen < 0 || mayBeOpen > 1 || delay.isNegative() || dedup.toMillis() < 1) {
            throw new IllegalArgumentException("0 or 1 may be open, the delay not negative, the key known for a time");
        }
    }
}

package dev.latido.client;

import java.time.Duration;

/**
 * The bounds that a {@link JobClient} keeps.
 *
 * @param maxInFlight how many commands may be unanswered at once, from 1
 * @param whenFull what happens to a command when that many are
 * @param maxWaiting how many callers may wait for a place, from 0; used with {@link WhenFull#WAIT}
 * @param timeout how long a caller waits for a place and the answer together
 */
public record CommandConfig(int maxInFlight, WhenFull whenFull, int maxWaiting, Duration timeout) {

    /** The bounds that the shipped configuration names. */
    public static final CommandConfig DEFAULT = new CommandConfig(100, WhenFull.WAIT, 10_000, Duration.ofSeconds(5));

    /** The bounds for submitted work that the shipped configuration names. */
    public static final CommandConfig SUBMISSIONS =
            new CommandConfig(1_000, WhenFull.WAIT, 10_000, Duration.ofSeconds(5));

    /** What happens to a command when the in-flight limit is reached. */
    public enum WhenFull {
        /** Its caller waits in a bounded line, up to its deadline. */
        WAIT,
        /** It is refused at once. */
        REJECT
    }
}

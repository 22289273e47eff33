package dev.latido.client;

import dev.latido.setting.Section;
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

    /** Reads all of them; what is not given is as in {@code absent}. */
    public static CommandConfig read(Section section, CommandConfig absent) {
        CommandConfig commands = new CommandConfig(
                section.integer("maxInFlight", absent.maxInFlight, 1, 100_000),
                section.choice("whenFull", absent.whenFull, WhenFull.class),
                section.integer("maxWaiting", absent.maxWaiting, 0, 1_000_000),
                section.duration("timeout", absent.timeout, Duration.ofMillis(10), Duration.ofMinutes(1)));
        section.end();
        return commands;
    }
}

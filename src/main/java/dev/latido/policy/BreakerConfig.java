package dev.latido.policy;

import dev.latido.setting.Section;
import java.time.Duration;

/**
 * When to stop calling what does not work.
 *
 * @param window over how many of the latest attempts the rates are taken, from 1 to 10,000
 * @param minimumCalls how many there must be before the rates count, from 1 to {@code window}
 * @param failureRate the share of failures at which it opens, in percent, from 1 to 100
 * @param slowRate the share of slow attempts at which it opens, in percent, from 1 to 100
 * @param slowCall an attempt that takes longer is slow
 * @param openFor how long it stays open before it lets probes through, at least a millisecond
 * @param probes how many attempts are let through half open, from 1 to 1,000; when all of them have ended, or
 *     {@code minimumCalls} if those are fewer, the rates decide whether it closes
 */
public record BreakerConfig(
        int window, int minimumCalls, int failureRate, int slowRate, Duration slowCall, Duration openFor, int probes) {

    /** What holds when nothing else is said; slow attempts do not count. */
    public static final BreakerConfig DEFAULT =
            new BreakerConfig(50, 20, 50, 100, Duration.ofDays(1), Duration.ofSeconds(30), 3);

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(1);

    /** Reads all of them. Whoever has the section ends it. */
    public static BreakerConfig read(Section section) {
        int window = section.integer("window", DEFAULT.window, 1, 10_000);
        int minimumCalls = section.integer("minimumCalls", Math.min(window, DEFAULT.minimumCalls), 1, 10_000);
        if (minimumCalls > window) {
            section.problem("minimumCalls", "must not be more than window");
        }
        return new BreakerConfig(
                window,
                Math.min(window, minimumCalls),
                section.integer("failureRate", DEFAULT.failureRate, 1, 100),
                section.integer("slowRate", DEFAULT.slowRate, 1, 100),
                section.duration("slowCall", DEFAULT.slowCall, SHORTEST, LONGEST),
                section.duration("openFor", DEFAULT.openFor, SHORTEST, LONGEST),
                section.integer("probes", DEFAULT.probes, 1, 1_000));
    }
}

package dev.latido.policy;

import java.time.Duration;

/**
 * How fast a line moves: an exponentially weighted mean of the time between departures while somebody waits, from which
 * an honest {@code Retry-After} follows. Pure and not thread-safe; time is an argument.
 */
public final class DrainRate {

    /** What {@link #retryAfter} answers at least: HTTP's {@code Retry-After} counts whole seconds. */
    public static final Duration MIN_RETRY = Duration.ofSeconds(1);

    /** What {@link #retryAfter} answers at most, also when nothing moves at all. */
    public static final Duration MAX_RETRY = Duration.ofSeconds(60);

    /** The weight of the newest gap: about the last 50 departures count. */
    private static final double WEIGHT = 0.02;

    private double meanGapNanos = -1;
    private long lastNanos;

    /** Notes that a line begins to form at {@code nanos}: the idle time before says nothing about its speed. */
    public void lineBegan(long nanos) {
        lastNanos = nanos;
    }

    /** Notes that one left the line at the monotonic time {@code nanos}. */
    public void departed(long nanos) {
        double gap = nanos - lastNanos;
        meanGapNanos = meanGapNanos < 0 ? gap : meanGapNanos + WEIGHT * (gap - meanGapNanos);
        lastNanos = nanos;
    }

    /**
     * Returns when one who would stand behind {@code ahead} others may expect a place: {@code ahead} mean gaps, but no
     * less than the time since the line last moved, in whole seconds rounded up and kept within {@link #MIN_RETRY} and
     * {@link #MAX_RETRY}.
     */
    public Duration retryAfter(int ahead, long nanos) {
        double expected = Math.max(ahead * Math.max(meanGapNanos, 0), (double) (nanos - lastNanos));
        long seconds = (long) Math.ceil(expected / 1e9);
        return Duration.ofSeconds(Math.max(MIN_RETRY.toSeconds(), Math.min(MAX_RETRY.toSeconds(), seconds)));
    }
}

package dev.latido.policy;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * A rate limit.
 *
 * @param algorithm what exactly is limited
 * @param permits how many starts, from 1 to {@link #MAX_PERMITS}
 * @param per in which time, from {@link #MIN_PERIOD} to {@link #MAX_PERIOD}
 * @param burst with {@link Algorithm#TOKEN_BUCKET}, how many starts the bucket holds, from 1 to {@link #MAX_PERMITS}
 */
public record RateConfig(Algorithm algorithm, int permits, Duration per, int burst) {

    public static final int MAX_PERMITS = 1_000_000;
    public static final Duration MIN_PERIOD = Duration.ofMillis(1);
    public static final Duration MAX_PERIOD = Duration.ofDays(1);

    /** The kinds of limits, each a promise about starts. */
    public enum Algorithm {
        /** In any time t: at most burst + permits × t / per. An unused bucket is full, and refills evenly. */
        TOKEN_BUCKET,
        /** Between two starts: at least per / permits. No bursts. */
        LEAKY,
        /** In each of the windows of length per that follow one another from the first start on: at most permits. */
        FIXED_WINDOW,
        /** In any window of length per: at most permits. Remembers so many starts. */
        SLIDING_WINDOW;

        private final String wireName = name().toLowerCase(Locale.ROOT).replace('_', '-');

        /** Returns the name in JSON and configuration. */
        public String wireName() {
            return wireName;
        }

        /** Returns the algorithm with this name, compared exactly. */
        public static Optional<Algorithm> ofWireName(String name) {
            for (Algorithm algorithm : values()) {
                if (algorithm.wireName.equals(name)) {
                    return Optional.of(algorithm);
                }
            }
            return Optional.empty();
        }
    }

    public RateConfig {
        check("permits", permits, MAX_PERMITS);
        check("burst", burst, MAX_PERMITS);
        if (per.compareTo(MIN_PERIOD) < 0 || per.compareTo(MAX_PERIOD) > 0) {
            throw new IllegalArgumentException("per must be " + MIN_PERIOD + " to " + MAX_PERIOD + ", was " + per);
        }
        if (per.toNanos() < permits) {
            throw new IllegalArgumentException("at most one start a nanosecond, was " + permits + " per " + per);
        }
    }

    private static void check(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " must be 1 to " + max + ", was " + value);
        }
    }
}

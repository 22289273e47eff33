package dev.latido.control;

import dev.latido.limit.RateConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What each kind of rate limit promises about starts, looked at from outside, start by start. */
final class RatePromise {

    private RatePromise() {}

    /** Says where {@code starts}, in the order of time, break the promise of {@code config}; empty when they keep it. */
    static Optional<String> broken(RateConfig config, List<Duration> starts) {
        return switch (config.algorithm()) {
            case LEAKY -> paced(config, starts);
            case TOKEN_BUCKET -> bucket(config, starts);
            case FIXED_WINDOW -> fixedWindows(config, starts);
            case SLIDING_WINDOW -> anyWindow(config, starts);
        };
    }

    private static Optional<String> paced(RateConfig config, List<Duration> starts) {
        for (int i = 1; i < starts.size(); i++) {
            long pause = starts.get(i).minus(starts.get(i - 1)).toNanos();
            if (pause * config.permits() < config.per().toNanos()) {
                return Optional.of(config + ": a pause of " + pause + " ns before start " + i);
            }
        }
        return Optional.empty();
    }

    /** Follows the tokens exactly, in units of which a token is {@code per} nanoseconds and a nanosecond brings {@code permits}. */
    private static Optional<String> bucket(RateConfig config, List<Duration> starts) {
        long token = config.per().toNanos();
        long full = Math.multiplyExact(token, (long) config.burst());
        long level = full;
        // Bucket4j counts whole nanoseconds, so a token may come one too early.
        long tolerance = config.permits();
        for (int i = 0; i < starts.size(); i++) {
            long passed = i == 0 ? 0 : starts.get(i).minus(starts.get(i - 1)).toNanos();
            level = passed >= full / config.permits() ? full : Math.min(full, level + passed * config.permits());
            level -= token;
            if (level < -tolerance) {
                return Optional.of(config + ": no token for start " + i);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> fixedWindows(RateConfig config, List<Duration> starts) {
        long window = -1;
        int count = 0;
        for (Duration start : starts) {
            long in = start.minus(starts.get(0)).toNanos() / config.per().toNanos();
            count = in == window ? count + 1 : 1;
            window = in;
            if (count > config.permits()) {
                return Optional.of(config + ": " + count + " starts in window " + window);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> anyWindow(RateConfig config, List<Duration> starts) {
        for (int i = config.permits(); i < starts.size(); i++) {
            Duration within = starts.get(i).minus(starts.get(i - config.permits()));
            if (within.compareTo(config.per()) < 0) {
                return Optional.of(config + ": more starts in " + within + ", up to start " + i);
            }
        }
        return Optional.empty();
    }
}

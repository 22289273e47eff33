package dev.latido.core;

import dev.latido.policy.RateConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What each kind of rate limit promises about starts, looked at from outside, start by start. */
final class RatePromise {

    /** A permit is taken, or one is there again because nobody was reached with it. */
    private record Move(Duration at, boolean isBack) {}

    private final List<Move> moves = new ArrayList<>();

    /** The starts that reached somebody, or still may. */
    private final List<Duration> starts = new ArrayList<>();

    /** Returns the promise of a limit that {@code starts}, in the order of time, take permits of. */
    static RatePromise of(List<Duration> starts) {
        RatePromise promise = new RatePromise();
        starts.forEach(promise::taken);
        return promise;
    }

    void taken(Duration at) {
        moves.add(new Move(at, false));
        starts.add(at);
    }

    /** The permit of a start at {@code taken} was not used, which is known {@code at} a later time. */
    void givenBack(Duration taken, Duration at) {
        moves.add(new Move(at, true));
        starts.remove(taken);
    }

    /** Says where the promise of {@code config} is broken; empty when it is kept. */
    Optional<String> broken(RateConfig config) {
        // Bucket4j counts whole nanoseconds, so a token may come one too early.
        return broken(config, config.permits());
    }

    /** Tells whether a start {@code at} this time would keep the promise of {@code config}, so that nothing may hold it back. */
    boolean allows(RateConfig config, Duration at) {
        RatePromise next = new RatePromise();
        next.moves.addAll(moves);
        next.starts.addAll(starts);
        next.taken(at);
        return next.broken(config, -config.permits()).isEmpty(); // or one too late
    }

    private Optional<String> broken(RateConfig config, long tolerance) {
        return switch (config.algorithm()) {
            case LEAKY -> paced(config, starts);
            case TOKEN_BUCKET -> bucket(config, moves, tolerance);
            case FIXED_WINDOW -> fixedWindows(config, moves.get(0).at, starts);
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
    private static Optional<String> bucket(RateConfig config, List<Move> moves, long tolerance) {
        long token = config.per().toNanos();
        long full = Math.multiplyExact(token, (long) config.burst());
        long level = full;
        for (int i = 0; i < moves.size(); i++) {
            long passed =
                    i == 0 ? 0 : moves.get(i).at.minus(moves.get(i - 1).at).toNanos();
            level = passed >= full / config.permits() ? full : Math.min(full, level + passed * config.permits());
            level = moves.get(i).isBack ? Math.min(full, level + token) : level - token;
            if (level < -tolerance) {
                return Optional.of(config + ": no token at " + moves.get(i).at);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> fixedWindows(RateConfig config, Duration first, List<Duration> starts) {
        long window = -1;
        int count = 0;
        for (Duration start : starts) {
            long in = start.minus(first).toNanos() / config.per().toNanos();
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

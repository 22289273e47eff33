package dev.latido.job;

import dev.latido.setting.Section;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Whether and when an execution is tried again that failed.
 *
 * @param attempts how often it is tried in all, from 1 to {@link #MAX_ATTEMPTS}
 * @param backoff how the pauses between attempts grow
 * @param delay the pause after the first failure
 * @param maxDelay no pause is longer
 * @param jitter whether a pause is a random one, from nothing up to what it would be, so that many that failed together do
 *     not come back together ("full jitter",
 *     <a href="https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/">M. Brooker, 2015</a>)
 */
public record RetryPolicy(int attempts, Backoff backoff, Duration delay, Duration maxDelay, boolean jitter) {

    /** How many attempts a policy may allow: each of them is remembered with its error. */
    public static final int MAX_ATTEMPTS = 100;

    /** No pause is longer, whatever a worker asks for. */
    public static final Duration MAX_PAUSE = Duration.ofDays(1);

    /** One attempt and no more. */
    public static final RetryPolicy NEVER = new RetryPolicy(1, Backoff.FIXED, Duration.ZERO, Duration.ZERO, false);

    /** How often an execution is tried, and with what pauses, when nothing else is said. */
    public static final RetryPolicy DEFAULT =
            new RetryPolicy(5, Backoff.EXPONENTIAL, Duration.ofSeconds(1), Duration.ofMinutes(5), true);

    /** How pauses grow. */
    public enum Backoff {
        /** They do not. */
        FIXED,
        /** Each is twice the one before. */
        EXPONENTIAL
    }

    public RetryPolicy {
        if (attempts < 1 || attempts > MAX_ATTEMPTS) {
            throw new IllegalArgumentException("attempts must be 1 to " + MAX_ATTEMPTS + ", was " + attempts);
        }
        if (delay.isNegative() || maxDelay.compareTo(delay) < 0 || maxDelay.compareTo(MAX_PAUSE) > 0) {
            throw new IllegalArgumentException("delay must be from zero to maxDelay, and that at most " + MAX_PAUSE
                    + "; they were " + delay + " and " + maxDelay);
        }
    }

    /** Reads all of it. */
    public static RetryPolicy read(Section section) {
        int attempts = section.integer("attempts", DEFAULT.attempts, 1, MAX_ATTEMPTS);
        Backoff backoff = section.choice("backoff", DEFAULT.backoff, Backoff.class);
        Duration delay = section.duration("delay", DEFAULT.delay, Duration.ZERO, MAX_PAUSE);
        Duration maxDelay = section.duration("maxDelay", DEFAULT.maxDelay, Duration.ZERO, MAX_PAUSE);
        boolean jitter = section.bool("jitter", DEFAULT.jitter);
        section.end();
        if (maxDelay.compareTo(delay) < 0 && backoff == Backoff.EXPONENTIAL) {
            section.problem("maxDelay", "must not be less than delay");
        }
        return new RetryPolicy(attempts, backoff, delay, delay.compareTo(maxDelay) > 0 ? delay : maxDelay, jitter);
    }

    /**
     * Returns after what pause there is another attempt; empty when there is none.
     *
     * @param failures how many attempts have failed, this one included
     */
    public Optional<Duration> next(int failures, Outcome.Failure failure, RandomGenerator random) {
        if (failure.isFinal() || failures >= attempts) {
            return Optional.empty();
        }
        return Optional.of(pause(failures, failure.retryAfter(), random));
    }

    /**
     * Returns the pause after a failure, which is not shorter than this policy wants, whatever a worker says.
     *
     * @param failures how many attempts have failed, from 1
     * @param wanted when the worker wants to be asked again; null when it does not say
     */
    public Duration pause(int failures, @Nullable Duration wanted, RandomGenerator random) {
        Duration own = pause(failures, random);
        if (wanted == null || wanted.compareTo(own) <= 0) {
            return own;
        }
        return wanted.compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : wanted;
    }

    /**
     * Returns the pause after a failure.
     *
     * @param failures how many attempts have failed, from 1
     */
    public Duration pause(int failures, RandomGenerator random) {
        Duration whole = backoff == Backoff.FIXED ? delay : grown(failures);
        return jitter && !whole.isZero() ? Duration.ofNanos(random.nextLong(whole.toNanos() + 1)) : whole;
    }

    private Duration grown(int failures) {
        Duration whole = delay;
        for (int i = 1; i < failures && whole.compareTo(maxDelay) < 0; i++) {
            whole = whole.multipliedBy(2);
        }
        return whole.compareTo(maxDelay) < 0 ? whole : maxDelay;
    }
}

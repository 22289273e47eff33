package dev.latido.policy;

/**
 * How often something may start. Pure: it answers, its caller waits. Not thread-safe. Times are monotonic nanoseconds from
 * an arbitrary origin, which may wrap around; from call to call they do not go back.
 */
public interface RateLimit {

    /** Returns when the next start is allowed, as far as is known now: {@code nanos} or earlier for "now". */
    long next(long nanos);

    /** Takes a permit. Only to be called when one is there: when {@link #next} is not after {@code nanos}. */
    void take(long nanos);

    /**
     * Gives a permit back that was taken at {@code takenNanos} and not used, as far as it still counts.
     *
     * @param nanos now
     */
    void giveBack(long takenNanos, long nanos);

    /** Tells whether this limit is as if it had never been used, so that it may be forgotten. */
    boolean isIdle(long nanos);

    /** Makes a limit that has not been used. */
    static RateLimit of(RateConfig config, long nanos) {
        return switch (config.algorithm()) {
            case TOKEN_BUCKET -> new TokenBucket(config, nanos);
            case LEAKY -> new LeakyBucket(config);
            case FIXED_WINDOW -> new FixedWindow(config);
            case SLIDING_WINDOW -> new SlidingWindow(config);
        };
    }
}

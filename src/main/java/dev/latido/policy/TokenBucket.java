package dev.latido.policy;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.local.SynchronizationStrategy;

/** A bucket of tokens that refills evenly: <a href="https://bucket4j.com">Bucket4j</a> on a clock that is an argument. */
final class TokenBucket implements RateLimit {

    /** Time since the beginning, because Bucket4j's must not wrap around. */
    private static final class Clock implements TimeMeter {
        private final long beginNanos;
        private long nanos;

        Clock(long beginNanos) {
            this.beginNanos = beginNanos;
        }

        @Override
        public long currentTimeNanos() {
            return nanos - beginNanos;
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }

    private final int burst;
    private final Clock clock;
    private final Bucket bucket;

    TokenBucket(RateConfig config, long nanos) {
        this.burst = config.burst();
        this.clock = new Clock(nanos);
        clock.nanos = nanos;
        this.bucket = Bucket.builder()
                .addLimit(limit -> limit.capacity(burst).refillGreedy(config.permits(), config.per()))
                .withCustomTimePrecision(clock)
                .withSynchronizationStrategy(SynchronizationStrategy.NONE)
                .build();
    }

    @Override
    public long next(long nanos) {
        clock.nanos = nanos;
        return nanos + bucket.estimateAbilityToConsume(1).getNanosToWaitForRefill();
    }

    @Override
    public void take(long nanos) {
        clock.nanos = nanos;
        bucket.consumeIgnoringRateLimits(1);
    }

    @Override
    public void giveBack(long takenNanos, long nanos) {
        clock.nanos = nanos;
        bucket.addTokens(1); // up to what the bucket holds
    }

    @Override
    public boolean isIdle(long nanos) {
        clock.nanos = nanos;
        return bucket.getAvailableTokens() >= burst;
    }
}

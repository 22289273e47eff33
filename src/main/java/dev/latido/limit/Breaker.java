package dev.latido.limit;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;

/**
 * Stops calling what does not work, and finds out with a few probes when it works again: resilience4j's circuit breaker on a
 * clock that is an argument. Not thread-safe. Times are monotonic nanoseconds from an arbitrary origin.
 */
public final class Breaker {

    /** What a breaker is like. */
    public enum State {
        /** All attempts go through. */
        CLOSED,
        /** None does. */
        OPEN,
        /** A few do, as probes. */
        HALF_OPEN
    }

    /** The time since the beginning, as resilience4j wants it. */
    private static final class SetClock extends Clock {
        private final long beginNanos;
        private long nanos;

        SetClock(long beginNanos) {
            this.beginNanos = beginNanos;
            this.nanos = beginNanos;
        }

        @Override
        public Instant instant() {
            return Instant.EPOCH.plusNanos(nanos - beginNanos);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private final SetClock clock;
    private final CircuitBreaker breaker;
    private final long openForNanos;

    /** Stands for every failure: the breaker wants one and looks at none. */
    private final Exception failure = new Exception("failed", null, false, false) {};

    private long openUntil;

    public Breaker(String name, BreakerConfig config, long nanos) {
        this.clock = new SetClock(nanos);
        this.openForNanos = config.openFor().toNanos();
        this.breaker = CircuitBreaker.of(
                name,
                CircuitBreakerConfig.custom()
                        .clock(clock)
                        .currentTimestampFunction(now -> now.instant().toEpochMilli(), TimeUnit.MILLISECONDS)
                        .slidingWindow(
                                config.window(),
                                config.minimumCalls(),
                                CircuitBreakerConfig.SlidingWindowType.COUNT_BASED,
                                CircuitBreakerConfig.SlidingWindowSynchronizationStrategy.SYNCHRONIZED)
                        .failureRateThreshold(config.failureRate())
                        .slowCallRateThreshold(config.slowRate())
                        .slowCallDurationThreshold(config.slowCall())
                        .waitDurationInOpenState(config.openFor())
                        .permittedNumberOfCallsInHalfOpenState(config.probes())
                        .build());
    }

    /**
     * Asks whether an attempt may go through, which then has to be followed by {@link #succeeded}, {@link #failed} or
     * {@link #released}. While it is open that is not before {@link #openUntil}; half open, not before a probe has ended.
     */
    public boolean tryAcquire(long nanos) {
        clock.nanos = nanos;
        return breaker.tryAcquirePermission();
    }

    /** An attempt that went through was done. */
    public void succeeded(Duration took, long nanos) {
        ended(nanos, () -> breaker.onSuccess(took.toNanos(), TimeUnit.NANOSECONDS));
    }

    /** An attempt that went through was not done. */
    public void failed(Duration took, long nanos) {
        ended(nanos, () -> breaker.onError(took.toNanos(), TimeUnit.NANOSECONDS, failure));
    }

    /** An attempt that went through ended in a way that tells nothing. */
    public void released(long nanos) {
        clock.nanos = nanos;
        breaker.releasePermission();
    }

    private void ended(long nanos, Runnable tell) {
        boolean wasOpen = state() == State.OPEN;
        clock.nanos = nanos;
        tell.run();
        if (!wasOpen && state() == State.OPEN) {
            openUntil = nanos + openForNanos + 1; // resilience4j waits until its time is past
        }
    }

    public State state() {
        return switch (breaker.getState()) {
            case OPEN, FORCED_OPEN -> State.OPEN;
            case HALF_OPEN -> State.HALF_OPEN;
            case CLOSED, DISABLED, METRICS_ONLY -> State.CLOSED;
        };
    }

    /** Returns until when it is open; only while it is. */
    public long openUntil() {
        return openUntil;
    }
}

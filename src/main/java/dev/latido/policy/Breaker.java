package dev.latido.policy;

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

    /** The permit of what is let through while it is closed. */
    private static final int NO_PROBE = 0;

    private final SetClock clock;
    private final CircuitBreaker breaker;
    private final long openForNanos;

    /** Stands for every failure: the breaker wants one and looks at none. */
    private final Exception failure = new Exception("failed", null, false, false) {};

    private final int probes;
    private long openUntil;

    /** How often it went half open. */
    private int round;

    /** How many more probes may go through in this round. */
    private int probesLeft;

    public Breaker(String name, BreakerConfig config, long nanos) {
        this.clock = new SetClock(nanos);
        this.openForNanos = config.openFor().toNanos();
        this.probes = config.probes();
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

    /** Tells whether an attempt may go through. While it is open that is not before {@link #openUntil}. */
    public boolean mayAcquire(long nanos) {
        return switch (state()) {
            case CLOSED -> true;
            case OPEN -> openUntil - nanos <= 0;
            case HALF_OPEN -> probesLeft > 0;
        };
    }

    /**
     * Lets an attempt through. Only to be called when that {@link #mayAcquire may be}.
     *
     * @return the permit, with which {@link #succeeded}, {@link #failed} or {@link #released} is to be called once
     */
    public int acquire(long nanos) {
        clock.nanos = nanos;
        boolean wasOpen = state() == State.OPEN;
        if (!breaker.tryAcquirePermission()) {
            throw new IllegalStateException("no attempt may go through");
        }
        if (wasOpen) {
            round++;
            probesLeft = probes;
        }
        if (state() != State.HALF_OPEN) {
            return NO_PROBE;
        }
        probesLeft--;
        return round;
    }

    /** An attempt that went through was done. */
    public void succeeded(int permit, Duration took, long nanos) {
        ended(permit, nanos, () -> breaker.onSuccess(took.toNanos(), TimeUnit.NANOSECONDS));
    }

    /** An attempt that went through was not done. */
    public void failed(int permit, Duration took, long nanos) {
        ended(permit, nanos, () -> breaker.onError(took.toNanos(), TimeUnit.NANOSECONDS, failure));
    }

    /** An attempt that went through ended in a way that tells nothing; if it was a probe, there may be another one. */
    public void released(int permit, long nanos) {
        ended(permit, nanos, () -> {
            breaker.releasePermission();
            probesLeft++;
        });
    }

    /** Half open, probes of this round decide and not what began before; while it is open, nothing does. */
    private void ended(int permit, long nanos, Runnable tell) {
        State before = state();
        if (before == State.OPEN || (before == State.HALF_OPEN && permit != round)) {
            return;
        }
        clock.nanos = nanos;
        tell.run();
        if (state() == State.OPEN) {
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

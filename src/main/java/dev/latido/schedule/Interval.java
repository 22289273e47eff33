package dev.latido.schedule;

import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * At once on start and then every interval after the start, whatever the runs take, so that no drift accumulates.
 * Counts on the monotonic clock alone: a jump of the wall clock does not touch it.
 *
 * @param every from {@link #MIN} to {@link #MAX}
 */
public record Interval(Duration every) implements Schedule {

    public static final Duration MIN = Duration.ofMillis(1);
    public static final Duration MAX = Duration.ofDays(366);

    public Interval {
        if (every.compareTo(MIN) < 0 || every.compareTo(MAX) > 0) {
            throw new IllegalArgumentException("an interval must be " + MIN + " to " + MAX + ", was " + every);
        }
    }

    @Override
    public Timer start(Moment now) {
        return new IntervalTimer(every.toNanos(), now.nanos());
    }

    @Override
    public boolean missesFrom(Instant from, Instant to) {
        return false; // a start is a tick
    }

    @Override
    public String describe() {
        return "every " + every.toMillis() + " ms";
    }

    private static final class IntervalTimer implements Timer {

        private final long interval;
        private long due;

        IntervalTimer(long interval, long due) {
            this.interval = interval;
            this.due = due;
        }

        @Override
        public long dueNanos() {
            return due;
        }

        @Override
        public Tick look(Moment now) {
            long late = now.nanos() - due;
            if (late < 0) {
                return Tick.NONE;
            }
            long missed = late / interval;
            due += (missed + 1) * interval;
            return new Tick(true, Duration.ofNanos(late - missed * interval), missed);
        }

        @Override
        public Optional<Instant> next(Moment now) {
            return Optional.of(now.wallAt(due).truncatedTo(ChronoUnit.MILLIS));
        }
    }
}

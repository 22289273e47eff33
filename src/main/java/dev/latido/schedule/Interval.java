package dev.latido.schedule;

import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * At once on start and then every interval after the start, whatever the runs take, so that no drift accumulates.
 * Counts on the monotonic clock alone: a jump of the wall clock does not touch it.
 *
 * @param every from {@link #MIN} to {@link #MAX}
 */
public record Interval(Duration every) implements Schedule {

    public static final Duration MIN = Duration.ofMillis(1);
    public static final Duration MAX = Duration.ofDays(366);

    /** Ten years: far less than what fits into nanoseconds. */
    private static final Duration LONGEST_DOWNTIME = Duration.ofDays(3_650);

    private static final int MAX_MISSED = 1_000;

    public Interval {
        if (every.compareTo(MIN) < 0 || every.compareTo(MAX) > 0) {
            throw new IllegalArgumentException("an interval must be " + MIN + " to " + MAX + ", was " + every);
        }
    }

    @Override
    public Timer start(Moment now) {
        return new IntervalTimer(every.toNanos(), now.nanos());
    }

    /** {@inheritDoc} The wall clock is all that outlives a process; when it jumped, the next tick is an interval away. */
    @Override
    public Timer resume(Instant ticked, Moment now) {
        Duration since = Duration.between(ticked, now.wall());
        boolean isPlausible = !since.isNegative() && since.compareTo(LONGEST_DOWNTIME) < 0;
        long late = isPlausible ? since.toNanos() % every.toNanos() : 0;
        return new IntervalTimer(every.toNanos(), now.nanos() + every.toNanos() - late);
    }

    @Override
    public Gap gap(Instant ticked, Instant now) {
        Duration since = Duration.between(ticked, now);
        if (since.isNegative()) {
            return new Gap(0, ticked);
        }
        long missed = since.dividedBy(every);
        return new Gap(Math.min(MAX_MISSED, missed), ticked.plusMillis(missed * every.toMillis()));
    }

    /** {@inheritDoc} There are none: a start is a tick. */
    @Override
    public Gap beforeStart(@Nullable Instant from, Instant now) {
        return new Gap(0, now);
    }

    @Override
    public Optional<Instant> dueAfter(Instant instant) {
        long millis = every.toMillis();
        return Optional.of(Instant.ofEpochMilli((Math.floorDiv(instant.toEpochMilli(), millis) + 1) * millis));
    }

    /** {@inheritDoc} Counted from that tick, whenever the job was started. */
    @Override
    public Optional<Instant> following(Instant tick) {
        return Optional.of(tick.plus(every));
    }

    @Override
    public Optional<Instant> lastDue(Instant from, Instant to) {
        long millis = every.toMillis();
        Instant last = Instant.ofEpochMilli(Math.floorDiv(to.toEpochMilli(), millis) * millis);
        return last.isAfter(from) ? Optional.of(last) : Optional.empty();
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
            return Tick.due(Duration.ofNanos(late - missed * interval), missed);
        }

        @Override
        public Optional<Instant> next(Moment now) {
            return Optional.of(now.wallAt(due).truncatedTo(ChronoUnit.MILLIS));
        }
    }
}

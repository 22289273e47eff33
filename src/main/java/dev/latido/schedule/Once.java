package dev.latido.schedule;

import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One tick at a time of the wall clock. For a job that is started later it is a tick that was missed.
 *
 * @param at when
 */
public record Once(Instant at) implements Schedule {

    /** How long at most until the wall clock is looked at again, which is how soon a jump forward is noticed. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    /** How long until it is looked at again when there is nothing to see any more. */
    private static final Duration NEVER = Duration.ofDays(366);

    @Override
    public Timer start(Moment now) {
        return new OnceTimer(now.wall().isAfter(at), now);
    }

    @Override
    public Timer resume(Instant ticked, Moment now) {
        return new OnceTimer(!ticked.isBefore(at) || !now.wall().isBefore(at), now);
    }

    @Override
    public Gap gap(Instant ticked, Instant now) {
        return ticked.isBefore(at) && !at.isAfter(now) ? new Gap(1, at) : new Gap(0, ticked);
    }

    @Override
    public Gap beforeStart(@Nullable Instant from, Instant now) {
        return gap(from == null ? Instant.MIN : from, now);
    }

    @Override
    public Optional<Instant> dueAfter(Instant instant) {
        return at.isAfter(instant) ? Optional.of(at) : Optional.empty();
    }

    @Override
    public Optional<Instant> lastDue(Instant from, Instant to) {
        return at.isAfter(from) && !at.isAfter(to) ? Optional.of(at) : Optional.empty();
    }

    @Override
    public String describe() {
        return "once at " + at;
    }

    private final class OnceTimer implements Timer {

        private boolean isOver;
        private long lookNanos;

        OnceTimer(boolean isOver, Moment now) {
            this.isOver = isOver;
            lookAgain(now);
        }

        @Override
        public long dueNanos() {
            return lookNanos;
        }

        @Override
        public Tick look(Moment now) {
            boolean isDue = !isOver && !now.wall().isBefore(at);
            isOver |= isDue;
            lookAgain(now);
            return isDue ? Tick.due(Duration.between(at, now.wall()), 0) : Tick.NONE;
        }

        private void lookAgain(Moment now) {
            long latest = now.nanos() + LOOK_AGAIN.toNanos();
            boolean isFar = at.isAfter(now.wall().plus(LOOK_AGAIN));
            lookNanos = isOver ? now.nanos() + NEVER.toNanos() : isFar ? latest : now.nanosAt(at);
        }

        @Override
        public Optional<Instant> next(Moment now) {
            return isOver ? Optional.empty() : Optional.of(at);
        }
    }
}

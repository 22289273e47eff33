package dev.latido.schedule;

import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Ticks at times that do not depend on who looks, and when it began: so several processes have the same. */
final class SharedTimer implements Timer {

    /** How long at most until the clock is looked at again, which may be set. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    /** A clock that is set back by more than this was wrong before, see {@link Cron}. */
    private static final Duration CORRECTION = Duration.ofHours(3);

    private final Schedule schedule;

    /** The latest tick, or where it began. */
    private Instant last;

    private long lookNanos;

    SharedTimer(Schedule schedule, Instant from, Moment now) {
        this.schedule = schedule;
        last = from;
        lookNanos = now.nanos();
    }

    @Override
    public long dueNanos() {
        return lookNanos;
    }

    @Override
    public Tick look(Moment now) {
        Duration ahead = Duration.between(now.wall(), last);
        if (ahead.compareTo(CORRECTION) > 0) {
            last = now.wall();
            lookNanos = now.nanos();
            return Tick.corrected(ahead);
        }
        Optional<Instant> due = schedule.lastDue(last, now.wall());
        due.ifPresent(time -> last = time);
        Instant soon = now.wall().plus(LOOK_AGAIN);
        Instant next = next(now).filter(soon::isAfter).orElse(soon);
        lookNanos = now.nanosAt(next);
        return due.map(time -> Tick.due(Duration.between(time, now.wall()), 0)).orElse(Tick.NONE);
    }

    @Override
    public Optional<Instant> next(Moment now) {
        return schedule.dueAfter(last.isAfter(now.wall()) ? last : now.wall());
    }
}

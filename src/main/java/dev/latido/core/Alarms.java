package dev.latido.core;

import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.NavigableSet;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is due at a time, in that order: what waits for a while by the monotonic clock, and what waits for a time of
 * day or a date by the wall clock. Monotonic times are compared by difference, as they may wrap around; so no two of them may
 * be more than {@link Long#MAX_VALUE} nanoseconds (292 years) apart.
 *
 * <p>The wall clock is set forward and back, and goes on while the machine sleeps and the monotonic clock stands still. So it
 * is looked at every {@link #LOOK_AGAIN} at least.
 */
final class Alarms {

    /** How long at most until the wall clock is looked at again, as long as something waits for it. */
    static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    /** How many actions one ring runs at most, so that a crowd that is due at once does not hold up everything else. */
    static final int MAX_PER_RING = 500;

    /** One thing that is due. */
    static final class Alarm {
        private final boolean isByWall;

        /** Nanoseconds of the monotonic clock, or milliseconds since 1970 of the wall clock. */
        private final long time;

        private final long order;
        private final @Nullable String job;
        private final Runnable action;

        private Alarm(boolean isByWall, long time, long order, @Nullable String job, Runnable action) {
            this.isByWall = isByWall;
            this.time = time;
            this.order = order;
            this.job = job;
            this.action = action;
        }

        boolean isDue(Moment now) {
            return time - (isByWall ? now.wall().toEpochMilli() : now.nanos()) <= 0;
        }
    }

    private static final Comparator<Alarm> BY_TIME = (a, b) -> {
        int byTime = Long.signum(a.time - b.time);
        return byTime != 0 ? byTime : Long.compare(a.order, b.order);
    };

    private final NavigableSet<Alarm> monotonic = new TreeSet<>(BY_TIME);
    private final NavigableSet<Alarm> byWall = new TreeSet<>(BY_TIME);
    private long nextOrder;

    /** When to look at the wall clock, if something waits for it. */
    private long lookNanos;

    /**
     * Has {@code action} run when {@code nanos} has come.
     *
     * @param job the name of the job that it is done for; null for none, or all
     */
    Alarm set(long nanos, @Nullable String job, Runnable action) {
        Alarm alarm = new Alarm(false, nanos, nextOrder++, job, action);
        monotonic.add(alarm);
        return alarm;
    }

    /** The same, when the wall clock shows {@code millis} since 1970, or more. */
    Alarm setByWall(long millis, Moment now, @Nullable String job, Runnable action) {
        Alarm alarm = new Alarm(true, millis, nextOrder++, job, action);
        byWall.add(alarm);
        if (byWall.first() == alarm) {
            lookAgain(now);
        }
        return alarm;
    }

    private void lookAgain(Moment now) {
        Instant first = Instant.ofEpochMilli(byWall.first().time);
        long wait =
                first.isAfter(now.wall().plus(LOOK_AGAIN)) ? LOOK_AGAIN.toNanos() : now.nanosAt(first) - now.nanos();
        lookNanos = now.nanos() + Math.max(0, wait);
    }

    void cancel(@Nullable Alarm alarm) {
        if (alarm != null) {
            (alarm.isByWall ? byWall : monotonic).remove(alarm);
        }
    }

    /**
     * Runs what is due, up to {@link #MAX_PER_RING}; the rest stays due.
     *
     * @param before told before each which job it is done for
     */
    void ring(Moment now, Consumer<@Nullable String> before) {
        int rung = ring(monotonic, MAX_PER_RING, now, before);
        ring(byWall, MAX_PER_RING - rung, now, before);
        if (!byWall.isEmpty()) {
            lookAgain(now);
        }
    }

    private static int ring(NavigableSet<Alarm> alarms, int most, Moment now, Consumer<@Nullable String> before) {
        int rung = 0;
        while (rung < most && !alarms.isEmpty() && alarms.first().isDue(now)) {
            Alarm first = alarms.first();
            alarms.remove(first);
            before.accept(first.job);
            first.action.run();
            rung++;
        }
        return rung;
    }

    /** Returns when to ring next, on the monotonic clock; empty when nothing is set. */
    OptionalLong nextDue() {
        if (byWall.isEmpty()) {
            return monotonic.isEmpty() ? OptionalLong.empty() : OptionalLong.of(monotonic.first().time);
        }
        return OptionalLong.of(
                monotonic.isEmpty() || lookNanos - monotonic.first().time < 0 ? lookNanos : monotonic.first().time);
    }

    int size() {
        return monotonic.size() + byWall.size();
    }
}

package dev.latido.core;

import dev.latido.job.Moment;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is due at a time, in that order. Monotonic times are compared by difference, as they may wrap around; so
 * no two of them may be more than {@link Long#MAX_VALUE} nanoseconds (292 years) apart.
 */
final class Alarms {

    /** How many actions one ring runs at most, so that a crowd that is due at once does not hold up everything else. */
    static final int MAX_PER_RING = 500;

    /** One thing that is due. */
    static final class Alarm {
        private final long nanos;
        private final long order;
        private final @Nullable String job;
        private final Runnable action;

        private Alarm(long nanos, long order, @Nullable String job, Runnable action) {
            this.nanos = nanos;
            this.order = order;
            this.job = job;
            this.action = action;
        }

        boolean isDue(Moment now) {
            return nanos - now.nanos() <= 0;
        }
    }

    private final TreeSet<Alarm> alarms = new TreeSet<>((a, b) -> {
        int byTime = Long.signum(a.nanos - b.nanos);
        return byTime != 0 ? byTime : Long.compare(a.order, b.order);
    });

    private long nextOrder;

    /**
     * Has {@code action} run when {@code nanos} has come.
     *
     * @param job the name of the job that it is done for; null for none, or all
     */
    Alarm set(long nanos, @Nullable String job, Runnable action) {
        Alarm alarm = new Alarm(nanos, nextOrder++, job, action);
        alarms.add(alarm);
        return alarm;
    }

    void cancel(@Nullable Alarm alarm) {
        if (alarm != null) {
            alarms.remove(alarm);
        }
    }

    /**
     * Runs what is due, up to {@link #MAX_PER_RING}; the rest stays due.
     *
     * @param before told before each which job it is done for
     */
    void ring(Moment now, Consumer<@Nullable String> before) {
        for (int rung = 0; rung < MAX_PER_RING && !alarms.isEmpty(); rung++) {
            Alarm first = alarms.first();
            if (!first.isDue(now)) {
                return;
            }
            alarms.remove(first);
            before.accept(first.job);
            first.action.run();
        }
    }

    OptionalLong nextDue() {
        return alarms.isEmpty() ? OptionalLong.empty() : OptionalLong.of(alarms.first().nanos);
    }

    int size() {
        return alarms.size();
    }
}

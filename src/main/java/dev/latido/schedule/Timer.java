package dev.latido.schedule;

import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The timer of one started job. Pure: it is looked at, and answers what is due. */
public interface Timer {

    /** Returns when to look next, on the monotonic clock. */
    long dueNanos();

    /** Looks at the clocks and moves on to the next tick. */
    Tick look(Moment now);

    /** Returns when the next tick is due; empty when there is none any more. */
    Optional<Instant> next(Moment now);

    /**
     * What a look found.
     *
     * @param due whether a tick is due
     * @param lag how late the newest tick that is due comes
     * @param missed how many ticks before that one passed unnoticed
     * @param setBack by how much the wall clock was set back because it had been wrong; zero when it was not
     */
    record Tick(boolean due, Duration lag, long missed, Duration setBack) {

        static final Tick NONE = new Tick(false, Duration.ZERO, 0, Duration.ZERO);

        static Tick due(Duration lag, long missed) {
            return new Tick(true, lag, missed, Duration.ZERO);
        }

        static Tick corrected(Duration setBack) {
            return new Tick(false, Duration.ZERO, 0, setBack);
        }
    }
}

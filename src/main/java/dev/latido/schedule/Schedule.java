package dev.latido.schedule;

import dev.latido.job.Moment;
import java.time.Instant;

/** When a job is due. Immutable; a started job has a {@link Timer} of its own. */
public sealed interface Schedule permits Interval, Cron {

    /**
     * What happens to ticks that passed unnoticed: those before the newest one that is due, when the process stood still,
     * and those of a stopped job, when it is started again.
     */
    enum Misfire {
        /** They are counted and not made up for. */
        SKIP,
        /**
         * They count as one more tick, which comes right before the tick that is due, or at the start. Like any tick it is
         * coalesced while the run of an earlier one is still going.
         */
        ONCE
    }

    /** Returns the timer of a job that is started {@code now}. */
    Timer start(Moment now);

    /** Tells whether a job that was stopped from {@code from} to {@code to} missed a tick that its start does not make up. */
    boolean missesFrom(Instant from, Instant to);

    /** Returns this schedule in one line, for people. */
    String describe();
}

package dev.latido.schedule;

import dev.latido.job.Moment;
import java.time.Instant;
import java.util.Optional;

/** When a job is due. Immutable; a started job has a {@link Timer} of its own. */
public sealed interface Schedule permits Interval, Cron, Once {

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
        ONCE,
        /** Each makes an execution, up to a number that the job names; these wait for one another. */
        ALL
    }

    /** Returns the timer of a job that is started {@code now}. */
    Timer start(Moment now);

    /** Tells whether a job that was stopped from {@code from} to {@code to} missed a tick that its start does not make up. */
    boolean missesFrom(Instant from, Instant to);

    /**
     * Returns the timer of a job that goes on after a restart of the process, in step with its ticks before. What was due
     * meanwhile is not due any more; {@link #gap} counts it.
     *
     * @param ticked when the latest tick before was due
     */
    Timer resume(Instant ticked, Moment now);

    /** Looks at the time from {@code ticked}, when the latest tick was due, to {@code now}. */
    Gap gap(Instant ticked, Instant now);

    /**
     * A time without ticks.
     *
     * @param missed how many ticks were due in it; a great many count as 1,000
     * @param latest when the latest of them was due; the beginning when there was none
     */
    record Gap(long missed, Instant latest) {}

    /** Returns this schedule in one line, for people. */
    String describe();

    /** Returns a sentence about what it does that its author may not expect, to be told once when the service starts. */
    default Optional<String> warning() {
        return Optional.empty();
    }
}

package dev.latido.core;

import dev.latido.job.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Leaves the worker of a job alone that said that it has too much to do. When the time that it named is over it gets a single
 * execution first, and the others when it has not said so again.
 */
final class WorkerHold {

    /** How long a worker is left alone at least. */
    static final Duration MIN = Duration.ofSeconds(1);

    /** How long a worker is left alone at most, whatever it asks for. */
    static final Duration MAX = RetryPolicy.MAX_PAUSE;

    /** How long the single execution has until the others follow. */
    static final Duration TRIAL = Duration.ofSeconds(1);

    /** What is held up of one job. */
    static final class State {

        private boolean isHeld;

        /** Until when, on the monotonic clock and for people. */
        private long untilNanos;

        private Instant until = Instant.EPOCH;
        private String why = "";

        /** Set while something waits for the time to be over, or for the trial. */
        private Alarms.@Nullable Alarm alarm;

        /** Says what the worker said; null when nothing is held up. */
        @Nullable String describe() {
            return isHeld ? "its worker wants no work until " + until + ": " + why : null;
        }

        /** Returns how many alarms are set, for tests. */
        int alarms() {
            return alarm == null ? 0 : 1;
        }
    }

    private final UnitOfWork unit;

    WorkerHold(UnitOfWork unit) {
        this.unit = unit;
    }

    /** The worker of {@code job} wants to be left alone for {@code pause}. A shorter one does not end a longer one. */
    void begin(JobState job, String why, Duration pause) {
        State state = job.hold;
        Duration bounded = pause.compareTo(MIN) < 0 ? MIN : pause.compareTo(MAX) > 0 ? MAX : pause;
        long end = unit.now().nanos() + bounded.toNanos();
        if (state.isHeld && end - state.untilNanos <= 0) {
            return;
        }
        stop(job);
        state.isHeld = true;
        state.untilNanos = end;
        state.until = unit.now().wall().plus(bounded);
        state.why = why;
    }

    /** Tells whether {@code job} may begin something for its worker now. */
    boolean mayBegin(JobState job) {
        State state = job.hold;
        if (!state.isHeld) {
            return true;
        }
        boolean isOver = unit.now().nanos() - state.untilNanos >= 0;
        if (!isOver && state.alarm == null) {
            state.alarm = unit.set(state.untilNanos, () -> {
                state.alarm = null;
                unit.markDirty(job);
            });
        }
        return isOver && state.alarm == null; // else the trial is under way
    }

    /** An execution of {@code job} begins with its worker. */
    void began(JobState job) {
        State state = job.hold;
        if (state.isHeld && state.alarm == null) {
            state.alarm = unit.after(TRIAL, () -> {
                state.alarm = null;
                end(job);
            });
        }
    }

    /** The worker did something with an execution. */
    void answered(JobState job) {
        if (job.hold.isHeld && unit.now().nanos() - job.hold.untilNanos >= 0) {
            end(job);
        }
    }

    private void end(JobState job) {
        stop(job);
        job.hold.isHeld = false;
        unit.markDirty(job);
    }

    /** Nobody need wait any more: the job stops. */
    void stop(JobState job) {
        unit.alarms.cancel(job.hold.alarm);
        job.hold.alarm = null;
    }
}

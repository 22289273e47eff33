package dev.latido.core;

import dev.latido.event.Event;
import dev.latido.job.WorkPlace;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Knows whether the workers of jobs can be reached, so that nothing is begun for one that is not there: that would take
 * permits, attempts, rows and places for nothing.
 *
 * <p>A worker elsewhere counts as reachable for {@link #TRUST} after it was last reached. After that somebody looks first,
 * without an execution; and while it is missing, once a {@link #LOOK_EVERY}. One that was missing gets a single execution
 * first. A worker inside this process is taken to be there until it says that it could do nothing.
 */
final class WorkerWatch {

    /** How long a job waits before it is looked for its worker again. */
    static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    /** How long a worker that was reached is taken to be there still. */
    static final Duration TRUST = Duration.ofSeconds(1);

    /** What is known of the worker of one job. */
    static final class State {

        /** What was missing; null unless it was, and nothing reached the worker since. */
        private @Nullable String missing;

        /** True from when it was found missing until it is time to look again. */
        private boolean isWaiting;

        /** True while somebody looks. */
        private boolean isLooking;

        /** The one execution that may find out whether a worker that was missing is back; null while there is none. */
        private @Nullable Execution trial;

        /** Set until it is time to look again, or until the trial counts as having reached its worker. */
        private Alarms.@Nullable Alarm alarm;

        private boolean wasReached;
        private long reachedNanos;

        /** Returns what was missing; null unless it was, and nothing reached the worker since. */
        @Nullable String missing() {
            return missing;
        }

        /** Tells whether nothing may be begun for the worker. */
        boolean isHolding() {
            return isWaiting || isLooking || (missing != null && trial != null);
        }

        /** Tells whether somebody looks for a worker that nobody found missing; it is known soon. */
        boolean isBeingChecked() {
            return isLooking && missing == null;
        }

        /** Returns how many alarms are set, for tests. */
        int alarms() {
            return alarm == null ? 0 : 1;
        }
    }

    private final UnitOfWork unit;

    WorkerWatch(UnitOfWork unit) {
        this.unit = unit;
    }

    /**
     * Tells whether {@code job} may begin an execution for its worker now; if nobody knows whether that is there, somebody
     * is sent to look.
     */
    boolean mayBegin(JobState job) {
        State state = job.worker;
        if (!state.isHolding() && mayBeAway(job) && !isTrusted(state)) {
            state.isLooking = true;
            unit.addAtOnce(new Effect.LookForWorker(job.name()));
        }
        return !state.isHolding();
    }

    private static boolean mayBeAway(JobState job) {
        return job.definition.place() == WorkPlace.OUTSIDE || job.worker.missing != null;
    }

    private boolean isTrusted(State state) {
        return state.wasReached && unit.now().nanos() - state.reachedNanos < TRUST.toNanos();
    }

    /**
     * Somebody looked.
     *
     * @param why what is missing; null when the worker is there
     */
    void looked(JobState job, @Nullable String why) {
        State state = job.worker;
        if (!state.isLooking) {
            return; // nobody wants to know any more
        }
        state.isLooking = false;
        if (why == null) {
            reached(state);
        } else {
            missing(job, why);
        }
        unit.markDirty(job);
    }

    /** An execution begins. */
    void began(Execution execution) {
        JobState job = execution.job;
        State state = job.worker;
        if (state.missing != null && !execution.isByFallback) {
            state.trial = execution;
            setAlarm(state, unit.after(LOOK_EVERY, () -> found(job))); // or it would have come back
        }
    }

    /** The worker is not there: somebody looked, or an execution that it never got came back. */
    void missing(JobState job, String why) {
        State state = job.worker;
        boolean isNew = state.missing == null;
        forget(state);
        if (job.isRunning() && !unit.isShuttingDown()) {
            if (isNew) {
                unit.announce(new Event.WorkerChanged(job.name(), unit.now().wall(), why));
            }
            state.missing = why;
            state.isWaiting = true;
            setAlarm(state, unit.after(LOOK_EVERY, () -> {
                state.alarm = null;
                state.isWaiting = false;
                unit.markDirty(job);
            }));
        }
    }

    /** The worker got an execution, or did something with one. */
    void found(JobState job) {
        State state = job.worker;
        if (state.missing != null) {
            forget(state);
            unit.announce(new Event.WorkerChanged(job.name(), unit.now().wall(), null));
            unit.markDirty(job); // what was put back need not wait any more
        }
        reached(state);
    }

    private void reached(State state) {
        state.wasReached = true;
        state.reachedNanos = unit.now().nanos();
    }

    /** Nothing is begun for the worker any more, so that nobody need look for it. */
    void stop(JobState job) {
        forget(job.worker);
    }

    private void forget(State state) {
        setAlarm(state, null);
        state.missing = null;
        state.isWaiting = false;
        state.isLooking = false;
        state.trial = null;
        state.wasReached = false;
    }

    private void setAlarm(State state, Alarms.@Nullable Alarm alarm) {
        unit.alarms.cancel(state.alarm);
        state.alarm = alarm;
    }
}

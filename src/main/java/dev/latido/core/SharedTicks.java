package dev.latido.core;

import dev.latido.job.Moment;
import dev.latido.queue.QueueException;
import dev.latido.queue.Tick;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The ticks of timers that all processes of a job have, as its queue is at a broker. Each process submits each tick, under a key
 * that is the same in all of them, and the broker takes one. They go by its clock: one that is wrong here changes nothing. A tick
 * that the broker does not get is submitted again until it does or the next one is due, which takes its place.
 */
final class SharedTicks {

    /** How long what is known of the broker's clock is good for. */
    static final Duration CLOCK_GOOD_FOR = Duration.ofMinutes(1);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    /** For how long it is known at least that there was a tick. */
    private static final Duration SHORTEST_DEDUP = Duration.ofDays(1);

    private static final Duration LONGEST_DEDUP = Duration.ofDays(3_650);

    /** A tick on its way. */
    private record Pending(Instant due, Tick tick) {}

    /** The ticks of one job. */
    static final class State {

        /** What the broker's clock showed at a moment; null while nobody knows. */
        private @Nullable Moment clock;

        private Alarms.@Nullable Alarm asks;
        private @Nullable Pending pending;
        private boolean isUnderWay;
        private Duration pause = FIRST_PAUSE;
        private Alarms.@Nullable Alarm again;
        private long taken;

        /** Returns how many ticks the broker took from this process since the service began. */
        long taken() {
            return taken;
        }

        /** Returns how many alarms are set, for tests. */
        int alarms() {
            return (asks == null ? 0 : 1) + (again == null ? 0 : 1);
        }
    }

    private final UnitOfWork unit;

    SharedTicks(UnitOfWork unit) {
        this.unit = unit;
    }

    static boolean has(JobState job) {
        return job.definition.shared() != null && job.definition.trigger().schedule() != null;
    }

    /** Returns the moment by the clock that the ticks of {@code job} go by; empty while it is not known. */
    Optional<Moment> now(JobState job) {
        return at(job, unit.now());
    }

    private static Optional<Moment> at(JobState job, Moment now) {
        Moment clock = job.sharedTicks.clock;
        return clock == null ? Optional.empty() : Optional.of(new Moment(clock.wallAt(now.nanos()), now.nanos()));
    }

    /** Returns {@code now} by the clock that the ticks of {@code job} go by, or as it is while that is not known. */
    static Moment inStep(JobState job, Moment now) {
        return has(job) ? at(job, now).orElse(now) : now;
    }

    /** The broker can be used. */
    void up(JobState job) {
        if (has(job)) {
            askTime(job);
            job.sharedTicks.pause = FIRST_PAUSE;
            handInAgain(job);
        }
    }

    private void askTime(JobState job) {
        unit.alarms.cancel(job.sharedTicks.asks);
        job.sharedTicks.asks = null;
        if (job.leases.isUp()) {
            unit.addAtOnce(new Effect.AskTime(job.name()));
        }
    }

    /**
     * The broker told its clock, or did not.
     *
     * @param millis what it showed, since the epoch; null when it did not tell
     */
    void timeTold(JobState job, @Nullable Long millis) {
        State state = job.sharedTicks;
        if (millis != null) {
            state.clock = new Moment(Instant.ofEpochMilli(millis), unit.now().nanos());
        }
        unit.alarms.cancel(state.asks);
        state.asks = unit.after(millis == null ? LONGEST_PAUSE : CLOCK_GOOD_FOR, () -> {
            state.asks = null;
            askTime(job);
        });
    }

    /**
     * Submits a tick.
     *
     * @param due when it is due, by the broker's clock
     * @param next when the one after it is; empty when there is none
     * @param jitter how long after that it is not to be delivered yet
     */
    void handIn(JobState job, Instant due, Optional<Instant> next, Duration jitter) {
        Duration twice =
                next.map(time -> Duration.between(due, time).multipliedBy(2)).orElse(SHORTEST_DEDUP);
        Duration dedup = twice.compareTo(SHORTEST_DEDUP) < 0 ? SHORTEST_DEDUP : twice;
        int mayBeOpen = job.definition.trigger().overlap() == JobDefinition.Overlap.QUEUE_ONE ? 1 : 0;
        State state = job.sharedTicks;
        state.pending = new Pending(
                due,
                new Tick(
                        job.name() + "@" + due,
                        due.toEpochMilli(),
                        mayBeOpen,
                        jitter,
                        dedup.compareTo(LONGEST_DEDUP) < 0 ? dedup : LONGEST_DEDUP));
        state.pause = FIRST_PAUSE;
        handInAgain(job);
    }

    private void handInAgain(JobState job) {
        State state = job.sharedTicks;
        unit.alarms.cancel(state.again);
        state.again = null;
        if (state.pending != null && !state.isUnderWay && job.leases.isUp()) {
            state.isUnderWay = true;
            unit.addAtOnce(new Effect.HandInTick(job.name(), state.pending.tick));
        }
    }

    /**
     * The broker answered what it was handed, or did not.
     *
     * @param key that of the tick
     * @return when the tick was due, if nothing more is to be done for it
     */
    Optional<Instant> answered(JobState job, String key, Tick.@Nullable Fate fate, @Nullable QueueException failure) {
        State state = job.sharedTicks;
        state.isUnderWay = false;
        Pending pending = state.pending;
        if (fate == Tick.Fate.TAKEN) {
            state.taken++;
        }
        if (pending == null || !pending.tick.key().equals(key)) { // another took its place, or nobody wants it any more
            handInAgain(job);
            return Optional.empty();
        }
        if (fate == null || fate == Tick.Fate.EARLY) {
            if (fate == Tick.Fate.EARLY) {
                askTime(job);
            }
            state.again = unit.after(state.pause, () -> {
                state.again = null;
                handInAgain(job);
            });
            Duration twice = state.pause.multipliedBy(2);
            state.pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
            return Optional.empty();
        }
        state.pending = null;
        return Optional.of(pending.due);
    }

    /** Nothing is submitted for the job any more. */
    void stop(JobState job) {
        State state = job.sharedTicks;
        state.pending = null;
        unit.alarms.cancel(state.again);
        state.again = null;
    }
}

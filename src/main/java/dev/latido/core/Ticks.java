package dev.latido.core;

import dev.latido.event.Event;
import dev.latido.job.Durability;
import dev.latido.job.Gate;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.queue.QueueException;
import dev.latido.room.Offer;
import dev.latido.schedule.Once;
import dev.latido.schedule.Schedule;
import dev.latido.schedule.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The executions that timers make. A tick that finds no room is coalesced, and so is one whose predecessor is still going,
 * as far as the job's {@code overlap} says.
 */
final class Ticks {

    /** How long after its schedule failed a job's timer is looked at again. */
    static final Duration RETRY_EVERY = Duration.ofMinutes(1);

    /** A timer that begins, how many ticks were missed before, and when the next is due. */
    private record Start(Timer timer, Schedule.Gap gap, Optional<Instant> next) {}

    /** What a timer shows, and when to look again. */
    private record Look(Timer.Tick tick, long dueNanos) {}

    /** The timer of one job, and what it made. */
    static final class State {

        private @Nullable Timer timer;

        /** True while the job has ticks and the clock is not known yet that they go by. */
        private boolean isWaitingForClock;

        /** Where a timer that waits for its clock begins; null for where that stands then. */
        private @Nullable Instant begin;

        /** What went wrong with its schedule; null while nothing does. It has no ticks meanwhile. */
        private @Nullable String fault;

        private Alarms.@Nullable Alarm alarm;

        /** When the latest tick was due, or its timer was started without one, or its schedule came into force. */
        private @Nullable Instant tickedAt;

        /** The schedule that is in force, or was while the process was away, in one line; empty for none, null for unknown. */
        private @Nullable String inForce;

        /** How many executions that ticks made have not ended. */
        private int open;

        /** How many of them are running. */
        private int running;

        /** Executions that ticks made and that wait for the run of another one to end, the first one first. */
        private final Set<Execution> aside = new LinkedHashSet<>(0);

        State(@Nullable Schedule schedule) {
            inForce = schedule == null ? "" : schedule.describe();
        }

        /** Returns the schedule that is in force, in one line; empty for none, null for one that is not known. */
        @Nullable String inForce() {
            return inForce;
        }

        /** Tells whether ticks come, as long as the schedule has any. */
        boolean hasTimer() {
            return timer != null || isWaitingForClock;
        }

        /** Returns when the next tick is due; empty when none is. */
        Optional<Instant> next(Moment now) {
            return timer == null ? Optional.empty() : timer.next(now);
        }

        /** Returns what went wrong with the schedule; null while nothing does. */
        @Nullable String fault() {
            return fault;
        }

        /** Returns when the latest tick was due, or the timer was started without one; null for never. */
        @Nullable Instant tickedAt() {
            return tickedAt;
        }

        /** Takes up when the latest tick before the process began was due, and by which schedule. */
        void restore(@Nullable Instant time, @Nullable String schedule) {
            tickedAt = time;
            inForce = schedule;
        }

        /** A tick made {@code execution}, or somebody gave one that a tick made back to life. */
        void opened(Execution execution) {
            execution.isOpenTick = true;
            open++;
        }

        /** {@code execution} ended. */
        void ended(Execution execution) {
            if (execution.isOpenTick) {
                execution.isOpenTick = false;
                open--;
            }
        }

        /** {@code execution} begins. */
        void began(Execution execution) {
            running += execution.isTick ? 1 : 0;
        }

        /** {@code execution} is not running any more. */
        void left(Execution execution) {
            running -= execution.isTick ? 1 : 0;
        }

        /** Tells whether a run that a tick made is going on. */
        boolean isRunning() {
            return running > 0;
        }

        /** Returns how many executions that ticks made have not ended. */
        int open() {
            return open;
        }

        /** Returns how many wait for the run of another one to end. */
        int aside() {
            return aside.size();
        }

        /** Tells whether {@code execution} waits for the run of another one to end. */
        boolean isAside(Execution execution) {
            return aside.contains(execution);
        }

        /** Returns how many alarms are set, for tests. */
        int alarms() {
            return alarm == null ? 0 : 1;
        }
    }

    private final UnitOfWork unit;
    private final Executions executions;
    private final Admission admission;
    private final SharedTicks shared;
    private final RandomGenerator random;

    Ticks(UnitOfWork unit, Executions executions, Admission admission, SharedTicks shared, RandomGenerator random) {
        this.unit = unit;
        this.executions = executions;
        this.admission = admission;
        this.shared = shared;
        this.random = random;
    }

    /**
     * The service begins. What was due while it was away was due by the schedule that was in force then, and that is the one of
     * the process before; the one of now is in force from now on. Of a job of which nothing is stored it is known only how it
     * stood when the process ended as it was told to.
     *
     * @param wasTold whether the process before had been told to end
     */
    void takeUp(JobState job, boolean wasTold) {
        State state = job.ticks;
        Schedule schedule = job.definition.trigger().schedule();
        String before = state.inForce;
        String now = schedule == null ? "" : schedule.describe();
        Instant wall = unit.now().wall();
        Instant ticked = state.tickedAt;
        state.inForce = now;
        if (SharedTicks.has(job)) { // other processes may have had what was due meanwhile
            if (now.equals(before)) {
                return;
            }
            state.tickedAt = wall;
        } else if (before != null && !before.equals(now)) {
            Schedule former = Schedule.described(before);
            if (former != null && ticked != null && schedule != null && job.isRunning() && !job.isClosed()) {
                long missed = former.gap(ticked, wall).missed();
                missed(job, missed);
                makeUp(job, missed);
            }
            state.tickedAt = wall;
        } else if (schedule != null && ticked != null && schedule.wasWrong(ticked, wall)) {
            follow(job, Duration.between(wall, ticked));
        } else if (job.definition.durability() == Durability.NONE && !wasTold && ticked != null) {
            state.tickedAt = wall;
        } else if (before != null) {
            return;
        }
        unit.writes.add(job);
    }

    /** Lets the job's timer run; with an interval that is the first tick. */
    void start(JobState job) {
        Schedule schedule = job.definition.trigger().schedule();
        if (schedule == null || job.ticks.timer != null) {
            return;
        }
        Instant from = later(job.stoppedAt(), job.ticks.tickedAt);
        if (SharedTicks.has(job)) {
            startShared(job, schedule, from);
            return;
        }
        Instant wall = unit.now().wall();
        Start begun =
                ask(job, () -> begin(schedule.start(unit.now()), schedule.beforeStart(from, wall)), () -> start(job));
        if (begun != null) {
            job.ticks.tickedAt = wall;
            run(job, begun, true);
        }
    }

    /** Lets the timer of a job run that was running when the process ended, in step with what it did before. */
    void resume(JobState job) {
        Schedule schedule = job.definition.trigger().schedule();
        Instant ticked = job.ticks.tickedAt;
        if (schedule == null || job.isClosed() || job.ticks.timer != null) { // it was started before the service began
            return;
        }
        if (SharedTicks.has(job)) {
            startShared(job, schedule, ticked);
            return;
        }
        if (ticked == null) { // it had no timer before
            start(job);
            return;
        }
        Start begun = ask(
                job,
                () -> begin(
                        schedule.resume(ticked, unit.now()),
                        schedule.gap(ticked, unit.now().wall())),
                () -> resume(job));
        if (begun != null) {
            if (begun.gap.missed() > 0) {
                job.ticks.tickedAt = begun.gap.latest();
            }
            run(job, begun, false);
        }
    }

    /**
     * Lets a timer run that other processes have, too: from now on or, if the job makes up for ticks, from the latest that this
     * process knows of. If another process had submitted what is made up for, the broker knows.
     */
    private void startShared(JobState job, Schedule schedule, @Nullable Instant latest) {
        State state = job.ticks;
        boolean makesUp = job.definition.trigger().misfire() != Schedule.Misfire.SKIP;
        boolean mayBeOver = latest == null && schedule instanceof Once;
        state.begin = !makesUp ? null : mayBeOver ? Instant.EPOCH : latest;
        state.isWaitingForClock = true;
        clockKnown(job);
    }

    private void clockKnown(JobState job) {
        State state = job.ticks;
        Schedule schedule = job.definition.trigger().schedule();
        Moment now = shared.now(job).orElse(null);
        if (!state.isWaitingForClock || schedule == null || now == null) {
            return;
        }
        Timer timer = ask(
                job, () -> schedule.shared(state.begin == null ? now.wall() : state.begin, now), () -> clockKnown(job));
        if (timer != null) {
            state.isWaitingForClock = false;
            state.timer = timer;
            if (!isHeld(job)) {
                look(job, timer);
            }
        }
    }

    private boolean isHeld(JobState job) {
        return unit.pausedAt() != null || unit.isWithoutStore(job);
    }

    /** The broker of the job told its clock, by which its ticks go; null when it did not. */
    void timeTold(JobState job, @Nullable Long millis) {
        State state = job.ticks;
        shared.timeTold(job, millis);
        if (state.isWaitingForClock) {
            clockKnown(job);
        } else if (state.timer != null && state.alarm != null) {
            unit.alarms.cancel(state.alarm);
            look(job, state.timer);
        }
    }

    /** The broker of the job answered a tick that was submitted, or did not. */
    void handedIn(
            JobState job, String key, dev.latido.queue.Tick.@Nullable Fate fate, @Nullable QueueException failure) {
        Instant due = shared.answered(job, key, fate, failure).orElse(null);
        if (due == null) {
            return;
        }
        job.ticks.tickedAt = due;
        unit.writes.addSometime(job);
        if (fate == dev.latido.queue.Tick.Fate.BUSY || fate == dev.latido.queue.Tick.Fate.FULL) {
            coalesced(job);
        }
    }

    private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
        return one == null || (other != null && other.isAfter(one)) ? other : one;
    }

    private Start begin(Timer timer, Schedule.Gap gap) {
        return new Start(timer, gap, timer.next(unit.now()));
    }

    private void run(JobState job, Start begun, boolean isStart) {
        long missed = begun.gap.missed();
        job.ticks.timer = begun.timer;
        missed(job, missed);
        makeUp(job, missed);
        boolean isForNothing = missed == 0 ? isStart : job.definition.trigger().misfire() == Schedule.Misfire.SKIP;
        if (isForNothing && begun.next.isEmpty()) {
            unit.add(new Effect.Warn(
                    "job '" + job.name() + "' has no ticks: " + job.ticks.inForce
                            + ", and its time has passed. Submit to it, or configure 'misfire: once', to have it run",
                    null));
        }
        look(job, begun.timer);
    }

    /** Stops looking at the timer for a while, in which nothing could be begun. */
    void pause(JobState job) {
        unit.alarms.cancel(job.ticks.alarm);
        job.ticks.alarm = null;
    }

    /** Looks at the timer again; what was due meanwhile was missed. */
    void goOn(JobState job) {
        if (job.ticks.alarm != null) {
            return;
        } else if (job.ticks.timer != null) {
            look(job, job.ticks.timer);
        } else if (job.ticks.fault != null) {
            start(job);
        }
    }

    void stop(JobState job) {
        unit.alarms.cancel(job.ticks.alarm);
        job.ticks.alarm = null;
        job.ticks.timer = null;
        job.ticks.isWaitingForClock = false;
        job.ticks.fault = null;
        shared.stop(job);
    }

    /**
     * Asks the schedule of a job something. When it fails, the job has no ticks until it is asked again and does not, and
     * everything else goes on.
     *
     * @return null when it failed
     */
    private <T> @Nullable T ask(JobState job, Supplier<T> question, Runnable again) {
        try {
            T answer = question.get();
            job.ticks.fault = null;
            return answer;
        } catch (RuntimeException | StackOverflowError fault) {
            job.ticks.fault = "its schedule failed: " + fault;
            job.ticks.alarm = unit.after(RETRY_EVERY, again);
            unit.add(new Effect.Warn("job '" + job.name() + "' has no ticks: its schedule failed", fault));
            return null;
        }
    }

    /**
     * Has an execution that was just taken from its queue step aside while another run of the same timer goes on: such runs
     * are never beside each other, however many may be in flight. Others of the job pass.
     */
    boolean holdBack(Execution execution) {
        JobState job = execution.job;
        if (!execution.isTick || !job.ticks.isRunning()) {
            return false;
        }
        execution.keepPlace();
        if (job.keyLimiter != null) {
            job.keyLimiter.leftQueue(execution);
        }
        execution.isAside = true;
        job.ticks.aside.add(execution);
        executions.stepAside(execution, "waits for the run of the tick before it");
        return true;
    }

    /** Has the first that stepped aside come back to its place, if no run of the timer goes on; true when one did. */
    boolean callNext(JobState job) {
        boolean mayCome = !job.ticks.aside.isEmpty() && !job.ticks.isRunning();
        if (mayCome) {
            Execution next = job.ticks.aside.iterator().next();
            job.ticks.aside.remove(next);
            next.isAside = false;
            next.note = null;
            executions.comeBack(next, Gate.PREVIOUS_RUN);
        }
        return mayCome;
    }

    /** Takes out an execution, if it stepped aside. */
    boolean remove(Execution execution) {
        if (!execution.job.ticks.aside.remove(execution)) {
            return false;
        }
        execution.isAside = false;
        executions.noteAside(execution, Gate.PREVIOUS_RUN);
        executions.leaveAside(execution);
        return true;
    }

    private void look(JobState job, Timer timer) {
        Moment now = SharedTicks.inStep(job, unit.now());
        Look seen = ask(job, () -> new Look(timer.look(now), timer.dueNanos()), () -> look(job, timer));
        if (seen == null) {
            return;
        }
        Timer.Tick tick = seen.tick;
        job.ticks.alarm = unit.set(seen.dueNanos, () -> look(job, timer));
        if (!tick.setBack().isZero()) {
            follow(job, tick.setBack());
            unit.writes.addSometime(job);
        }
        if (SharedTicks.has(job)) {
            if (tick.due()) {
                Instant due = now.wall().minus(tick.lag());
                shared.handIn(job, due, job.ticks.next(now), lateness(job));
            }
            return;
        }
        missed(job, tick.missed());
        if (tick.due()) {
            job.ticks.tickedAt = unit.now().wall().minus(tick.lag());
            unit.writes.addSometime(job);
            boolean isBusy = isBusy(job); // with what came before, not with what makes up for it
            makeUp(job, tick.missed());
            take(job, tick.lag(), isBusy);
        }
    }

    /** The wall clock was wrong, and was set back by so much: what is due is due by the right one. */
    private void follow(JobState job, Duration setBack) {
        Instant wall = unit.now().wall();
        job.ticks.tickedAt = wall;
        unit.add(new Effect.Warn(
                "the wall clock was set back, from " + wall.plus(setBack) + " to " + wall + ": job '" + job.name()
                        + "' follows it from now on",
                null));
    }

    /** Makes up for ticks that were missed, as far as the job wants that. */
    private void makeUp(JobState job, long missed) {
        if (missed == 0) {
            return;
        }
        switch (job.definition.trigger().misfire()) {
            case SKIP -> {}
            case ONCE -> take(job, null, isBusy(job));
            case ALL -> {
                for (long i = Math.min(missed, job.definition.trigger().maxMissed()); i > 0; i--) {
                    take(job, null, false);
                }
            }
        }
    }

    private static boolean isBusy(JobState job) {
        int mayBeOpen = job.definition.trigger().overlap() == JobDefinition.Overlap.QUEUE_ONE ? 1 : 0;
        return job.ticks.open > mayBeOpen;
    }

    private void missed(JobState job, long count) {
        if (count == 0) {
            return;
        }
        job.counters.ticksMissed += count;
        unit.counted(job);
        unit.involve(job);
        unit.announce(new Event.TicksMissed(job.name(), unit.now().wall(), count));
    }

    /**
     * Makes an execution of a tick, or merges it into the ones before.
     *
     * @param lag how late it comes; null when it makes up for another
     * @param isBusy whether those before are as many as may be open at once
     */
    private void take(JobState job, @Nullable Duration lag, boolean isBusy) {
        if (isBusy || !queue(job, lag)) {
            coalesced(job);
        }
    }

    private void coalesced(JobState job) {
        job.counters.ticksCoalesced++;
        unit.counted(job);
        unit.involve(job);
        unit.announce(new Event.TickCoalesced(job.name(), unit.now().wall()));
    }

    /** Returns a random time up to the job's {@code jitter}, and less than until the next tick. */
    private Duration lateness(JobState job) {
        Duration jitter = job.definition.trigger().jitter();
        if (jitter.isZero()) {
            return jitter;
        }
        Moment now = SharedTicks.inStep(job, unit.now());
        Instant wall = now.wall();
        long untilNext = job.ticks
                .next(now)
                .map(next -> Math.max(1, Duration.between(wall, next).toMillis()))
                .orElse(Long.MAX_VALUE);
        return Duration.ofMillis(random.nextLong(Math.min(jitter.toMillis() + 1, untilNext)));
    }

    private boolean queue(JobState job, @Nullable Duration lag) {
        Duration late = lateness(job);
        boolean isDelayed = late.toMillis() > 0;
        Execution execution = executions.make(job, Priority.NORMAL, null, 0, isDelayed);
        execution.tickLagNanos = lag == null ? Execution.NO_LAG : lag.plus(late).toNanos();
        Offer<Execution> offer =
                isDelayed ? job.queue.reserve(execution.priority) : job.queue.offer(execution, execution.priority);
        if (offer instanceof Offer.Evicted<Execution> evicted) {
            evicted.victims().forEach(executions::drop);
        }
        if (offer instanceof Offer.Full || offer instanceof Offer.Dropped) {
            return false;
        }
        execution.isTick = true;
        job.ticks.opened(execution);
        if (isDelayed) {
            admission.delay(execution, late);
        }
        executions.accept(execution);
        return true;
    }
}

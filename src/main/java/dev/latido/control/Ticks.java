package dev.latido.control;

import dev.latido.event.Event;
import dev.latido.job.Priority;
import dev.latido.queue.Offer;
import dev.latido.schedule.Schedule;
import dev.latido.schedule.Timer;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The executions that timers make. A tick whose predecessor is still going, or that finds no room, is coalesced. */
final class Ticks {

    private final Turn turn;
    private final Ledger ledger;

    Ticks(Turn turn, Ledger ledger) {
        this.turn = turn;
        this.ledger = ledger;
    }

    /** Lets the job's timer run; with an interval that is the first tick. */
    void start(JobState job) {
        Schedule schedule = job.definition.schedule();
        if (schedule == null || job.timer != null) {
            return;
        }
        boolean makesUp = job.definition.misfire() == Schedule.Misfire.ONCE
                && job.stoppedAt != null
                && schedule.missesFrom(job.stoppedAt, turn.now().wall());
        if (makesUp) {
            take(job, 1, null);
        }
        job.tickedAt = turn.now().wall();
        job.timer = schedule.start(turn.now());
        look(job, job.timer);
    }

    /** Lets the timer of a job run that was running when the process ended, in step with what it did before. */
    void resume(JobState job) {
        Schedule schedule = job.definition.schedule();
        Instant ticked = job.tickedAt;
        if (schedule == null || job.isClosed) {
            return;
        }
        if (ticked == null) { // it had no timer before
            start(job);
            return;
        }
        Schedule.Gap gap = schedule.gap(ticked, turn.now().wall());
        if (gap.missed() > 0) {
            missed(job, gap.missed());
            job.tickedAt = gap.latest();
            if (job.definition.misfire() == Schedule.Misfire.ONCE) {
                take(job, 1, null);
            }
        }
        job.timer = schedule.resume(ticked, turn.now());
        look(job, job.timer);
    }

    /** Stops looking at the timer for a while, as there is no way to store what it makes. */
    void pause(JobState job) {
        turn.alarms.cancel(job.tickAlarm);
        job.tickAlarm = null;
    }

    /** Looks at the timer again; what was due meanwhile was missed. */
    void goOn(JobState job) {
        if (job.timer != null && job.tickAlarm == null) {
            look(job, job.timer);
        }
    }

    void stop(JobState job) {
        turn.alarms.cancel(job.tickAlarm);
        job.tickAlarm = null;
        job.timer = null;
    }

    private void look(JobState job, Timer timer) {
        Timer.Tick tick = timer.look(turn.now());
        job.tickAlarm = turn.alarms.set(timer.dueNanos(), () -> look(job, timer));
        if (tick.missed() > 0) {
            missed(job, tick.missed());
        }
        if (tick.due()) {
            job.tickedAt = turn.now().wall().minus(tick.lag());
            turn.counted(job);
            boolean makesUp = tick.missed() > 0 && job.definition.misfire() == Schedule.Misfire.ONCE;
            take(job, makesUp ? 2 : 1, tick.lag());
        }
    }

    private void missed(JobState job, long count) {
        job.counters.ticksMissed += count;
        turn.counted(job);
        turn.involve(job);
        turn.announce(new Event.TicksMissed(job.name(), turn.now().wall(), count));
    }

    private void take(JobState job, int ticks, @Nullable Duration lag) {
        boolean isBusy = job.openTicks > 0;
        for (int i = 0; i < ticks; i++) {
            boolean onTime = i == ticks - 1; // the ones before it make up for others
            if (isBusy || !queue(job, onTime ? lag : null)) {
                job.counters.ticksCoalesced++;
                turn.counted(job);
                turn.involve(job);
                turn.announce(new Event.TickCoalesced(job.name(), turn.now().wall()));
            }
        }
    }

    private boolean queue(JobState job, @Nullable Duration lag) {
        Execution execution = ledger.make(job, Priority.NORMAL, null, false);
        execution.tickLagNanos = lag == null ? Execution.NO_LAG : lag.toNanos();
        Offer<Execution> offer = job.queue.offer(execution, execution.priority);
        if (offer instanceof Offer.Evicted<Execution> evicted) {
            ledger.drop(evicted.victim());
        }
        if (offer instanceof Offer.Full || offer instanceof Offer.Dropped) {
            return false;
        }
        execution.isTick = true;
        execution.isOpenTick = true;
        job.openTicks++;
        ledger.accept(execution);
        return true;
    }
}

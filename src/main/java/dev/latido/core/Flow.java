package dev.latido.core;

import dev.latido.event.Event;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.Refusal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The way of executions through their jobs: in by the {@link Entrance} or by {@link Ticks}, through the queue to a worker,
 * and out to history or the next job by {@link Attempts}. Part of {@link JobControl}'s core and as pure.
 *
 * <p>After every input it holds: no job that may begin an execution has one queued; no producer waits for whom there is
 * room. {@link #settle} sees to it by looking at every job that something happened to, until nothing moves any more. That
 * is also what carries backpressure through a pipeline: room in the last queue lets the stage before it go on, and so on
 * back to the client.
 */
final class Flow {

    /** How many executions one look at a job puts aside or ends at most, so that a long queue does not hold up everything. */
    static final int MAX_PUT_AWAY = 500;

    private static final Duration PRUNE_EVERY = Duration.ofMinutes(1);
    private static final Duration PRUNE_REST = Duration.ofMillis(10);

    final Turn turn;
    final Waiters waiters;
    final Ledger ledger;
    final Entrance entrance;
    final Attempts attempts;
    final Suspects suspects;
    final Gates gates;
    final WorkerWatch watch;
    final Why why;
    final Ticks ticks;
    private final Map<String, JobState> jobs;

    /** Whose executions the store holds that are not taken up, because their job is set aside. */
    final Map<ExecutionId, JobState> setAside = new HashMap<>();

    private Alarms.@Nullable Alarm pruneAlarm;

    /**
     * Makes the flow of {@code jobs}, which may still be empty.
     *
     * @param maxInFlight how many executions may be with workers at once, over all jobs; 0 for no limit
     */
    Flow(
            Map<String, JobState> jobs,
            HistoryConfig config,
            int maxInFlight,
            MemoryBudget memory,
            RandomGenerator random) {
        this.jobs = jobs;
        this.turn = new Turn(memory);
        this.waiters = new Waiters(turn);
        this.ledger = new Ledger(turn, waiters, config);
        this.entrance = new Entrance(turn, ledger);
        this.watch = new WorkerWatch(turn);
        this.gates = new Gates(turn, ledger, watch, new GlobalLimit(maxInFlight));
        this.attempts = new Attempts(jobs, turn, ledger, entrance, waiters, gates, watch, random);
        this.suspects = new Suspects(turn, ledger, gates);
        this.why = new Why(turn, gates.global, suspects, ledger, config.deadLetters());
        this.ticks = new Ticks(turn, ledger, entrance, random);
    }

    /** Lets move what can move. */
    void settle() {
        do {
            for (JobState job = turn.nextTouched(); job != null; job = turn.nextTouched()) {
                if (!turn.isShuttingDown() && turn.faultOf(job.name()) == null) {
                    turn.workFor(job);
                    pump(job);
                }
            }
        } while (!turn.isShuttingDown() && (touchNextInLine() || suspects.touchNext()));
    }

    /** Has the job looked at whose turn it is to begin something, where all jobs share a limit. */
    private boolean touchNextInLine() {
        JobState next = gates.global.next();
        if (next == null) {
            return false;
        }
        turn.touch(next);
        return true;
    }

    private void pump(JobState job) {
        boolean moved;
        int putAway = 0;
        do {
            moved = entrance.letIn(job);
            while (mayTake(job)) {
                Execution suspect = suspects.take(job);
                Execution next = suspect != null ? suspect : job.queue.take();
                if (next == null) {
                    break;
                }
                boolean isHeldBack = suspects.holdBack(next) || ticks.holdBack(next);
                Gates.Pass pass = isHeldBack ? Gates.Pass.AWAY : gates.pass(next);
                if (pass != Gates.Pass.AWAY) {
                    attempts.begin(next, pass == Gates.Pass.FALLBACK);
                    suspects.began(next);
                    watch.began(next);
                } else if (++putAway >= MAX_PUT_AWAY) {
                    rest(job);
                }
                moved = true;
            }
        } while ((moved && job.waitingProducers() > 0) || ticks.callNext(job));
        job.relax();
        if (job.isClosed && job.isRunning && job.isIdle()) {
            stop(job);
        }
    }

    /** Takes nothing more from the job's queue until other inputs had their turn. */
    private void rest(JobState job) {
        job.restAlarm = turn.after(Duration.ZERO, () -> {
            job.restAlarm = null;
            turn.touch(job);
        });
    }

    private boolean mayTake(JobState job) {
        boolean hasWork = job.canBegin() && (job.queue.size() > 0 || suspects.hasFor(job));
        if (!gates.areOpen(job, hasWork)) {
            return false;
        }
        boolean isHeldUp = suspects.holdUp(job);
        if (isHeldUp) {
            gates.global.leave(job);
        }
        return !isHeldUp;
    }

    /** The service begins: jobs go on as they were, and those that nobody ever started or stopped as they are defined. */
    void begin(Recovery recovery) {
        recovery.decide();
        turn.beganAgain();
        if (turn.pausedAt() != null) {
            turn.announce(new Event.ServicePaused(turn.now().wall()));
        }
        for (JobState job : jobs.values()) {
            if (turn.faultOf(job.name()) != null) {
                continue;
            }
            turn.workFor(job);
            if (job.isChangedFromDefinition()) {
                announceChange(job);
            }
            if (job.hasWork()) {
                announceRecovered(job);
            }
            if (job.isRunning) {
                turn.announce(new Event.JobStarted(job.name(), turn.now().wall()));
                ticks.resume(job);
                holdTicks(job);
                turn.touch(job);
            } else if (job.isUntouched() && job.definition.trigger().autoStart()) {
                start(job);
            }
        }
        turn.workFor(null);
        pruneAfter(PRUNE_EVERY);
    }

    private void announceRecovered(JobState job) {
        Map<Priority, Integer> queued = new EnumMap<>(Priority.class);
        for (Priority priority : Priority.values()) {
            queued.put(priority, job.queue.size(priority));
        }
        turn.announce(
                new Event.JobRecovered(job.name(), turn.now().wall(), queued, job.delayed.size(), job.running.size()));
    }

    private void pruneAfter(Duration wait) {
        pruneAlarm = turn.after(wait, () -> {
            boolean more = ledger.prune();
            more |= ledger.makeRoom();
            for (JobState job : jobs.values()) {
                turn.workFor(job);
                more |= job.keys.prune(turn.now());
                more |= expireAtHead(job);
                if (job.lanes != null) {
                    job.lanes.forgetIdle();
                }
            }
            turn.workFor(null);
            pruneAfter(more ? PRUNE_REST : PRUNE_EVERY);
        });
    }

    /**
     * Ends what expired at the head of the job's queue, from where nothing may be taken for long: it is stopped, say. True
     * when there is more of it than can be done at once.
     */
    private boolean expireAtHead(JobState job) {
        if (turn.isWithoutStore(job)) {
            return false;
        }
        int left = MAX_PUT_AWAY;
        for (Priority priority : Priority.values()) {
            for (Execution execution : job.queue.list(priority, null, Long.MIN_VALUE, left)) {
                if (!execution.isExpired(turn.now())) {
                    break;
                }
                left--;
                job.queue.remove(execution, priority);
                gates.expire(execution);
                turn.touch(job);
            }
        }
        return left == 0;
    }

    /** Nothing can be stored: what needs that is refused, or stands still. */
    void storeLost(Refusal refusal) {
        turn.storeRefusal(refusal);
        turn.announce(new Event.StoreLost(turn.now().wall(), refusal.detail()));
        for (JobState job : jobs.values()) {
            turn.workFor(job);
            if (turn.isWithoutStore(job)) {
                entrance.refuseClients(job, refusal);
                holdTicks(job);
            }
        }
    }

    /** Nothing begins any more, in no job, until {@link #resumeAll}. */
    void pauseAll() {
        turn.setPaused(true);
        turn.announce(new Event.ServicePaused(turn.now().wall()));
        jobs.values().forEach(this::holdTicks);
    }

    /** Ends the pause of everything. */
    void resumeAll() {
        turn.setPaused(false);
        turn.announce(new Event.ServiceResumed(turn.now().wall()));
        jobs.values().forEach(this::letTicksGoOn);
    }

    /** While a job can begin nothing through no fault of its own, its ticks are missed and do not pile up. */
    private void holdTicks(JobState job) {
        turn.workFor(job);
        if (turn.pausedAt() != null || turn.isWithoutStore(job)) {
            ticks.pause(job);
        }
    }

    private void letTicksGoOn(JobState job) {
        turn.workFor(job);
        if (turn.pausedAt() == null && !turn.isWithoutStore(job) && !turn.isShuttingDown()) {
            ticks.goOn(job);
        }
        turn.touch(job);
    }

    /** Changes what {@code job} may do while the service runs. */
    void change(JobState job, JobSettings settings) {
        job.change(settings);
        turn.alarms.cancel(job.rateAlarm);
        job.rateAlarm = null;
        turn.changed(job);
        announceChange(job);
        turn.touch(job);
        settle();
    }

    private void announceChange(JobState job) {
        turn.announce(new Event.JobChanged(job.name(), turn.now().wall(), job.concurrency, job.rateText()));
    }

    /** The store works again. */
    void storeBack() {
        turn.storeRefusal(null);
        turn.announce(new Event.StoreBack(turn.now().wall()));
        jobs.values().forEach(this::letTicksGoOn);
    }

    void start(JobState job) {
        if (job.isRunning && !job.isClosed) {
            return;
        }
        job.isClosed = false;
        job.isRunning = true;
        turn.changed(job);
        turn.announce(new Event.JobStarted(job.name(), turn.now().wall()));
        waiters.drained(job, true);
        ticks.start(job);
        holdTicks(job);
        turn.touch(job);
        settle(); // so that the answer to a start counts the run that it began
    }

    void stop(JobState job) {
        if (job.isRunning) {
            job.isRunning = false;
            job.stoppedAt = turn.now().wall();
            turn.changed(job);
            ticks.stop(job);
            watch.stop(job);
            turn.announce(new Event.JobStopped(job.name(), turn.now().wall(), job.running.size()));
        }
    }

    /** Closes the job to submissions; it stops when nothing is left. */
    void close(JobState job) {
        if (!job.isClosed) {
            job.isClosed = true;
            turn.changed(job);
            ticks.stop(job);
            turn.announce(new Event.JobClosed(job.name(), turn.now().wall()));
            entrance.refuseAll(job, Refusal.closed(job.name()));
            turn.touch(job);
            settle(); // so that the answer tells whether it stopped
        }
    }

    /** Nothing begins any more, and everybody who waits is answered. */
    void shutDown() {
        turn.shutDown();
        turn.alarms.cancel(pruneAlarm);
        for (JobState job : jobs.values()) {
            turn.workFor(job);
            ticks.stop(job);
            watch.stop(job);
            entrance.refuseClients(job, Refusal.stopping());
        }
        waiters.shutDown(jobs.values());
    }

    /** The time to finish is over. */
    void giveBack() {
        for (JobState job : jobs.values()) {
            turn.workFor(job);
            attempts.giveBack(job);
        }
    }

    /** Cancels an execution that has not ended. */
    void cancel(Execution execution) {
        if (execution.handover != null) {
            attempts.withdraw(execution);
        } else if (execution.state() == ExecutionState.RUNNING) {
            attempts.cancel(execution);
        } else {
            takeOut(execution);
            ledger.end(execution, ExecutionState.CANCELLED, null, null);
            turn.touch(execution.job);
        }
    }

    private void takeOut(Execution execution) {
        JobState job = execution.job;
        if (ticks.remove(execution)) {
            return;
        }
        if (execution.isAside && job.lanes != null) {
            job.lanes.leftQueue(execution);
        } else if (execution.state() == ExecutionState.WAITING) {
            turn.alarms.cancel(execution.alarm);
            execution.alarm = null;
            suspects.remove(execution);
            job.delayed.remove(execution);
            job.queue.releaseReserved(execution.priority, execution.payloadBytes);
        } else {
            job.queue.remove(execution, execution.priority);
        }
    }
}

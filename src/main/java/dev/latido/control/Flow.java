package dev.latido.control;

import dev.latido.command.Refusal;
import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
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

    private static final Duration PRUNE_EVERY = Duration.ofMinutes(1);
    private static final Duration PRUNE_REST = Duration.ofMillis(10);

    final Turn turn = new Turn();
    final Waiters waiters = new Waiters(turn);
    final Ledger ledger;
    final Entrance entrance;
    final Attempts attempts;
    final Suspects suspects;
    private final Ticks ticks;
    private final Map<String, JobState> jobs;
    private Alarms.@Nullable Alarm pruneAlarm;

    Flow(Map<String, JobState> jobs, HistoryConfig config) {
        this.jobs = jobs;
        this.ledger = new Ledger(turn, waiters, config);
        this.entrance = new Entrance(turn, ledger);
        this.attempts = new Attempts(jobs, turn, ledger, entrance, waiters);
        this.suspects = new Suspects(turn, ledger);
        this.ticks = new Ticks(turn, ledger);
    }

    /** Lets move what can move. */
    void settle() {
        do {
            for (JobState job = turn.nextTouched(); job != null; job = turn.nextTouched()) {
                if (!turn.isShuttingDown()) {
                    pump(job);
                }
            }
        } while (!turn.isShuttingDown() && suspects.touchNext());
    }

    private void pump(JobState job) {
        boolean moved;
        do {
            moved = entrance.letIn(job);
            while (job.canBegin() && !turn.isWithoutStore(job)) {
                Execution suspect = suspects.take(job);
                Execution next = suspect != null ? suspect : job.queue.take();
                if (next == null) {
                    break;
                }
                attempts.begin(next);
                moved = true;
            }
        } while (moved && job.waitingProducers() > 0);
        job.relax();
        if (job.isClosed && job.isRunning && job.isIdle()) {
            stop(job);
        }
    }

    /** The service begins: jobs go on as they were, and those that nobody ever started or stopped as they are defined. */
    void begin(Recovery recovery) {
        recovery.decide();
        for (JobState job : jobs.values()) {
            if (job.hasWork()) {
                announceRecovered(job);
            }
            if (job.isRunning) {
                turn.announce(new Event.JobStarted(job.name(), turn.now().wall()));
                ticks.resume(job);
                turn.touch(job);
            } else if (job.isUntouched() && job.definition.autoStart()) {
                start(job);
            }
        }
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
            for (JobState job : jobs.values()) {
                more |= job.keys.prune(turn.now());
            }
            pruneAfter(more ? PRUNE_REST : PRUNE_EVERY);
        });
    }

    /** Nothing can be stored: what needs that is refused, or stands still. */
    void storeLost(Refusal refusal) {
        turn.storeRefusal(refusal);
        for (JobState job : jobs.values()) {
            if (turn.isWithoutStore(job)) {
                entrance.refuseClients(job, refusal);
                ticks.pause(job);
            }
        }
    }

    /** The store works again. */
    void storeBack() {
        turn.storeRefusal(null);
        for (JobState job : jobs.values()) {
            if (!turn.isShuttingDown()) {
                ticks.goOn(job);
            }
            turn.touch(job);
        }
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
        turn.touch(job);
        settle(); // so that the answer to a start counts the run that it began
    }

    void stop(JobState job) {
        if (job.isRunning) {
            job.isRunning = false;
            job.stoppedAt = turn.now().wall();
            turn.changed(job);
            ticks.stop(job);
            attempts.workerFound(job);
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
            ticks.stop(job);
            attempts.workerFound(job);
            entrance.refuseClients(job, Refusal.stopping());
        }
        waiters.shutDown(jobs.values());
    }

    /** The time to finish is over. */
    void giveBack() {
        jobs.values().forEach(attempts::giveBack);
    }

    /** Cancels an execution that has not ended. */
    void cancel(Execution execution) {
        if (execution.handovers != null) {
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
        if (execution.state() == ExecutionState.WAITING) {
            turn.alarms.cancel(execution.alarm);
            execution.alarm = null;
            job.delayed.remove(execution);
            job.queue.releaseReserved(execution.priority);
        } else {
            job.queue.remove(execution, execution.priority);
        }
    }
}

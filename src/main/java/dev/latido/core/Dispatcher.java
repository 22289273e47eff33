package dev.latido.core;

import java.util.function.Consumer;

/**
 * The pump: hands out what may begin now. Part of {@link JobEngine}'s core and as pure.
 *
 * <p>After every input it holds: no job that may begin an execution has one queued; no producer waits for whom there is
 * room. {@link #runToFixpoint} sees to it by looking at every job that something happened to, until nothing moves any more. That
 * is also what carries backpressure through a pipeline: room in the last queue lets the stage before it go on, and so on
 * back to the client.
 *
 * <p>It has no state: whether a job runs at all is decided by {@link JobLifecycle}, and what holds an execution up is known
 * by the {@link DispatchGates}, the {@link CrashQuarantine} and the {@link Ticks}.
 */
final class Dispatcher {

    /** How many executions one look at a job puts aside or ends at most, so that a long queue does not hold up everything. */
    static final int MAX_PUT_AWAY = 500;

    private final UnitOfWork unit;
    private final Admission admission;
    private final CrashQuarantine quarantine;
    private final Ticks ticks;
    private final DispatchGates gates;
    private final WorkerWatch watch;
    private final WorkerHold hold;
    private final Attempts attempts;
    private final Deliveries deliveries;
    private final Consumer<JobState> whenEmpty;

    /**
     * Makes one.
     *
     * @param whenEmpty stops a job that is closed once the last of its executions has ended
     */
    Dispatcher(
            UnitOfWork unit,
            Admission admission,
            CrashQuarantine quarantine,
            Ticks ticks,
            DispatchGates gates,
            WorkerWatch watch,
            WorkerHold hold,
            Attempts attempts,
            Deliveries deliveries,
            Consumer<JobState> whenEmpty) {
        this.unit = unit;
        this.admission = admission;
        this.quarantine = quarantine;
        this.ticks = ticks;
        this.gates = gates;
        this.watch = watch;
        this.hold = hold;
        this.attempts = attempts;
        this.deliveries = deliveries;
        this.whenEmpty = whenEmpty;
    }

    /** Lets move what can move. */
    void runToFixpoint() {
        do {
            for (JobState job = unit.nextDirty(); job != null; job = unit.nextDirty()) {
                if (!unit.isShuttingDown() && unit.faultOf(job.name()) == null) {
                    unit.workFor(job);
                    pump(job);
                }
            }
        } while (!unit.isShuttingDown() && (markNextInLineDirty() || quarantine.markNextDirty()));
    }

    /** Has the job looked at whose turn it is to begin something, where all jobs share a limit. */
    private boolean markNextInLineDirty() {
        JobState next = gates.global.next();
        if (next == null) {
            return false;
        }
        unit.markDirty(next);
        return true;
    }

    private void pump(JobState job) {
        boolean moved;
        int putAway = 0;
        do {
            moved = admission.letIn(job);
            while (mayTake(job)) {
                Execution suspect = quarantine.take(job);
                Execution next = suspect != null ? suspect : job.queue.take();
                if (next == null) {
                    break;
                }
                boolean isHeldBack = quarantine.holdBack(next) || ticks.holdBack(next);
                DispatchGates.Pass pass = isHeldBack ? DispatchGates.Pass.AWAY : gates.pass(next);
                if (pass != DispatchGates.Pass.AWAY) {
                    attempts.begin(next, pass == DispatchGates.Pass.FALLBACK);
                    quarantine.began(next);
                    watch.began(next);
                    deliveries.began(next);
                    if (!next.isByFallback) {
                        hold.began(job);
                    }
                } else if (++putAway >= MAX_PUT_AWAY) {
                    gates.rest(job);
                }
                moved = true;
            }
        } while ((moved && job.waitingProducers() > 0) || ticks.callNext(job));
        admission.relax(job);
        gates.noteHold(job);
        ask(job);
        if (job.isClosed() && job.isRunning() && job.isIdle()) {
            whenEmpty.accept(job);
        }
    }

    /** Has as much come from the job's broker, if it has one, as can be begun here. */
    void ask(JobState job) {
        SharedQueue queue = job.definition.shared();
        if (queue != null) {
            deliveries.ask(
                    job, queue, !unit.isShuttingDown() && job.isRunning() && !job.isClosed() && gates.mayBegin(job));
        }
    }

    private boolean mayTake(JobState job) {
        boolean hasWork = job.canBegin() && (job.queue.size() > 0 || quarantine.hasFor(job));
        if (!gates.areOpen(job, hasWork)) {
            return false;
        }
        boolean isHeldUp = quarantine.holdUp(job);
        if (isHeldUp) {
            gates.global.leave(job);
            gates.heldUpBySuspect(job);
        }
        return !isHeldUp;
    }
}

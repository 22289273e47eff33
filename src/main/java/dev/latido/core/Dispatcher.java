package dev.latido.core;

import dev.latido.event.Event;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.Refusal;
import dev.latido.queue.Handle;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The way of executions through their jobs: in by the {@link Admission} or by {@link Ticks}, through the queue to a worker,
 * and out to history or the next job by {@link Outcomes}. Part of {@link JobEngine}'s core and as pure.
 *
 * <p>After every input it holds: no job that may begin an execution has one queued; no producer waits for whom there is
 * room. {@link #runToFixpoint} sees to it by looking at every job that something happened to, until nothing moves any more. That
 * is also what carries backpressure through a pipeline: room in the last queue lets the stage before it go on, and so on
 * back to the client.
 */
final class Dispatcher {

    /** How many executions one look at a job puts aside or ends at most, so that a long queue does not hold up everything. */
    static final int MAX_PUT_AWAY = 500;

    private static final Duration PRUNE_EVERY = Duration.ofMinutes(1);
    private static final Duration PRUNE_REST = Duration.ofMillis(10);

    final UnitOfWork unit;
    final Waiters waiters;
    final Executions executions;
    final Admission admission;
    final Handovers handovers;
    final Outcomes outcomes;
    final Attempts attempts;
    final CrashQuarantine quarantine;
    final DispatchGates gates;
    final WorkerWatch watch;
    final WorkerHold hold;
    final Why why;
    final Ticks ticks;
    final Leases leases;
    final Deliveries deliveries;
    final Publications publications;
    private final Places places;
    private final RandomGenerator random;
    private final Jobs jobs;

    /** Whose executions the store holds that are not taken up, because their job is set aside. */
    final Map<ExecutionId, JobState> setAside = new HashMap<>();

    private Alarms.@Nullable Alarm pruneAlarm;

    /**
     * Makes the flow of {@code jobs}, which may still be empty.
     *
     * @param maxInFlight how many executions may be with workers at once, over all jobs; 0 for no limit
     */
    Dispatcher(Jobs jobs, HistoryConfig config, int maxInFlight, MemoryBudget memory, RandomGenerator random) {
        this.jobs = jobs;
        this.unit = new UnitOfWork(memory);
        this.waiters = new Waiters(unit);
        this.leases = new Leases(unit);
        this.executions = new Executions(unit, config, EndHooks.inOrder(leases, waiters));
        this.admission = new Admission(unit, executions, this::publish);
        this.publications = new Publications(unit, executions, admission);
        this.watch = new WorkerWatch(unit);
        this.hold = new WorkerHold(unit);
        this.gates = new DispatchGates(unit, executions, watch, hold, new GlobalLimit(maxInFlight));
        this.quarantine = new CrashQuarantine(unit, executions, gates);
        Slots slots = new Slots(unit, executions, admission, waiters, quarantine);
        this.handovers = new Handovers(jobs, unit, admission, slots);
        this.outcomes = new Outcomes(unit, slots, handovers, gates, watch, hold, random);
        this.attempts = new Attempts(jobs, unit, executions, gates, outcomes);
        this.why = new Why(unit, gates.global, quarantine, executions, config.deadLetters());
        this.ticks = new Ticks(unit, executions, admission, random);
        this.places = new Places(admission, quarantine, ticks);
        this.deliveries = new Deliveries(unit, executions, leases, places);
        this.random = random;
    }

    private void publish(Arrival arrival, SharedQueue queue, Instant deadline) {
        publications.publish(arrival, queue, deadline);
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
        ask(job);
        if (job.isClosed() && job.isRunning() && job.isIdle()) {
            stop(job);
        }
    }

    /** Has as much come from the job's broker, if it has one, as can be begun here. */
    private void ask(JobState job) {
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
        }
        return !isHeldUp;
    }

    /** The service begins: jobs go on as they were, and those that nobody ever started or stopped as they are defined. */
    void begin() {
        boolean wasTold = unit.wasEnding();
        unit.beganAgain();
        if (unit.pausedAt() != null) {
            unit.announce(new Event.ServicePaused(unit.now().wall()));
        }
        for (JobState job : jobs.all()) {
            if (unit.faultOf(job.name()) != null) {
                continue;
            }
            unit.workFor(job);
            if (job.limits.areChanged()) {
                announceChange(job);
            }
            if (job.hasWork()) {
                announceRecovered(job);
            }
            ticks.takeUp(job, wasTold);
            if (job.isRunning()) {
                unit.announce(new Event.JobStarted(job.name(), unit.now().wall()));
                ticks.resume(job);
                holdTicks(job);
                unit.markDirty(job);
            } else if (job.isUntouched() && job.definition.trigger().autoStart()) {
                start(job);
            }
        }
        unit.workFor(null);
        pruneAfter(PRUNE_EVERY);
        openQueues();
    }

    /** Has queues at brokers opened, by whom this process is known by the same name as long as its store lasts. */
    private void openQueues() {
        if (jobs.all().stream().anyMatch(job -> job.definition.usesBrokers())) {
            if (unit.process().isEmpty()) {
                unit.setProcess(new ExecutionId(random.nextLong() & Long.MAX_VALUE).toString());
            }
            unit.addOnceStored(new Effect.OpenQueues(unit.process()));
        }
    }

    private void announceRecovered(JobState job) {
        Map<Priority, Integer> queued = new EnumMap<>(Priority.class);
        for (Priority priority : Priority.values()) {
            queued.put(priority, job.queue.size(priority));
        }
        unit.announce(
                new Event.JobRecovered(job.name(), unit.now().wall(), queued, job.delayed.size(), job.running.size()));
    }

    private void pruneAfter(Duration wait) {
        pruneAlarm = unit.after(wait, () -> {
            boolean more = executions.prune();
            more |= executions.makeRoom();
            for (JobState job : jobs.all()) {
                unit.workFor(job);
                more |= job.keys.prune(unit.now());
                more |= expireAtHead(job);
                if (job.keyLimiter != null) {
                    job.keyLimiter.forgetIdle();
                }
            }
            unit.workFor(null);
            pruneAfter(more ? PRUNE_REST : PRUNE_EVERY);
        });
    }

    /**
     * Ends what expired at the head of the job's queue, from where nothing may be taken for long: it is stopped, say. True
     * when there is more of it than can be done at once.
     */
    private boolean expireAtHead(JobState job) {
        if (unit.isWithoutStore(job)) {
            return false;
        }
        int left = MAX_PUT_AWAY;
        for (Priority priority : Priority.values()) {
            for (Execution execution : job.queue.list(priority, null, Long.MIN_VALUE, left)) {
                if (!execution.isExpired(unit.now())) {
                    break;
                }
                left--;
                job.queue.remove(execution, priority);
                gates.expire(execution);
                unit.markDirty(job);
            }
        }
        return left == 0;
    }

    /** Nothing can be stored: what needs that is refused, or stands still. */
    void storeLost(Refusal refusal) {
        unit.storeRefusal(refusal);
        unit.announce(new Event.StoreLost(unit.now().wall(), refusal.detail()));
        for (JobState job : jobs.all()) {
            unit.workFor(job);
            if (unit.isWithoutStore(job)) {
                admission.refuseClients(job, refusal);
                holdTicks(job);
            }
        }
    }

    /** Nothing begins any more, in no job, until {@link #resumeAll}. */
    void pauseAll() {
        unit.setPaused(true);
        unit.announce(new Event.ServicePaused(unit.now().wall()));
        jobs.all().forEach(this::holdTicks);
        jobs.all().forEach(this::ask);
    }

    /** Ends the pause of everything. */
    void resumeAll() {
        unit.setPaused(false);
        unit.announce(new Event.ServiceResumed(unit.now().wall()));
        jobs.all().forEach(this::letTicksGoOn);
    }

    /** While a job can begin nothing through no fault of its own, its ticks are missed and do not pile up. */
    private void holdTicks(JobState job) {
        unit.workFor(job);
        if (unit.pausedAt() != null || unit.isWithoutStore(job)) {
            ticks.pause(job);
        }
    }

    private void letTicksGoOn(JobState job) {
        unit.workFor(job);
        if (unit.pausedAt() == null && !unit.isWithoutStore(job) && !unit.isShuttingDown()) {
            ticks.goOn(job);
        }
        unit.markDirty(job);
    }

    /** Changes what {@code job} may do while the service runs. */
    void change(JobState job, JobSettings settings) {
        job.limits.change(settings);
        gates.rateChanged(job);
        unit.changed(job);
        announceChange(job);
        unit.markDirty(job);
        runToFixpoint();
    }

    private void announceChange(JobState job) {
        unit.announce(
                new Event.JobChanged(job.name(), unit.now().wall(), job.limits.concurrency(), job.limits.rateText()));
    }

    /** The store works again. */
    void storeBack() {
        unit.storeRefusal(null);
        unit.announce(new Event.StoreBack(unit.now().wall()));
        jobs.all().forEach(this::letTicksGoOn);
    }

    void start(JobState job) {
        if (job.isRunning() && !job.isClosed()) {
            return;
        }
        job.start();
        unit.changed(job);
        unit.announce(new Event.JobStarted(job.name(), unit.now().wall()));
        waiters.drained(job, true);
        ticks.start(job);
        holdTicks(job);
        unit.markDirty(job);
        runToFixpoint(); // so that the answer to a start counts the run that it began
    }

    void stop(JobState job) {
        if (job.isRunning()) {
            job.stop(unit.now().wall());
            unit.changed(job);
            ticks.stop(job);
            watch.stop(job);
            hold.stop(job);
            unit.announce(new Event.JobStopped(job.name(), unit.now().wall(), job.running.size()));
            ask(job);
        }
    }

    /** Closes the job to submissions; it stops when nothing is left. */
    void close(JobState job) {
        if (!job.isClosed()) {
            job.close();
            unit.changed(job);
            ticks.stop(job);
            unit.announce(new Event.JobClosed(job.name(), unit.now().wall()));
            admission.refuseAll(job, Refusal.closed(job.name()));
            unit.markDirty(job);
            runToFixpoint(); // so that the answer tells whether it stopped
        }
    }

    /** Nothing begins any more, and everybody who waits is answered. */
    void shutDown() {
        unit.shutDown();
        unit.alarms.cancel(pruneAlarm);
        for (JobState job : jobs.all()) {
            unit.workFor(job);
            ticks.stop(job);
            watch.stop(job);
            hold.stop(job);
            admission.refuseClients(job, Refusal.stopping());
            ask(job);
            deliveries.giveBack(job);
        }
        waiters.shutDown(jobs.all());
    }

    /** The time to finish is over. */
    void giveBack() {
        for (JobState job : jobs.all()) {
            unit.workFor(job);
            attempts.giveBack(job);
            deliveries.giveBack(job);
        }
    }

    /** The lease of a message is over, or another's. */
    void leaseLost(JobState job, Handle handle, String why) {
        Execution execution = leases.find(job, handle);
        if (execution == null) {
            return;
        }
        boolean isDone = leases.lost(execution);
        if (isDone) {
            executions.remember(execution);
        } else if (execution.handover != null || execution.state().isTerminal()) {
            return; // its work is done, whoever has the message
        } else if (execution.state() == ExecutionState.RUNNING) {
            attempts.withdraw(execution, "its lease was lost: " + why);
        } else {
            deliveries.leaseLost(execution, "its lease was lost: " + why);
        }
    }

    /** Cancels an execution that has not ended. */
    void cancel(Execution execution) {
        if (execution.handover != null) {
            handovers.withdraw(execution);
        } else if (execution.state() == ExecutionState.RUNNING) {
            attempts.cancel(execution);
        } else {
            places.takeOut(execution);
            executions.end(execution, ExecutionState.CANCELLED, null, null);
            unit.markDirty(execution.job);
        }
    }
}

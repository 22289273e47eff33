package dev.latido.core;

import dev.latido.event.Event;
import dev.latido.job.ExecutionId;
import dev.latido.job.Priority;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.Refusal;
import java.util.EnumMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Whether jobs run: one is started, stopped, completed or changed; all of them begin, are paused, lose their store and get it
 * back, and end with the service. Part of {@link JobEngine}'s core and as pure.
 *
 * <p>After each of these the job's timer, the looks at its worker and what is asked of its broker are as its state says, and
 * everybody whom the change concerns has been told. What may begin because of it is left to the {@link Dispatcher}.
 */
final class JobLifecycle {

    private final Jobs jobs;
    private final UnitOfWork unit;
    private final Dispatcher dispatcher;
    private final Admission admission;
    private final Ticks ticks;
    private final WorkerWatch watch;
    private final WorkerHold hold;
    private final DispatchGates gates;
    private final Attempts attempts;
    private final Deliveries deliveries;
    private final Waiters waiters;
    private final Pruning pruning;
    private final RandomGenerator random;

    JobLifecycle(
            Jobs jobs,
            UnitOfWork unit,
            Dispatcher dispatcher,
            Admission admission,
            Ticks ticks,
            WorkerWatch watch,
            WorkerHold hold,
            DispatchGates gates,
            Attempts attempts,
            Deliveries deliveries,
            Waiters waiters,
            Pruning pruning,
            RandomGenerator random) {
        this.jobs = jobs;
        this.unit = unit;
        this.dispatcher = dispatcher;
        this.admission = admission;
        this.ticks = ticks;
        this.watch = watch;
        this.hold = hold;
        this.gates = gates;
        this.attempts = attempts;
        this.deliveries = deliveries;
        this.waiters = waiters;
        this.pruning = pruning;
        this.random = random;
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
        pruning.begin();
        openQueues();
    }

    /** A job is new: it begins as it is defined. */
    void defined(JobState job) {
        unit.workFor(job);
        if (unit.isShuttingDown() || unit.faultOf(job.name()) != null) {
            return;
        }
        if (job.definition.trigger().autoStart()) {
            start(job);
        }
        if (job.definition.usesBrokers()) {
            openQueues();
        }
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

    /** Has the job go on, open to submissions, from now on. */
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
        dispatcher.runToFixpoint(); // so that the answer to a start counts the run that it began
    }

    /** Nothing of the job begins any more; what is in flight goes on. */
    void stop(JobState job) {
        if (job.isRunning()) {
            job.stop(unit.now().wall());
            unit.changed(job);
            ticks.stop(job);
            watch.stop(job);
            hold.stop(job);
            unit.announce(new Event.JobStopped(job.name(), unit.now().wall(), job.running.size()));
            gates.noteHold(job);
            dispatcher.ask(job);
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
            dispatcher.runToFixpoint(); // so that the answer tells whether it stopped
        }
    }

    /** Changes what {@code job} may do while the service runs. */
    void change(JobState job, JobSettings settings) {
        job.limits.change(settings);
        gates.rateChanged(job);
        unit.changed(job);
        announceChange(job);
        unit.markDirty(job);
        dispatcher.runToFixpoint();
    }

    private void announceChange(JobState job) {
        unit.announce(
                new Event.JobChanged(job.name(), unit.now().wall(), job.limits.concurrency(), job.limits.rateText()));
    }

    /** Nothing begins any more, in no job, until {@link #resumeAll}. */
    void pauseAll() {
        unit.setPaused(true);
        unit.announce(new Event.ServicePaused(unit.now().wall()));
        jobs.all().forEach(this::holdTicks);
        jobs.all().forEach(gates::noteHold);
        jobs.all().forEach(dispatcher::ask);
    }

    /** Ends the pause of everything. */
    void resumeAll() {
        unit.setPaused(false);
        unit.announce(new Event.ServiceResumed(unit.now().wall()));
        jobs.all().forEach(this::letTicksGoOn);
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

    /** The store works again. */
    void storeBack() {
        unit.storeRefusal(null);
        unit.announce(new Event.StoreBack(unit.now().wall()));
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

    /** Nothing begins any more, and everybody who waits is answered. */
    void shutDown() {
        unit.shutDown();
        pruning.end();
        for (JobState job : jobs.all()) {
            unit.workFor(job);
            ticks.stop(job);
            watch.stop(job);
            hold.stop(job);
            admission.refuseClients(job, Refusal.stopping());
            dispatcher.ask(job);
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
}

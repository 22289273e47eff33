package dev.latido.core;

import dev.latido.memory.MemoryBudget;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The parts of the core, each made once, in the order in which they need one another: commands and inputs reach them here.
 * The way of an execution goes in by the {@link Admission} or by {@link Ticks}, through the queue and the {@link Dispatcher} to a
 * worker, and out to history or the next job by {@link Outcomes}.
 */
final class Parts {

    final UnitOfWork unit;
    final Waiters waiters;
    final Executions executions;
    final Admission admission;
    final ResultPublications results;
    final Handovers handovers;
    final Outcomes outcomes;
    final Attempts attempts;
    final CrashQuarantine quarantine;
    final DispatchGates gates;
    final WorkerWatch watch;
    final Why why;
    final QueueDepths depths;
    final SharedTicks sharedTicks;
    final Ticks ticks;
    final Leases leases;
    final Deliveries deliveries;
    final Publications publications;
    final Dispatcher dispatcher;
    final JobLifecycle lifecycle;
    final Withdrawals withdrawals;

    /**
     * Makes them for {@code jobs}, which may still be empty.
     *
     * @param maxInFlight how many executions may be with workers at once, over all jobs; 0 for no limit
     */
    Parts(Jobs jobs, HistoryConfig config, int maxInFlight, MemoryBudget memory, RandomGenerator random) {
        this.unit = new UnitOfWork(memory);
        this.waiters = new Waiters(unit);
        this.leases = new Leases(unit);
        this.executions = new Executions(unit, config, EndHooks.inOrder(leases, waiters));
        this.admission = new Admission(unit, executions, this::publish);
        this.publications = new Publications(unit, executions, admission);
        this.watch = new WorkerWatch(unit);
        WorkerHold hold = new WorkerHold(unit);
        this.gates = new DispatchGates(unit, executions, watch, hold, new GlobalLimit(maxInFlight));
        this.quarantine = new CrashQuarantine(unit, executions, gates);
        Slots slots = new Slots(unit, executions, admission, waiters, quarantine);
        this.results = new ResultPublications(unit, this::resultDecided);
        this.handovers = new Handovers(jobs, unit, admission, slots, results);
        this.outcomes = new Outcomes(unit, slots, handovers, gates, watch, hold, random);
        this.attempts = new Attempts(jobs, unit, executions, gates, outcomes);
        this.why = new Why(unit, gates.global, quarantine, executions, config.deadLetters());
        this.depths = new QueueDepths(unit);
        this.sharedTicks = new SharedTicks(unit);
        this.ticks = new Ticks(unit, executions, admission, sharedTicks, random);
        Places places = new Places(admission, quarantine, ticks);
        this.deliveries = new Deliveries(unit, executions, leases, places);
        this.withdrawals = new Withdrawals(unit, executions, attempts, handovers, places, leases, deliveries);
        this.dispatcher = new Dispatcher(
                unit, admission, quarantine, ticks, gates, watch, hold, attempts, deliveries, this::stopEmpty);
        this.lifecycle = new JobLifecycle(
                jobs,
                unit,
                dispatcher,
                admission,
                ticks,
                watch,
                hold,
                gates,
                attempts,
                deliveries,
                waiters,
                new Pruning(jobs, unit, executions, gates),
                random);
    }

    private void publish(Arrival arrival, SharedQueue queue, Instant deadline) {
        publications.publish(arrival, queue, deadline);
    }

    private void resultDecided(Execution execution, @Nullable String refusal, @Nullable String note) {
        handovers.resultDecided(execution, refusal, note);
    }

    private void stopEmpty(JobState job) {
        lifecycle.stop(job);
    }
}

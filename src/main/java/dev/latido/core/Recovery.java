package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.store.StoreReader;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import dev.latido.store.StoredTexts;
import dev.latido.store.Unreadable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Takes up what the process before left in the store: first everything is read, then put where it belongs, and last, as the
 * service begins, decided what becomes of what was in flight. Part of the core; while it reads, nobody else may use that.
 */
public final class Recovery implements StoreReader {

    /** An execution that was in flight, and the jobs that had not taken its result, if it had one. */
    private record InFlight(Execution execution, List<String> handovers) {}

    /**
     * Things of one kind in the store that cannot be read.
     *
     * @param count how many
     * @param first one of them, with the reason
     */
    public record Damage(int count, Unreadable first) {
        private Damage and(Damage more) {
            return new Damage(count + more.count, first);
        }
    }

    private static final Comparator<Execution> BY_PLACE = Comparator.comparingLong(execution -> execution.queueOrder);

    private final Jobs jobs;
    private final Parts parts;
    private final Function<String, JobState> undefined;

    /** How jobs stood that are not defined any more, by their names. */
    private final Map<String, StoredJob> leftBehind = new HashMap<>();

    private final UnitOfWork unit;
    private final List<Execution> queued = new ArrayList<>();
    private final List<Execution> waiting = new ArrayList<>();

    /** Those whose messages are at brokers, which deliver them again if nobody else has them. */
    private final List<Execution> awaited = new ArrayList<>();

    private final List<Execution> ended = new ArrayList<>();
    private final List<InFlight> inFlight = new ArrayList<>();
    private final ArrayDeque<Execution> unread = new ArrayDeque<>();
    private final Map<ExecutionId, IdempotencyKeys.Use> uses = new HashMap<>();
    private final Map<String, Integer> orphans = new TreeMap<>();

    private final Map<Unreadable.Kind, Damage> damage = new EnumMap<>(Unreadable.Kind.class);
    private int count;

    /** The same as {@link #count}, for other threads. */
    private volatile int executions;

    /**
     * Makes one.
     *
     * @param undefined makes a job, without anything that works for it, for executions of one that is not defined any more
     */
    Recovery(Jobs jobs, Parts parts, Function<String, JobState> undefined) {
        this.jobs = jobs;
        this.undefined = undefined;
        this.parts = parts;
        this.unit = parts.unit;
    }

    /** A start is not to need the memory for texts that nobody wants yet. */
    @Override
    public int maxTextBytes() {
        return Holdings.SHORT_BYTES;
    }

    @Override
    public void service(StoredService service) {
        unit.restore(service);
    }

    @Override
    public void job(StoredJob stored) {
        JobState job = jobs.find(stored.name());
        if (job == null) {
            leftBehind.put(stored.name(), stored);
        } else if (!isSetAside(job)) {
            guard(Unreadable.Kind.JOB, stored.name(), null, () -> JobRows.restore(job, stored));
        }
    }

    @Override
    public void key(StoredKey key) {
        parts.executions.continueAfter(key.execution(), 0);
        JobState job = jobs.find(key.job());
        if (job != null && !isSetAside(job)) {
            guard(
                    Unreadable.Kind.KEY,
                    key.key() + " of " + key.job(),
                    null,
                    () -> uses.put(key.execution(), job.keys.restore(key, unit.now())));
        }
    }

    @Override
    public void execution(StoredExecution stored, @Nullable StoredState state) {
        long place = state == null ? stored.place() : state.place();
        parts.executions.continueAfter(stored.id(), place);
        JobState job = jobOf(stored);
        if (isSetAside(job)) {
            parts.executions.setAside(stored.id(), job);
            return;
        }
        guard(
                Unreadable.Kind.EXECUTION,
                stored.id().toString(),
                stored.id(),
                () -> take(parts.executions.restore(job, stored, state), stored, state));
    }

    /** Returns the job of an execution. One that is not defined any more is made, so that it can be seen and removed. */
    private JobState jobOf(StoredExecution stored) {
        JobState job = jobs.find(stored.job());
        if (job == null) {
            StoredJob row = leftBehind.get(stored.job());
            job = undefined.apply(stored.job());
            job.leftBehind = new JobState.LeftBehind(row);
            if (row != null) {
                JobRows.restoreLeftBehind(job, row);
            }
            jobs.add(job);
        }
        if (job.isUndefined()) {
            orphans.merge(stored.job(), 1, Integer::sum);
        }
        return job;
    }

    private boolean isSetAside(JobState job) {
        return unit.faultOf(job.name()) != null;
    }

    /** What cannot be taken up of a row stays in the store as it is, and is told of; the others are not kept from it. */
    private void guard(Unreadable.Kind kind, String name, @Nullable ExecutionId id, Runnable taking) {
        try {
            taking.run();
        } catch (RuntimeException nonsense) {
            unreadable(new Unreadable(kind, name, id, String.valueOf(nonsense.getMessage())));
        }
    }

    private void take(Execution execution, StoredExecution stored, @Nullable StoredState state) {
        count++;
        executions = count;
        execution.use = uses.get(stored.id());
        parts.leases.restored(execution, state != null && state.isOwed());
        boolean isHandedOver = state != null && !state.handovers().isEmpty();
        boolean needsKey = execution.job.keyLimiter != null
                && execution.isPayloadAway()
                && !execution.state().isTerminal();
        if (needsKey || (isHandedOver && execution.isResultAway())) {
            unread.add(execution);
        }
        switch (execution.state()) {
            case QUEUED -> (execution.origin == null ? queued : awaited).add(execution);
            case WAITING -> (execution.origin == null ? waiting : awaited).add(execution);
            case RUNNING -> inFlight.add(new InFlight(execution, state == null ? List.of() : state.handovers()));
            case SUCCEEDED, FAILED, CANCELLED, DROPPED, RETURNED -> ended.add(execution);
        }
    }

    @Override
    public void unreadable(Unreadable row) {
        ExecutionId id = row.id();
        if (id != null) {
            parts.executions.continueAfter(id, 0); // it is taken
        }
        damage.merge(row.kind(), new Damage(1, row), Damage::and);
    }

    /** Returns the next of those whose texts were left out and are needed all the same; null when there is none. */
    public @Nullable ExecutionId nextUnread() {
        Execution next = unread.peek();
        return next == null ? null : next.id;
    }

    /** Takes the texts of {@link #nextUnread}: of a payload only the key is kept. */
    public void read(StoredTexts texts) {
        Execution execution = unread.remove();
        if (execution.isPayloadAway()) {
            execution.key = execution.job.keyIn(texts.payload());
        }
        if (execution.state() == ExecutionState.RUNNING && execution.isResultAway()) {
            execution.setResult(texts.result());
            unit.holdings.changed(execution);
        }
    }

    /** Puts everything where it belongs; called once all is read. */
    public void place() {
        queued.sort(BY_PLACE);
        queued.forEach(execution -> {
            unit.workFor(execution.job);
            execution.job.queue.putBack(execution, execution.priority, execution.queueOrder);
        });
        ended.sort(BY_PLACE);
        ended.forEach(execution -> {
            unit.workFor(execution.job);
            if (execution.origin == null || !execution.origin.isOwed) {
                parts.executions.remember(execution, execution.queueOrder);
            }
            noteRun(execution);
        });
        waiting.sort(BY_PLACE);
        waiting.forEach(this::placeWaiting);
        awaited.sort(BY_PLACE);
        awaited.forEach(parts.deliveries::awaitRestored);
        jobs.all().forEach(this::countAnew);
        uses.clear();
        queued.clear();
        ended.clear();
        waiting.clear();
        awaited.clear();
    }

    /** What was failing before the process began still is. */
    private static void noteRun(Execution execution) {
        if (execution.state() == ExecutionState.SUCCEEDED) {
            execution.job.recent.succeeded(execution.endedMillis);
        } else if (execution.state() == ExecutionState.FAILED && !execution.isExpiredUnrun()) {
            execution.job.recent.failed(Objects.requireNonNullElse(execution.error, "unknown"), execution.endedMillis);
        }
    }

    private void placeWaiting(Execution execution) {
        unit.workFor(execution.job);
        execution.job.queue.restoreReserved(execution.priority, execution.payloadBytes);
        if (execution.dueMillis == 0) {
            execution.job.setAside(execution, parts.executions.nextOrder());
            parts.quarantine.add(execution);
        } else {
            parts.admission.awaitDue(execution, parts.executions.nextOrder());
        }
    }

    /** A job that is in memory only now may have left something in the store from when it was not. */
    private void countAnew(JobState job) {
        unit.workFor(job);
        if (job.definition.durability() != Durability.NONE) {
            return;
        }
        job.counters.restore(new StoredJob.Counters(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        parts.executions.all().forEach(execution -> {
            if (execution.job == job) {
                job.counters.entered(execution.state());
            }
        });
    }

    /** Decides what becomes of what was in flight. Nothing is due for jobs that are not there. */
    void decide() {
        leftBehind.values().forEach(this::forgetSchedule);
        leftBehind.clear();
        for (InFlight each : inFlight) {
            Execution execution = each.execution;
            JobState job = execution.job;
            unit.workFor(job);
            job.began(execution, parts.executions.nextOrder());
            if (!each.handovers.isEmpty()) {
                parts.handovers.goOn(execution, each.handovers);
            } else {
                parts.outcomes.crashed(execution);
                if (execution.origin != null && !execution.state().isTerminal()) {
                    parts.deliveries.await(execution);
                }
            }
        }
        inFlight.clear();
    }

    /** Notes that a job is not defined any more, if it was when the process before began. */
    private void forgetSchedule(StoredJob row) {
        JobState job = jobs.find(row.name());
        if ("".equals(row.schedule())) {
            return;
        }
        if (job == null) {
            unit.writes.add(row.withoutSchedule());
        } else {
            unit.writes.addSometime(job);
        }
    }

    /** Returns how many executions were taken up so far. May be called from any thread. */
    public int executions() {
        return executions;
    }

    /** Returns how many executions belong to jobs that are not defined any more, by their names. None of them is run. */
    public Map<String, Integer> orphans() {
        return orphans;
    }

    /** Returns what could not be read, by what it is. It stays in the store as it is. */
    public Map<Unreadable.Kind, Damage> damage() {
        return damage;
    }
}

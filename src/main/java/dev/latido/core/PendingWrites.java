package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.store.Batch;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What changed since the store was last told: which things, not what happened to them. However often something changes
 * between two batches, it is one row; so what waits to be written is bounded by what there is.
 */
final class PendingWrites {

    /** How many forgotten executions one batch deletes at most. Nobody waits for it, so it must not hold up others. */
    static final int MAX_FORGOTTEN = 10_000;

    /** What is noted of one job. */
    static final class State {

        /** True while it changed since the store was told. */
        private boolean isChanged;
    }

    private final List<Execution> executions = new ArrayList<>();
    private final List<JobState> jobs = new ArrayList<>();
    private final ArrayDeque<ExecutionId> forgotten = new ArrayDeque<>();
    private final List<IdempotencyKeys.Use> keys = new ArrayList<>();
    private final List<IdempotencyKeys.Use> forgottenKeys = new ArrayList<>();
    private final List<StoredJob> otherJobs = new ArrayList<>();
    private @Nullable StoredService service;
    private boolean isUrgent;

    /** Notes that {@code execution} changed; false when that is not for the store. */
    boolean add(Execution execution) {
        if (execution.job.definition.durability() == Durability.NONE && !execution.isStored) {
            return false;
        }
        isUrgent = true;
        if (!execution.isChanged) {
            execution.isChanged = true;
            executions.add(execution);
        }
        return true;
    }

    /** Notes that {@code execution}, which is stored, changed in a way that may be stored with whatever is stored next. */
    void addSometime(Execution execution) {
        if (execution.isStored && !execution.isChanged && !execution.isForgotten) {
            execution.isChanged = true;
            executions.add(execution);
        }
    }

    /** Notes that what concerns all jobs changed. */
    void add(StoredService changed) {
        isUrgent = true;
        service = changed;
    }

    /** Notes that this is to be stored of a job that is not defined. */
    void add(StoredJob row) {
        isUrgent = true;
        otherJobs.add(row);
    }

    /** Notes that {@code job} changed in a way that somebody is told of. */
    void add(JobState job) {
        isUrgent = true;
        addSometime(job);
    }

    /** Notes that {@code job} changed in a way that may be stored with whatever is stored next. */
    void addSometime(JobState job) {
        if (!job.writes.isChanged) {
            job.writes.isChanged = true;
            jobs.add(job);
        }
    }

    /** Notes that nothing is to be kept of {@code execution}. */
    void forget(Execution execution) {
        execution.isForgotten = true;
        if (execution.isStored) {
            isUrgent = true;
            forgotten.add(execution.id);
        }
    }

    /** Notes that an idempotency key is used now. */
    void add(IdempotencyKeys.Use use) {
        isUrgent = true;
        keys.add(use);
    }

    /** Notes that nothing is to be kept of the use of an idempotency key. */
    void forget(IdempotencyKeys.Use use) {
        use.isForgotten = true;
        if (use.isStored) {
            isUrgent = true;
            forgottenKeys.add(use);
        }
    }

    /** Tells whether there is something to be stored without delay. */
    boolean isUrgent() {
        return isUrgent;
    }

    /** Returns how many rows there are to be written, about. */
    int size() {
        return (service == null ? 0 : 1)
                + executions.size()
                + jobs.size()
                + otherJobs.size()
                + forgotten.size()
                + keys.size()
                + forgottenKeys.size();
    }

    /** Returns how everything that changed stands now; from here on that counts as stored. */
    Batch take() {
        List<StoredExecution> accepted = new ArrayList<>();
        List<StoredState> changed = new ArrayList<>(executions.size());
        for (Execution execution : executions) {
            execution.isChanged = false;
            if (execution.isForgotten) {
                continue;
            }
            boolean isNew = !execution.isStored;
            if (isNew || execution.isRowChanged) {
                execution.isStored = true;
                execution.isRowChanged = false;
                accepted.add(ExecutionRows.of(execution));
            }
            if (isNew && ExecutionRows.isAsAccepted(execution)) {
                continue;
            }
            changed.add(ExecutionRows.stateOf(execution));
        }
        executions.clear();
        List<StoredJob> jobRows = new ArrayList<>(otherJobs);
        otherJobs.clear();
        for (JobState job : jobs) {
            job.writes.isChanged = false;
            jobRows.add(JobRows.of(job));
        }
        jobs.clear();
        List<ExecutionId> gone = new ArrayList<>(Math.min(forgotten.size(), MAX_FORGOTTEN));
        while (!forgotten.isEmpty() && gone.size() < MAX_FORGOTTEN) {
            gone.add(forgotten.remove());
        }
        List<StoredKey> used = new ArrayList<>(keys.size());
        for (IdempotencyKeys.Use use : keys) {
            if (!use.isForgotten) {
                use.isStored = true;
                used.add(use.row());
            }
        }
        keys.clear();
        List<StoredKey> goneKeys =
                forgottenKeys.stream().map(IdempotencyKeys.Use::row).toList();
        forgottenKeys.clear();
        isUrgent = !forgotten.isEmpty();
        StoredService changedService = service;
        service = null;
        return new Batch(changedService, jobRows, accepted, changed, gone, used, goneKeys);
    }
}

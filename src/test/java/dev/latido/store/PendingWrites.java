package dev.latido.store;

import dev.latido.job.ExecutionId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A batch in the making. */
public final class PendingWrites {

    private @Nullable StoredService service;
    private final List<StoredJob> jobs = new ArrayList<>();
    private final List<StoredExecution> accepted = new ArrayList<>();
    private final List<StoredState> changed = new ArrayList<>();
    private final List<ExecutionId> forgotten = new ArrayList<>();
    private final List<StoredKey> keys = new ArrayList<>();
    private final List<StoredKey> forgottenKeys = new ArrayList<>();
    private final List<NewPoints> points = new ArrayList<>();

    public PendingWrites service(StoredService service) {
        this.service = service;
        return this;
    }

    public PendingWrites job(StoredJob job) {
        jobs.add(job);
        return this;
    }

    public PendingWrites accept(StoredExecution execution) {
        accepted.add(execution);
        return this;
    }

    public PendingWrites change(StoredState state) {
        changed.add(state);
        return this;
    }

    public PendingWrites forget(ExecutionId id) {
        forgotten.add(id);
        return this;
    }

    public PendingWrites use(StoredKey key) {
        keys.add(key);
        return this;
    }

    public PendingWrites forgetKey(StoredKey key) {
        forgottenKeys.add(key);
        return this;
    }

    public PendingWrites points(NewPoints row) {
        points.add(row);
        return this;
    }

    public Batch batch() {
        return new Batch(
                service,
                List.copyOf(jobs),
                List.copyOf(accepted),
                List.copyOf(changed),
                List.copyOf(forgotten),
                List.copyOf(keys),
                List.copyOf(forgottenKeys),
                List.copyOf(points));
    }
}

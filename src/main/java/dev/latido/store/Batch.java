package dev.latido.store;

import dev.latido.job.ExecutionId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What changed since the batch before. Each row says how something stands, whatever was stored of it, so writing a batch
 * again changes nothing. A text that is not here is left as it is stored: a row with one changes a row that was written before,
 * and where there is none it writes nothing.
 *
 * @param service what concerns all jobs, if that changed; else null
 * @param jobs jobs that changed; whatever else names a job names one that is among them or was written before
 * @param accepted executions that are new
 * @param changed how executions stand that are new and not simply queued, or that changed
 * @param forgotten executions of which nothing is to be kept, known to the store or not
 * @param keys keys that were used
 * @param forgottenKeys keys of which nothing is to be kept
 * @param points points of time series that are new, or replace others
 */
public record Batch(
        @Nullable StoredService service,
        List<StoredJob> jobs,
        List<StoredExecution> accepted,
        List<StoredState> changed,
        List<ExecutionId> forgotten,
        List<StoredKey> keys,
        List<StoredKey> forgottenKeys,
        List<NewPoints> points) {

    /** Makes a batch without points. */
    public Batch(
            @Nullable StoredService service,
            List<StoredJob> jobs,
            List<StoredExecution> accepted,
            List<StoredState> changed,
            List<ExecutionId> forgotten,
            List<StoredKey> keys,
            List<StoredKey> forgottenKeys) {
        this(service, jobs, accepted, changed, forgotten, keys, forgottenKeys, List.of());
    }

    /** Returns the same with these points. */
    public Batch with(List<NewPoints> added) {
        return new Batch(service, jobs, accepted, changed, forgotten, keys, forgottenKeys, added);
    }

    /** Returns how many rows this batch writes or deletes. */
    public int size() {
        return (service == null ? 0 : 1)
                + jobs.size()
                + accepted.size()
                + changed.size()
                + forgotten.size()
                + keys.size()
                + forgottenKeys.size()
                + points.size();
    }
}

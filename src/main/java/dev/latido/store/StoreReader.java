package dev.latido.store;

import org.jspecify.annotations.Nullable;

/** Takes what a store holds: first what concerns all jobs, then all jobs, then all keys, then all executions in the order of their ids. */
public interface StoreReader {

    void service(StoredService service);

    void job(StoredJob job);

    /** Takes a key. Those of one job come in the order in which they were used. */
    void key(StoredKey key);

    /**
     * Takes an execution.
     *
     * @param state how it stands; null for one that is queued where it was accepted and was never tried
     */
    void execution(StoredExecution execution, @Nullable StoredState state);
}

package dev.latido.store;

import org.jspecify.annotations.Nullable;

/**
 * Takes what a store holds: first what concerns all jobs, then all jobs, then all keys, then all
 * executions in the order of their ids, then points of time series, the latest first.
 */
public interface StoreReader {

    /** Returns how long a payload or a result is at most, in bytes of UTF-8, to be handed over; longer ones are only told of. */
    default int maxTextBytes() {
        return Integer.MAX_VALUE;
    }

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

    /** Takes points of time series. */
    default void points(StoredPoints points) {}

    /**
     * Takes note of something that cannot be read, in place of the thing. It stays in the store as it is until something of the
     * same name is written, and the rest is read. So what else belongs to an unreadable job is unreadable too.
     */
    void unreadable(Unreadable row);
}

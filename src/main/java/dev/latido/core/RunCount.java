package dev.latido.core;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How many runs of a job began, and when the latest did. What reached no worker does not count. */
final class RunCount {

    private long count;
    private @Nullable Instant latest;

    /** The latest of those that reached their worker for sure. */
    private @Nullable Instant latestReached;

    long count() {
        return count;
    }

    @Nullable Instant latest() {
        return latest;
    }

    /** A run begins. */
    void began(Instant time) {
        count++;
        latest = time;
    }

    /** A run that began at {@code startedMillis} reached its worker. */
    void reachedWorker(long startedMillis) {
        if (latestReached == null || latestReached.toEpochMilli() < startedMillis) {
            latestReached = Instant.ofEpochMilli(startedMillis);
        }
    }

    /**
     * Takes back that a run began: no worker was there.
     *
     * @param isOnly whether no other is with a worker
     */
    void takeBack(boolean isOnly) {
        count--;
        if (isOnly) {
            latest = latestReached;
        }
    }

    /** Takes up how it was before the process began. */
    void restore(long storedCount, @Nullable Instant storedLatest) {
        count = storedCount;
        latest = storedLatest;
        latestReached = storedLatest;
    }
}

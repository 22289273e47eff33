package dev.latido.job;

/**
 * Hands out execution ids, strictly rising even when the wall clock stands still or goes backwards. Belongs to one
 * owner; not thread-safe.
 */
public final class ExecutionIds {

    private static final int COUNTER_BITS = 20;

    private long last;

    /** Returns the next id: the later of {@code now} and the one after the last. */
    public ExecutionId next(Moment now) {
        last = Math.max(last + 1, Math.max(0, now.wall().toEpochMilli()) << COUNTER_BITS);
        return new ExecutionId(last);
    }
}

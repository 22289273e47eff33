package dev.latido.job;

/**
 * Hands out execution ids, strictly rising even when the wall clock stands still or goes backwards. Belongs to one
 * owner; not thread-safe.
 */
public final class ExecutionIds {

    /** The year 2109. A clock that is wrong by more than that must not use up the ids. */
    private static final long LATEST_MILLIS = 1L << 42;

    private long last;

    /** Gives out only ids after {@code id} from now on. */
    public void continueAfter(ExecutionId id) {
        last = Math.max(last, id.value());
    }

    /** Returns the next id: the later of {@code now} and the one after the last. */
    public ExecutionId next(Moment now) {
        long millis = Math.max(0, Math.min(LATEST_MILLIS, now.wall().toEpochMilli()));
        last = Math.max(last + 1, millis << ExecutionId.COUNTER_BITS);
        return new ExecutionId(last);
    }
}

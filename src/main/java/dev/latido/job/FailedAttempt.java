package dev.latido.job;

import org.jspecify.annotations.Nullable;

/**
 * An attempt that failed.
 *
 * @param number its number
 * @param startedMillis when it began, in milliseconds since 1970-01-01 UTC
 * @param endedMillis when it ended
 * @param error what went wrong, in one line
 * @param worker whose it was, for people; null where that was not noted
 */
public record FailedAttempt(
        int number,
        long startedMillis,
        long endedMillis,
        String error,
        @Nullable String worker) {

    /** Makes one of which nobody noted whose it was. */
    public FailedAttempt(int number, long startedMillis, long endedMillis, String error) {
        this(number, startedMillis, endedMillis, error, null);
    }
}

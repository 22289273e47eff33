package dev.latido.job;

/**
 * An attempt that failed.
 *
 * @param number its number
 * @param startedMillis when it began, in milliseconds since 1970-01-01 UTC
 * @param endedMillis when it ended
 * @param error what went wrong, in one line
 */
public record FailedAttempt(int number, long startedMillis, long endedMillis, String error) {}

package dev.latido.store;

/**
 * How a job stands. Times are in milliseconds since 1970-01-01 UTC, 0 for never.
 *
 * @param name its name, unique
 * @param isRunning whether it is started
 * @param isClosed whether it takes no submissions
 * @param stoppedMillis when it was last stopped
 * @param tickedMillis when the latest tick of its timer was due
 * @param executionCount how many runs began
 * @param lastExecutionMillis when the latest began
 * @param counters how often what happened
 */
public record StoredJob(
        String name,
        boolean isRunning,
        boolean isClosed,
        long stoppedMillis,
        long tickedMillis,
        long executionCount,
        long lastExecutionMillis,
        Counters counters) {

    /** How often what happened to the executions of a job; see the README's table of counters. */
    public record Counters(
            long accepted,
            long succeeded,
            long failed,
            long cancelled,
            long dropped,
            long refused,
            long ticksCoalesced,
            long ticksMissed) {}
}

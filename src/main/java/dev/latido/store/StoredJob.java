package dev.latido.store;

import org.jspecify.annotations.Nullable;

/**
 * How a job stands. Times are in milliseconds since 1970-01-01 UTC, 0 for never.
 *
 * @param name its name, unique
 * @param isRunning whether it is started
 * @param isClosed whether it accepts no submissions
 * @param stoppedMillis when it was last stopped
 * @param tickedMillis when the latest tick of its timer was due, or since when its schedule is in force
 * @param schedule the schedule in force, as the owner writes it; empty for none, null for one that is not known
 * @param executionCount how many runs began
 * @param lastExecutionMillis when the latest began
 * @param concurrency what it was set to while the service ran, to be kept; 0 for what the configuration says
 * @param rate what its rate limit was set to, to be kept, as the owner writes it; empty for what the configuration says
 * @param counters how often what happened
 */
public record StoredJob(
        String name,
        boolean isRunning,
        boolean isClosed,
        long stoppedMillis,
        long tickedMillis,
        @Nullable String schedule,
        long executionCount,
        long lastExecutionMillis,
        int concurrency,
        String rate,
        Counters counters) {

    /** Returns this row as that of a job that has no schedule. */
    public StoredJob withoutSchedule() {
        return new StoredJob(
                name,
                isRunning,
                isClosed,
                stoppedMillis,
                tickedMillis,
                "",
                executionCount,
                lastExecutionMillis,
                concurrency,
                rate,
                counters);
    }

    /** How often what happened to the executions of a job. */
    public record Counters(
            long accepted,
            long succeeded,
            long failed,
            long cancelled,
            long dropped,
            long refused,
            long ticksCoalesced,
            long ticksMissed,
            long retried,
            long deadLettersLost,
            long returned) {}
}

package dev.latido.core;

import dev.latido.job.ExecutionState;
import java.time.Duration;

/**
 * How much of what has ended is kept. The oldest gives way first.
 *
 * @param ended of what succeeded, was cancelled or dropped
 * @param deadLetters of what failed, and may still be wanted: more and longer
 */
public record HistoryConfig(Bounds ended, Bounds deadLetters) {

    public static final HistoryConfig DEFAULT = new HistoryConfig(
            new Bounds(1_000, 100_000, Duration.ofHours(24)), new Bounds(10_000, 100_000, Duration.ofDays(90)));

    /**
     * Bounds of what is kept.
     *
     * @param maxPerJob how many executions of one job in one state, from 0
     * @param maxTotal how many executions in one state, over all jobs, from 0
     * @param maxAge how long
     */
    public record Bounds(int maxPerJob, int maxTotal, Duration maxAge) {}

    /** Returns what holds for executions that ended in {@code state}. */
    Bounds of(ExecutionState state) {
        return state == ExecutionState.FAILED ? deadLetters : ended;
    }
}

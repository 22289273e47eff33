package dev.latido.control;

import java.time.Duration;

/**
 * How much of what has ended is kept. The oldest gives way first.
 *
 * @param maxPerJob how many executions of one job in one state, from 0
 * @param maxTotal how many executions in one state, over all jobs, from 0
 * @param maxAge how long
 */
public record HistoryConfig(int maxPerJob, int maxTotal, Duration maxAge) {

    public static final HistoryConfig DEFAULT = new HistoryConfig(1_000, 100_000, Duration.ofHours(24));
}

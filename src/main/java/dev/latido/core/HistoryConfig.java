package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.setting.Section;
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
    public record Bounds(int maxPerJob, int maxTotal, Duration maxAge) {

        private static Bounds read(Section section, Bounds absent) {
            return new Bounds(
                    section.integer("maxPerJob", absent.maxPerJob, 0, 1_000_000),
                    section.integer("maxTotal", absent.maxTotal, 0, 10_000_000),
                    section.duration("maxAge", absent.maxAge, Duration.ofSeconds(1), Duration.ofDays(3_660)));
        }
    }

    /** Reads all of them. */
    public static HistoryConfig read(Section section) {
        Section deadLetters = section.section("deadLetters");
        HistoryConfig history =
                new HistoryConfig(Bounds.read(section, DEFAULT.ended), Bounds.read(deadLetters, DEFAULT.deadLetters));
        deadLetters.end();
        section.end();
        return history;
    }

    /** Returns what holds for executions that ended in {@code state}. */
    Bounds of(ExecutionState state) {
        return state == ExecutionState.FAILED ? deadLetters : ended;
    }
}

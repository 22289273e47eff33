package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.store.StoredJob;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Jobs as the store has them. */
final class JobRows {

    private JobRows() {}

    /** Returns what the store is told of {@code job}. What is in memory only is not counted either. */
    static StoredJob of(JobState job) {
        JobState.LeftBehind leftBehind = job.leftBehind;
        if (leftBehind != null) {
            return leftBehind(job, leftBehind.row());
        }
        boolean counts = job.definition.durability() != Durability.NONE;
        return new StoredJob(
                job.name(),
                job.isRunning(),
                job.isClosed(),
                millis(job.stoppedAt()),
                millis(job.tickedAt()),
                job.scheduleInForce(),
                counts ? job.runs.count() : 0,
                counts ? millis(job.runs.latest()) : 0,
                job.limits.keptConcurrency(),
                job.limits.keptRate(),
                (counts ? job.counters : new Counters()).row());
    }

    /** Keeps for a job that is not defined any more how it stood, but for what was counted since. */
    private static StoredJob leftBehind(JobState job, @Nullable StoredJob row) {
        return row == null
                ? new StoredJob(
                        job.name(),
                        false,
                        false,
                        0,
                        0,
                        "",
                        0,
                        0,
                        job.limits.keptConcurrency(),
                        job.limits.keptRate(),
                        job.counters.row())
                : new StoredJob(
                        job.name(),
                        row.isRunning(),
                        row.isClosed(),
                        row.stoppedMillis(),
                        row.tickedMillis(),
                        "", // nothing is due for it
                        row.executionCount(),
                        row.lastExecutionMillis(),
                        row.concurrency(),
                        row.rate(),
                        job.counters.row());
    }

    /** Has a job that is not defined any more know what it counted; it stays stopped. */
    static void restoreLeftBehind(JobState job, StoredJob stored) {
        job.runs.restore(stored.executionCount(), instant(stored.lastExecutionMillis()));
        job.counters.restore(stored.counters());
    }

    /** Has {@code job} stand as it did before the process began. */
    static void restore(JobState job, StoredJob stored) {
        job.restore(stored.isRunning(), stored.isClosed(), instant(stored.stoppedMillis()));
        job.restoreTicks(instant(stored.tickedMillis()), stored.schedule());
        job.runs.restore(stored.executionCount(), instant(stored.lastExecutionMillis()));
        job.counters.restore(stored.counters());
        job.limits.restore(stored.concurrency(), stored.rate());
    }

    private static long millis(@Nullable Instant time) {
        return time == null ? 0 : time.toEpochMilli();
    }

    private static @Nullable Instant instant(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }
}

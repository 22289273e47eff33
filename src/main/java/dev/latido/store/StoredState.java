package dev.latido.store;

import dev.latido.job.Course;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.FailedAttempt;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How an execution stands. Times are in milliseconds since 1970-01-01 UTC, 0 for never.
 *
 * @param id its id
 * @param state where in its life it is
 * @param place its place in the order of its queue, or of what has ended; of a running one, where it was queued
 * @param attempt how often it was handed to a worker
 * @param crashes how often it was with a worker when the process died
 * @param isCancelled whether it was told to end
 * @param dueMillis when its delay is over
 * @param startedMillis when its latest attempt began
 * @param endedMillis when it ended
 * @param note why it has this state; null when there is nothing to say
 * @param result JSON text, here or not; null for none
 * @param error why it failed; null when it did not
 * @param handovers of a running one that is done: the jobs that have not taken its result yet; else empty
 * @param course what happened to it so far
 * @param isFinal whether its worker is not to be asked again: only the fallback is left
 * @param isInside of a running one: whether its worker runs inside this process, and so may be what ends it
 * @param isResultCut whether the result is only the beginning of what the worker gave
 * @param isOwed of one that has ended and came from a broker: whether that is still to be told how it ended
 */
public record StoredState(
        ExecutionId id,
        ExecutionState state,
        long place,
        int attempt,
        int crashes,
        boolean isCancelled,
        long dueMillis,
        long startedMillis,
        long endedMillis,
        @Nullable String note,
        @Nullable Text result,
        @Nullable String error,
        List<String> handovers,
        Course course,
        boolean isFinal,
        boolean isInside,
        boolean isResultCut,
        boolean isOwed) {

    /** Makes the row of one of which nothing is known but what failed, and nothing is owed to a broker. */
    public StoredState(
            ExecutionId id,
            ExecutionState state,
            long place,
            int attempt,
            int crashes,
            boolean isCancelled,
            long dueMillis,
            long startedMillis,
            long endedMillis,
            @Nullable String note,
            @Nullable Text result,
            @Nullable String error,
            List<String> handovers,
            List<FailedAttempt> failures,
            boolean isFinal,
            boolean isInside,
            boolean isResultCut) {
        this(
                id,
                state,
                place,
                attempt,
                crashes,
                isCancelled,
                dueMillis,
                startedMillis,
                endedMillis,
                note,
                result,
                error,
                handovers,
                Course.of(failures),
                isFinal,
                isInside,
                isResultCut,
                false);
    }

    /** Returns the same with another result. */
    public StoredState with(@Nullable Text other) {
        return new StoredState(
                id,
                state,
                place,
                attempt,
                crashes,
                isCancelled,
                dueMillis,
                startedMillis,
                endedMillis,
                note,
                other,
                error,
                handovers,
                course,
                isFinal,
                isInside,
                isResultCut,
                isOwed);
    }
}

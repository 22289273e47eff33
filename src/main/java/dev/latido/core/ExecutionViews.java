package dev.latido.core;

import dev.latido.job.Course;
import dev.latido.job.ExecutionState;
import dev.latido.job.FailedAttempt;
import dev.latido.job.Hold;
import dev.latido.job.Moment;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Timeline;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What people are told of an execution. */
final class ExecutionViews {

    private ExecutionViews() {}

    static ExecutionView of(Execution execution) {
        return of(execution, execution.course.holds());
    }

    /** Returns the view that also tells what holds an execution up that is queued. */
    static ExecutionView of(Execution execution, Moment now) {
        boolean isQueued = execution.state() == ExecutionState.QUEUED;
        return of(execution, isQueued ? Holds.soFar(execution, now) : execution.course.holds());
    }

    private static ExecutionView of(Execution execution, List<Hold> holds) {
        return view(
                execution,
                execution.payload(),
                execution.result(),
                failures(execution),
                timeline(execution, holds),
                ExecutionView.InStore.of(
                        execution.isPayloadAway() ? execution.payloadBytes : 0,
                        execution.isResultAway() ? execution.resultBytes() : 0));
    }

    /** Returns the view of one that has ended as it was before, for who is told of an end once that is stored. */
    static ExecutionView beforeItsEnd(Execution execution) {
        return new ExecutionView(
                execution.id,
                execution.job.name(),
                execution.attempt > 0 ? ExecutionState.RUNNING : ExecutionState.QUEUED,
                execution.priority,
                execution.attempt,
                Instant.ofEpochMilli(execution.createdMillis),
                instant(execution.dueMillis),
                instant(execution.startedMillis),
                null,
                null,
                "how it ended is told once that is stored",
                execution.payload(),
                null,
                null,
                instant(execution.expiresMillis),
                failures(execution),
                execution.job.definition.durability(),
                false,
                false,
                Timeline.NONE,
                ExecutionView.InStore.of(execution.isPayloadAway() ? execution.payloadBytes : 0, 0));
    }

    /** Returns the view for lists, without payload, result and failed attempts. */
    static ExecutionView summary(Execution execution) {
        return view(execution, null, null, List.of(), Timeline.NONE, null);
    }

    private static ExecutionView view(
            Execution execution,
            @Nullable String payload,
            @Nullable String result,
            List<ExecutionView.Failure> failures,
            Timeline timeline,
            ExecutionView.@Nullable InStore inStore) {
        return new ExecutionView(
                execution.id,
                execution.job.name(),
                execution.state(),
                execution.priority,
                execution.attempt,
                Instant.ofEpochMilli(execution.createdMillis),
                instant(execution.dueMillis),
                instant(execution.startedMillis),
                instant(execution.endedMillis),
                execution.progress == Execution.NO_PROGRESS ? null : (Double) execution.progress,
                note(execution),
                payload,
                result,
                execution.error,
                instant(execution.expiresMillis),
                failures,
                execution.job.definition.durability(),
                false,
                execution.isResultCut && (result != null || (inStore != null && inStore.resultBytes() > 0)),
                timeline,
                inStore);
    }

    private static Timeline timeline(Execution execution, List<Hold> holds) {
        Course course = execution.course;
        boolean isUntried = execution.attempt == 0;
        return isUntried && holds.isEmpty() && course.isEmpty()
                ? Timeline.NONE
                : new Timeline(isUntried ? null : worker(execution), holds, course.notes(), course.successors());
    }

    /** Who has its latest attempt: as that noted, if it failed, or else as the job is defined now. */
    private static String worker(Execution execution) {
        List<FailedAttempt> failures = execution.failures();
        FailedAttempt last = failures.isEmpty() ? null : failures.get(failures.size() - 1);
        String noted = last != null && last.number() == execution.attempt ? last.worker() : null;
        return noted != null ? noted : execution.job.definition.workerText(execution.course.isByFallback());
    }

    private static @Nullable String note(Execution execution) {
        if (execution.handover != null) {
            return execution.handover.queues().isEmpty()
                    ? "done; its result waits for room in the next job's queue"
                    : "done; its result waits for queue " + String.join(", ", execution.handover.queues());
        }
        boolean waits = execution.state() == ExecutionState.WAITING || execution.state() == ExecutionState.QUEUED;
        return execution.note != null || !waits ? execution.note : nextAttempt(execution);
    }

    /** Says when and what the next attempt is of one that failed; null when none failed. */
    static @Nullable String nextAttempt(Execution execution) {
        int failed = execution.failures().size();
        if (failed == 0) {
            return null;
        }
        boolean isTimed = execution.state() == ExecutionState.WAITING && execution.dueMillis != 0;
        String when = isTimed ? " at " + Instant.ofEpochMilli(execution.dueMillis) : "";
        String which = execution.isOutOfAttempts
                ? "with the fallback"
                : "attempt " + (failed + 1) + " of "
                        + execution.job.definition.retry().attempts();
        return "next attempt" + when + " (" + which + ", last error: "
                + execution.failures().get(failed - 1).error() + ")";
    }

    private static List<ExecutionView.Failure> failures(Execution execution) {
        if (execution.failures().isEmpty()) {
            return List.of();
        }
        return execution.failures().stream()
                .map(failure -> new ExecutionView.Failure(
                        failure.number(),
                        Instant.ofEpochMilli(failure.startedMillis()),
                        Instant.ofEpochMilli(failure.endedMillis()),
                        failure.error(),
                        failure.worker()))
                .toList();
    }

    private static @Nullable Instant instant(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }
}

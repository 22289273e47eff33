package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredState;
import dev.latido.store.Text;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Executions as the store has them, in two rows each: what one is, and how it stands. */
final class ExecutionRows {

    private ExecutionRows() {}

    /** Returns what {@code execution} is. */
    static StoredExecution of(Execution execution) {
        return new StoredExecution(
                execution.id,
                execution.job.name(),
                execution.priority,
                execution.createdMillis,
                execution.isTick,
                place(execution),
                execution.expiresMillis,
                text(execution.payload(), execution.payloadBytes),
                execution.trace,
                execution.origin == null ? null : execution.origin.text());
    }

    /** Tells whether there is nothing to say of {@code execution} but that it was accepted and is queued. */
    static boolean isAsAccepted(Execution execution) {
        return (execution.state() == ExecutionState.QUEUED || execution.isAside)
                && execution.attempt == 0
                && execution.dueMillis == 0
                && execution.crashes == 0
                && execution.course.isEmpty();
    }

    /** Returns how {@code execution} stands. */
    static StoredState stateOf(Execution execution) {
        ExecutionState state = execution.state();
        Handover handover = execution.handover;
        return new StoredState(
                execution.id,
                execution.isAside ? ExecutionState.QUEUED : state, // that is for this process to know
                place(execution),
                execution.attempt,
                execution.crashes,
                execution.cancelRequested,
                execution.dueMillis,
                execution.startedMillis,
                execution.endedMillis,
                execution.isAside ? null : execution.note, // as is what it waits for
                text(execution.result(), execution.resultBytes()),
                execution.error,
                handover == null ? List.of() : handover.targets(),
                execution.course,
                execution.isOutOfAttempts,
                execution.isInside && state == ExecutionState.RUNNING,
                execution.isResultCut,
                execution.origin != null && execution.origin.isOwed);
    }

    private static @Nullable Text text(@Nullable String here, int bytes) {
        return here == null && bytes > 0 ? new Text.Stored(bytes) : Text.of(here);
    }

    private static long place(Execution execution) {
        ExecutionState state = execution.state();
        boolean keepsPlace = state == ExecutionState.RUNNING
                || execution.isAside
                || (state == ExecutionState.WAITING && execution.dueMillis == 0);
        return keepsPlace ? execution.queueOrder : execution.order();
    }

    /** Makes an execution as it was before the process began. */
    static Execution restore(JobState job, StoredExecution stored, @Nullable StoredState state, Moment now) {
        Text payload = stored.payload();
        Execution execution = new Execution(
                stored.id(),
                job,
                stored.priority(),
                Text.ifHere(payload),
                bytes(payload),
                ExecutionState.QUEUED,
                stored.createdMillis(),
                now.nanosAt(Instant.ofEpochMilli(stored.createdMillis())));
        execution.isTick = stored.isTick();
        execution.expiresMillis = stored.expiresMillis();
        execution.trace = stored.trace();
        execution.origin = stored.origin() == null ? null : Origin.parse(stored.origin());
        execution.isStored = true;
        execution.queueOrder = state == null ? stored.place() : state.place();
        if (state != null) {
            restore(execution, state, now);
        }
        return execution;
    }

    private static void restore(Execution execution, StoredState stored, Moment now) {
        JobDefinition definition = execution.job.definition;
        execution.resume(stored.state());
        execution.attempt = stored.attempt();
        execution.crashes = (byte) Math.min(stored.crashes(), Byte.MAX_VALUE);
        execution.cancelRequested = stored.isCancelled();
        execution.dueMillis = stored.dueMillis();
        execution.startedMillis = stored.startedMillis();
        execution.endedMillis = stored.endedMillis();
        execution.note = stored.note();
        execution.setResult(Text.ifHere(stored.result()), bytes(stored.result()));
        execution.isResultCut = stored.isResultCut();
        execution.error = stored.error();
        execution.course = stored.course();
        execution.isInside = stored.isInside();
        execution.isOutOfAttempts = stored.isFinal()
                || (definition.hasFallback()
                        && stored.course().failures().size()
                                >= definition.retry().attempts());
        if (stored.state() == ExecutionState.RUNNING) {
            execution.sinceNanos = now.nanos();
        } else if (stored.endedMillis() != 0) {
            execution.sinceNanos = now.nanosAt(Instant.ofEpochMilli(stored.endedMillis()));
        }
    }

    private static int bytes(@Nullable Text text) {
        return text == null ? 0 : text.bytes();
    }
}

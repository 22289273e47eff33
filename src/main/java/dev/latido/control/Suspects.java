package dev.latido.control;

import dev.latido.job.ExecutionState;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Executions that were in flight when the process died, so often that once more is too much. One of them may be what kills
 * it. They are with workers one at a time, so that the next crash tells which; the others are not blamed for it.
 */
final class Suspects {

    static final String NOTE = "was in flight when the process died; waits to be tried alone";

    private final Turn turn;
    private final Ledger ledger;
    private final Map<JobState, ArrayDeque<Execution>> lines = new LinkedHashMap<>();
    private @Nullable Execution tried;

    Suspects(Turn turn, Ledger ledger) {
        this.turn = turn;
        this.ledger = ledger;
    }

    /** Takes an execution that is waiting, with a place in its queue held for it. */
    void add(Execution execution) {
        lines.computeIfAbsent(execution.job, absent -> new ArrayDeque<>()).add(execution);
    }

    /** Takes the next one of {@code job} out of the line, queued and taken from its queue; null when none may be tried now. */
    @Nullable Execution take(JobState job) {
        ArrayDeque<Execution> line = lines.get(job);
        if (line == null || isBusy()) {
            return null;
        }
        while (!line.isEmpty()) {
            Execution next = line.remove();
            if (next.state() == ExecutionState.WAITING) { // else it was cancelled meanwhile
                queue(next);
                tried = next;
                return next;
            }
        }
        lines.remove(job);
        return null;
    }

    private void queue(Execution execution) {
        JobState job = execution.job;
        job.delayed.remove(execution);
        job.queue.releaseReserved(execution.priority);
        execution.become(ExecutionState.QUEUED, turn.now());
        job.queue.putBack(execution, execution.priority, execution.queueOrder);
        ledger.announceQueued(execution);
        job.queue.remove(execution, execution.priority);
    }

    private boolean isBusy() {
        return tried != null && tried.state() == ExecutionState.RUNNING && tried.handovers == null;
    }

    /** Has a job looked at that can try one, if none is tried; true when there is one. */
    boolean touchNext() {
        if (lines.isEmpty() || isBusy()) {
            return false;
        }
        for (JobState job : lines.keySet()) {
            if (job.canBegin() && !turn.isWithoutStore(job)) {
                turn.touch(job);
                return true;
            }
        }
        return false;
    }
}

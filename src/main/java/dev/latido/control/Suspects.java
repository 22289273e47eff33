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
    private final Gates gates;
    private final Map<JobState, ArrayDeque<Execution>> lines = new LinkedHashMap<>();
    private @Nullable Execution tried;

    Suspects(Turn turn, Ledger ledger, Gates gates) {
        this.turn = turn;
        this.ledger = ledger;
        this.gates = gates;
    }

    /** Tells whether {@code execution} was in flight at so many crashes that it is not tried again after another one. */
    static boolean isOne(Execution execution) {
        return execution.crashes > 0 && execution.crashes == execution.job.definition.maxCrashes() - 1;
    }

    /** Has {@code execution}, which is in no list and has its place noted, wait in line. */
    void setAside(Execution execution) {
        JobState job = execution.job;
        execution.become(ExecutionState.WAITING, turn.now());
        execution.dueMillis = 0;
        execution.note = NOTE;
        job.queue.restoreReserved(execution.priority);
        job.delayed.add(execution, ledger.nextOrder());
        turn.changed(execution);
        ledger.announceQueued(execution);
        add(execution);
    }

    /** Takes an execution into the line that is waiting, with a place in its queue held for it. */
    void add(Execution execution) {
        lines.computeIfAbsent(execution.job, absent -> new ArrayDeque<>()).add(execution);
    }

    /**
     * Has an execution that was just taken from its queue wait in line, if it is a suspect and another one is being tried:
     * both come back there after an attempt that failed, say.
     */
    boolean holdBack(Execution execution) {
        if (!isOne(execution) || !isBusy()) {
            return false;
        }
        execution.queueOrder = execution.order();
        setAside(execution);
        return true;
    }

    /** An execution begins. */
    void began(Execution execution) {
        if (isOne(execution)) {
            tried = execution;
        }
    }

    /** Tells whether one of {@code job} may be tried now. */
    boolean hasFor(JobState job) {
        return lines.containsKey(job) && !isBusy();
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
        return tried != null
                && tried.state() == ExecutionState.RUNNING
                && tried.handovers == null
                && isOne(tried); // and was not retried by somebody who takes it for innocent
    }

    /** Has a job looked at that can try one, if none is tried; true when there is one. */
    boolean touchNext() {
        if (lines.isEmpty() || isBusy()) {
            return false;
        }
        for (JobState job : lines.keySet()) {
            if (job.canBegin() && gates.areOpen(job, true)) {
                turn.touch(job);
                return true;
            }
        }
        return false;
    }
}

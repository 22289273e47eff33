package dev.latido.core;

import dev.latido.job.ExecutionState;

/** Where executions stand that are not with a worker: in the queue, aside for a reason, or due later. */
final class Places {

    private final Admission admission;
    private final CrashQuarantine quarantine;
    private final Ticks ticks;

    Places(Admission admission, CrashQuarantine quarantine, Ticks ticks) {
        this.admission = admission;
        this.quarantine = quarantine;
        this.ticks = ticks;
    }

    /** Takes an execution that is queued or waiting out from wherever it stands. */
    void takeOut(Execution execution) {
        JobState job = execution.job;
        if (ticks.remove(execution)) {
            return;
        }
        if (execution.isAside && job.keyLimiter != null) {
            job.keyLimiter.leftQueue(execution);
        } else if (execution.state() == ExecutionState.WAITING) {
            quarantine.remove(execution);
            admission.takeOut(execution);
        } else {
            job.queue.remove(execution, execution.priority);
        }
    }
}

package dev.latido.core;

import dev.latido.job.Priority;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Forgets in time what nobody asked for: history and keys that are too old, and what expired in queues from which nothing
 * is taken. Much of it at once is done in parts, so that it holds up nothing else.
 */
final class Pruning {

    private static final Duration EVERY = Duration.ofMinutes(1);
    private static final Duration REST = Duration.ofMillis(10);

    private final Jobs jobs;
    private final UnitOfWork unit;
    private final Executions executions;
    private final DispatchGates gates;
    private Alarms.@Nullable Alarm alarm;

    Pruning(Jobs jobs, UnitOfWork unit, Executions executions, DispatchGates gates) {
        this.jobs = jobs;
        this.unit = unit;
        this.executions = executions;
        this.gates = gates;
    }

    /** From now on, until {@link #end}. */
    void begin() {
        pruneAfter(EVERY);
    }

    void end() {
        unit.alarms.cancel(alarm);
    }

    private void pruneAfter(Duration wait) {
        alarm = unit.after(wait, () -> {
            boolean more = executions.prune();
            more |= executions.makeRoom();
            for (JobState job : jobs.all()) {
                unit.workFor(job);
                more |= job.keys.prune(unit.now());
                more |= expireAtHead(job);
                if (job.keyLimiter != null) {
                    job.keyLimiter.forgetIdle();
                }
            }
            unit.workFor(null);
            pruneAfter(more ? REST : EVERY);
        });
    }

    /**
     * Ends what expired at the head of the job's queue, from where nothing may be taken for long: it is stopped, say. True
     * when there is more of it than can be done at once.
     */
    private boolean expireAtHead(JobState job) {
        if (unit.isWithoutStore(job)) {
            return false;
        }
        int left = Dispatcher.MAX_PUT_AWAY;
        for (Priority priority : Priority.values()) {
            for (Execution execution : job.queue.list(priority, null, Long.MIN_VALUE, left)) {
                if (!execution.isExpired(unit.now())) {
                    break;
                }
                left--;
                job.queue.remove(execution, priority);
                gates.expire(execution);
                unit.markDirty(job);
            }
        }
        return left == 0;
    }
}

package dev.latido.core;

import dev.latido.job.Gate;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Executions that were in flight inside this process when it died, so often that once more is too much. One of them may be
 * what kills it. Each is tried alone: while it is with its worker no other execution is inside this process, in no job. So
 * the next crash tells which it was, and nobody else is blamed for it, however many guilty ones there are.
 *
 * <p>What is with workers elsewhere is neither a suspect nor in the way.
 */
final class CrashQuarantine {

    static final String NOTE = "was running when the process died; waits to be tried alone";

    private final UnitOfWork unit;
    private final Executions executions;
    private final DispatchGates gates;
    /** Who waits to be tried, by job; no line is empty. */
    private final Map<JobState, LinkedHashSet<Execution>> lines = new LinkedHashMap<>();

    /** Jobs that have work and may not begin it, because a suspect is being tried or is to be. */
    private final Set<JobState> heldUp = new LinkedHashSet<>();

    private @Nullable Execution tried;

    CrashQuarantine(UnitOfWork unit, Executions executions, DispatchGates gates) {
        this.unit = unit;
        this.executions = executions;
        this.gates = gates;
    }

    /** Tells whether {@code execution} was in flight at so many crashes that it is not tried again after another one. */
    static boolean isOne(Execution execution) {
        JobDefinition definition = execution.job.definition;
        return execution.crashes > 0 && execution.crashes == definition.maxCrashes() - 1 && definition.mayRunInside();
    }

    /** Has {@code execution}, which is in no list and has its place noted, wait in line. */
    void setAside(Execution execution) {
        execution.dueMillis = 0;
        executions.stepAside(execution, NOTE);
        unit.changed(execution);
        add(execution);
    }

    /** Takes an execution into the line that is waiting, with a place in its queue held for it. */
    void add(Execution execution) {
        lines.computeIfAbsent(execution.job, absent -> new LinkedHashSet<>()).add(execution);
    }

    /** Takes an execution out, if it is waiting in line. */
    void remove(Execution execution) {
        LinkedHashSet<Execution> line = lines.get(execution.job);
        if (line != null && line.remove(execution) && line.isEmpty()) {
            lines.remove(execution.job);
        }
    }

    /** Returns how many of {@code job} wait to be tried alone. */
    int waiting(JobState job) {
        LinkedHashSet<Execution> line = lines.get(job);
        return line == null ? 0 : line.size();
    }

    /**
     * Has an execution that was just taken from its queue wait in line, if it is a suspect and others are inside this
     * process: it comes back there after an attempt that failed, say.
     */
    boolean holdBack(Execution execution) {
        if (!isOne(execution) || gates.inside() == 0) {
            return false;
        }
        execution.keepPlace();
        setAside(execution);
        return true;
    }

    /** An execution begins. */
    void began(Execution execution) {
        if (execution.isInside && isOne(execution)) {
            tried = execution;
        }
    }

    /** Tells whether {@code job} has one that may be tried now. */
    boolean hasFor(JobState job) {
        return lines.containsKey(job) && gates.inside() == 0;
    }

    /** Takes the next one of {@code job} out of the line, queued and taken from its queue; null when none may be tried now. */
    @Nullable Execution take(JobState job) {
        LinkedHashSet<Execution> line = lines.get(job);
        if (line == null || gates.inside() > 0) {
            return null;
        }
        Execution next = line.iterator().next();
        remove(next);
        executions.comeBack(next, Gate.SUSPECT);
        job.queue.remove(next, next.priority);
        return next;
    }

    /** Returns what is being tried alone; null when nothing is. */
    @Nullable Execution tried() {
        return tried != null
                        && tried.isInside // and has not ended
                        && isOne(tried) // and was not retried by somebody who takes it for innocent
                ? tried
                : null;
    }

    /**
     * Tells whether {@code job} may not begin anything inside this process now: a suspect is being tried, or one could be
     * and waits for the last of the others to end.
     */
    boolean holdUp(JobState job) {
        if ((lines.isEmpty() && tried() == null) || !job.definition.mayRunInside()) {
            return false;
        }
        JobState next = tried() == null ? nextJob() : null;
        boolean isHeldUp = tried() != null || (next != null && (next != job || gates.inside() > 0));
        if (isHeldUp) {
            heldUp.add(job);
        }
        return isHeldUp;
    }

    /** Tells whether {@code job} has work that {@link #holdUp} held up. */
    boolean isHeldUp(JobState job) {
        return heldUp.contains(job);
    }

    /**
     * Returns the first job that could begin its next suspect but for what is inside this process, and for somebody who looks
     * whether its worker is still there; null when none could.
     */
    private @Nullable JobState nextJob() {
        for (JobState job : lines.keySet()) {
            if (job.canBegin() && (gates.areOpen(job, true) || job.worker.isBeingChecked())) {
                return job;
            }
        }
        return null;
    }

    /** Has those looked at that may begin something now; true when there is one. */
    boolean markNextDirty() {
        if ((lines.isEmpty() && heldUp.isEmpty()) || tried() != null) {
            return false;
        }
        JobState next = nextJob();
        if (next != null) {
            if (gates.inside() > 0 || next.worker.isBeingChecked()) {
                return false;
            }
            unit.markDirty(next);
            return true;
        }
        boolean any = !heldUp.isEmpty();
        heldUp.forEach(unit::markDirty);
        heldUp.clear();
        return any;
    }
}

package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.job.Gate;
import dev.latido.job.Successor;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.queue.ProducerConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Results on their way to the next jobs, and to queues at brokers. An execution keeps its slot until all of those have taken its
 * result, which is how a slow last stage slows the first.
 */
final class Handovers {

    /** What one job hands over. */
    static final class State {

        /** Executions in flight whose results wait for room in the next jobs' queues. */
        private int open;

        int open() {
            return open;
        }
    }

    private final Jobs jobs;
    private final UnitOfWork unit;
    private final Admission admission;
    private final Slots slots;
    private final ResultPublications results;

    Handovers(Jobs jobs, UnitOfWork unit, Admission admission, Slots slots, ResultPublications results) {
        this.jobs = jobs;
        this.unit = unit;
        this.admission = admission;
        this.slots = slots;
        this.results = results;
    }

    /**
     * Hands the result of an execution, whose work is done, to the next jobs; where there are none it has succeeded.
     *
     * @param trace what the work of the next jobs comes from; null for nothing that is known
     */
    void begin(Execution execution, @Nullable String trace) {
        JobState job = execution.job;
        ProducerConfig queue = job.definition.resultQueue();
        if (job.definition.next().isEmpty() && queue == null) {
            slots.finish(execution, ExecutionState.SUCCEEDED, null);
            return;
        }
        List<Arrival> open = new ArrayList<>();
        for (String name : job.definition.next()) {
            JobState next = jobs.find(name);
            if (next == null) {
                throw new IllegalStateException("job '" + name + "' comes next and is not defined");
            }
            open.add(arrival(execution, next, trace));
        }
        Set<String> queues = new HashSet<>();
        if (queue != null) {
            queues.add(queue.id());
        }
        execution.note = null;
        begin(execution, new Handover(open, queues, slots.withWorker(execution)), trace);
    }

    /**
     * Goes on with handing over the result of an execution that was in flight when the process died, to the jobs that had
     * not taken it.
     *
     * @param targets their names, and those of queues
     */
    void goOn(Execution execution, List<String> targets) {
        List<Arrival> open = new ArrayList<>();
        Set<String> queues = new HashSet<>();
        ProducerConfig queue = execution.job.definition.resultQueue();
        for (String name : targets) {
            JobState job = jobs.findDefined(name);
            if (queue != null && queue.id().equals(name)) {
                queues.add(name);
            } else if (name.indexOf(':') >= 0) {
                execution.error = "queue " + name + ", which was to get the result, does not get this job's any more";
            } else if (job == null) {
                execution.error = "job '" + name + "', which was to get the result, is not defined any more";
            } else {
                open.add(arrival(execution, job, execution.trace)); // nobody knows as what it was traced
            }
        }
        if (open.isEmpty() && queues.isEmpty()) {
            slots.finish(execution, ExecutionState.FAILED, execution.error, null);
        } else {
            begin(execution, new Handover(open, queues, null), execution.trace);
        }
    }

    private void begin(Execution execution, Handover handover, @Nullable String trace) {
        execution.handover = handover;
        execution.job.handovers.open++;
        unit.changed(execution);
        unit.markDirty(execution.job); // something else may hold up what is queued now
        if (!handover.queues().isEmpty()) {
            results.publish(execution, trace);
        }
        List.copyOf(handover.open()).forEach(admission::handOver);
    }

    private Arrival arrival(Execution execution, JobState next, @Nullable String trace) {
        Submission submission = new Submission(execution.result(), execution.priority, Duration.ZERO, null);
        return Arrival.ofStage(
                execution, next, submission, trace, (arrival, reply) -> decided(execution, arrival, reply));
    }

    private void decided(Execution execution, Arrival arrival, Reply reply) {
        Handover handover = execution.handover;
        if (handover == null) {
            return;
        }
        handover.open().remove(arrival);
        if (reply instanceof Refusal refusal) {
            if (execution.error == null) {
                execution.error = "job '" + arrival.job.name() + "' did not accept the result: " + refusal.detail();
            }
        } else if (reply instanceof ExecutionView taken && taken.state() == ExecutionState.DROPPED) {
            execution.note = "the result was " + taken.note() + " of job '" + arrival.job.name() + "'";
        } else if (reply instanceof ExecutionView taken) {
            execution.course = execution.course.with(new Successor(taken.job(), taken.id()));
        }
        unit.changed(execution);
        endIfDone(execution, handover);
    }

    /** The queue that gets results has that of {@code execution}, or will not take it, see {@link ResultPublications.Listener}. */
    void resultDecided(Execution execution, @Nullable String refusal, @Nullable String note) {
        Handover handover = execution.handover;
        if (handover == null) {
            return;
        }
        unit.workFor(execution.job);
        if (refusal == null) {
            for (String queue : handover.queues()) {
                execution.course = execution.course.with(new Successor(queue, null));
            }
        }
        handover.queues().clear();
        unit.changed(execution);
        execution.error = execution.error == null ? refusal : execution.error;
        execution.note = note == null ? execution.note : note;
        endIfDone(execution, handover);
    }

    private void endIfDone(Execution execution, Handover handover) {
        if (handover.isDone()) {
            end(execution);
            String error = execution.error;
            ExecutionState state = error == null ? ExecutionState.SUCCEEDED : ExecutionState.FAILED;
            slots.finish(execution, state, error, handover.took());
        }
    }

    /** Ends an execution whose result waits for room; the jobs that have not taken it will not get it. */
    void withdraw(Execution execution) {
        Handover handover = end(execution);
        if (handover != null) {
            String why = handover.queues().isEmpty()
                    ? "cancelled before the next job had room for its result"
                    : "cancelled before its result was in queue " + String.join(", ", handover.queues());
            slots.finish(execution, ExecutionState.CANCELLED, why, handover.took());
        }
    }

    private @Nullable Handover end(Execution execution) {
        Handover handover = execution.handover;
        if (handover == null) {
            return null;
        }
        if (handover.took() != null) {
            Holds.note(
                    execution,
                    Gate.NEXT_STAGE_FULL,
                    execution.sinceNanos + handover.took().toNanos(),
                    unit.now());
        }
        execution.handover = null;
        execution.job.handovers.open--;
        results.forget(execution);
        handover.open().forEach(admission::withdraw);
        return handover;
    }
}

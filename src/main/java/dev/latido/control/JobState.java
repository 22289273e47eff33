package dev.latido.control;

import dev.latido.command.JobStatus;
import dev.latido.job.Attempt;
import dev.latido.job.JobDefinition;
import dev.latido.job.Moment;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The mutable state of one job. Only {@link JobControl} touches it. */
final class JobState {

    final JobDefinition definition;

    boolean running;
    long executionCount;

    @Nullable Instant lastExecutionTime;

    /** The run in flight. */
    @Nullable Attempt inFlight;

    /** When the run in flight began. */
    long inFlightSinceNanos;

    /** When the next tick is due, on the monotonic clock; meaningful while running. */
    long nextDueNanos;

    private @Nullable Instant stoppedAt;

    JobState(JobDefinition definition) {
        this.definition = definition;
    }

    void start(Moment now) {
        running = true;
        nextDueNanos = now.nanos();
    }

    void stop(Moment now) {
        running = false;
        stoppedAt = now.wall();
    }

    int inFlightCount() {
        return inFlight == null ? 0 : 1;
    }

    JobStatus status(String message) {
        return new JobStatus(running, executionCount, lastExecutionTime, message);
    }

    /** Says how the job stands and, when it does not run, why. */
    String standing() {
        String name = definition.name();
        if (running) {
            return "Job '" + name + "' is running" + (inFlight == null ? "." : "; one run is in flight.");
        }
        String why = stoppedAt == null ? " has not been started." : " was stopped at " + stoppedAt + ".";
        return "Job '" + name + "'" + why + (inFlight == null ? "" : " One run is still in flight.");
    }
}

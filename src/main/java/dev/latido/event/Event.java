package dev.latido.event;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Something that happened to a job. The set is closed; observers learn of it after the fact and cannot change it. */
public sealed interface Event {

    /** The name of this kind of event on the bus. */
    String type();

    /** The job that it happened to. */
    String job();

    /** When it happened. */
    Instant at();

    /** The job was started. */
    record JobStarted(String job, Instant at) implements Event {
        @Override
        public String type() {
            return "job.started";
        }
    }

    /**
     * The job was stopped.
     *
     * @param inFlight how many of its runs were still going
     */
    record JobStopped(String job, Instant at, int inFlight) implements Event {
        @Override
        public String type() {
            return "job.stopped";
        }
    }

    /**
     * The service began, and the job has work from before.
     *
     * @param queued how many executions are queued, by priority
     * @param waiting how many are delayed
     * @param inFlight how many are in flight: done, and waiting for room in the next job's queue
     */
    record JobRecovered(String job, Instant at, Map<Priority, Integer> queued, int waiting, int inFlight)
            implements Event {
        @Override
        public String type() {
            return "job.recovered";
        }
    }

    /** The job was closed to submissions. */
    record JobClosed(String job, Instant at) implements Event {
        @Override
        public String type() {
            return "job.closed";
        }
    }

    /** A tick found the run of the previous one still going and was merged into it. */
    record TickCoalesced(String job, Instant at) implements Event {
        @Override
        public String type() {
            return "tick.coalesced";
        }
    }

    /**
     * Ticks passed while the process stood still.
     *
     * @param count how many
     */
    record TicksMissed(String job, Instant at, long count) implements Event {
        @Override
        public String type() {
            return "tick.missed";
        }
    }

    /**
     * An execution was accepted, or came back into its queue.
     *
     * @param state {@code queued}, or {@code waiting} until its delay is over
     * @param depth how many of this priority the job has queued now
     * @param inFlight how many the job has in flight now
     */
    record ExecutionQueued(
            String job,
            Instant at,
            ExecutionId execution,
            Priority priority,
            ExecutionState state,
            int depth,
            int inFlight)
            implements Event {
        @Override
        public String type() {
            return "execution." + state.wireName();
        }
    }

    /**
     * An attempt began.
     *
     * @param attempt its number
     * @param tickLag how late it began after its tick was due; null when no tick made it
     * @param waited how long it was in its queue
     * @param depth how many of this priority the job has queued now
     * @param inFlight how many the job has in flight now
     */
    record ExecutionBegan(
            String job,
            Instant at,
            ExecutionId execution,
            Priority priority,
            int attempt,
            @Nullable Duration tickLag,
            Duration waited,
            int depth,
            int inFlight)
            implements Event {
        @Override
        public String type() {
            return "execution.began";
        }
    }

    /**
     * A worker said how far it is.
     *
     * @param fraction from 0 to 1
     */
    record ExecutionProgressed(String job, Instant at, ExecutionId execution, double fraction, String note)
            implements Event {
        @Override
        public String type() {
            return "execution.progressed";
        }
    }

    /**
     * An execution ended.
     *
     * @param state how
     * @param priority its priority
     * @param why the error, or the full mode that dropped it; null when there is nothing to say
     * @param took how long its last attempt took; null when none was under way
     * @param depth how many of this priority the job has queued now
     * @param inFlight how many the job has in flight now
     */
    record ExecutionEnded(
            String job,
            Instant at,
            ExecutionId execution,
            ExecutionState state,
            Priority priority,
            @Nullable String why,
            @Nullable Duration took,
            int depth,
            int inFlight)
            implements Event {
        @Override
        public String type() {
            return "execution." + state.wireName();
        }
    }

    /** An attempt that was given up before ended after all; its outcome counts for nothing. */
    record LateOutcome(String job, Instant at, ExecutionId execution, int attempt) implements Event {
        @Override
        public String type() {
            return "execution.late-outcome";
        }
    }
}

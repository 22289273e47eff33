package dev.latido.event;

import dev.latido.job.ExecutionId;
import dev.latido.outcome.Outcome;
import java.time.Duration;
import java.time.Instant;

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
     * A run began.
     *
     * @param lag how late it began after it was due
     */
    record RunBegan(String job, Instant at, ExecutionId execution, Duration lag) implements Event {
        @Override
        public String type() {
            return "run.began";
        }
    }

    /**
     * A run ended.
     *
     * @param took how long it took
     */
    record RunEnded(String job, Instant at, ExecutionId execution, Outcome outcome, Duration took) implements Event {
        @Override
        public String type() {
            return "run.ended";
        }
    }

    /** A tick found the previous run still going and was merged into it. */
    record TickCoalesced(String job, Instant at) implements Event {
        @Override
        public String type() {
            return "tick.coalesced";
        }
    }

    /**
     * Ticks passed while the process stood still; they are not made up for.
     *
     * @param count how many
     */
    record TicksMissed(String job, Instant at, long count) implements Event {
        @Override
        public String type() {
            return "tick.missed";
        }
    }
}

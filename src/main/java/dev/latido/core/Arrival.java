package dev.latido.core;

import dev.latido.job.ExecutionId;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.room.Linked;
import org.jspecify.annotations.Nullable;

/** A producer in front of a job's queue: what it brings, and how it learns what became of it. */
final class Arrival extends Linked<Arrival> {

    /** How a producer learns what became of what it brought. */
    @FunctionalInterface
    interface Producer {
        /**
         * Called once.
         *
         * @param reply an {@link dev.latido.protocol.ExecutionView} of what was taken, a
         *     {@link dev.latido.protocol.MessageView} of what a broker has, or a {@link dev.latido.protocol.Refusal}
         */
        void decided(Arrival arrival, Reply reply);
    }

    final JobState job;
    final Submission submission;
    private final Producer producer;

    /** What the work is part of, as a W3C {@code traceparent}; null for nothing that is known. */
    final @Nullable String trace;

    /** The stage of a pipeline that brings its result and waits for ever; null for a client. */
    final @Nullable JobState from;

    /** The execution of that stage; null for a client. */
    final @Nullable ExecutionId source;

    /** True for a producer who brings nothing yet and only wants to know when there is room. */
    final boolean onlyAsks;

    /** True when its idempotency key is in use: it is told what became of that. */
    boolean isRepeated;

    /** The newest turn of which one that is repeated is told. */
    long toldOf;

    /** Whether the producer waits for room where the queue makes producers wait. */
    final boolean mayWait;

    /** The use of the submission's idempotency key. */
    IdempotencyKeys.@Nullable Use use;

    /** Until when its client waits for room, on the monotonic clock; of one that is in line, or was. */
    long untilNanos;

    /** The key of the message that it is published as; null until it is. */
    @Nullable String message;

    /** What ends the waiting of a client. */
    Alarms.@Nullable Alarm alarm;

    private boolean isDecided;

    /** Tells whether its producer was told what became of it, or does not want to know any more. */
    boolean isDecided() {
        return isDecided;
    }

    /** Its producer does not want to know any more what becomes of it. */
    void forget() {
        isDecided = true;
    }

    /** Tells the producer what became of what it brought, once: whatever is found out later about it counts for nothing. */
    void decide(Reply reply) {
        if (!isDecided) {
            isDecided = true;
            producer.decided(this, reply);
        }
    }

    private Arrival(
            JobState job,
            Submission submission,
            Producer producer,
            @Nullable String trace,
            @Nullable JobState from,
            @Nullable ExecutionId source,
            boolean onlyAsks,
            boolean mayWait) {
        this.job = job;
        this.source = source;
        this.trace = trace;
        this.submission = submission;
        this.producer = producer;
        this.from = from;
        this.onlyAsks = onlyAsks;
        this.mayWait = mayWait;
    }

    static Arrival ofClient(
            JobState job, Submission submission, boolean mayWait, Producer producer, @Nullable String trace) {
        return new Arrival(job, submission, producer, trace, null, null, false, mayWait);
    }

    static Arrival whoAsks(JobState job, Submission submission, Producer producer) {
        return new Arrival(job, submission, producer, null, null, null, true, true);
    }

    static Arrival ofStage(
            Execution from, JobState job, Submission submission, @Nullable String trace, Producer producer) {
        return new Arrival(job, submission, producer, trace, from.job, from.id, false, true);
    }
}

package dev.latido.control;

import dev.latido.command.Reply;
import dev.latido.event.Event;
import dev.latido.job.Attempt;
import org.jspecify.annotations.Nullable;

/** What {@link JobControl} wants done. */
public sealed interface Effect {

    /** Give {@code caller} its reply. */
    record Answer(Caller caller, Reply reply) implements Effect {}

    /**
     * Let the job's worker perform {@code attempt} and feed back how it ended.
     *
     * @param trace what it is part of, as a W3C {@code traceparent}; null for nothing that is known
     * @param byFallback whether it is the fallback worker's
     */
    record Perform(
            Attempt attempt,
            @Nullable String payload,
            @Nullable String trace,
            boolean byFallback) implements Effect {}

    /** Tell the worker of {@code attempt} that its work is no longer wanted. */
    record CancelAttempt(Attempt attempt) implements Effect {}

    /** See whether the worker of {@code job} could be called now, and feed back what is missing. */
    record LookForWorker(String job) implements Effect {}

    /** Tell the operator, in the log, of something that went wrong and is dealt with. */
    record Warn(String what, Throwable cause) implements Effect {}

    /** Tell the observers. */
    record Announce(Event event) implements Effect {}
}

package dev.latido.core;

import dev.latido.job.Attempt;
import dev.latido.job.Outcome;
import dev.latido.protocol.Command;
import dev.latido.protocol.Refusal;
import org.jspecify.annotations.Nullable;

/** Everything that can happen to {@link JobEngine}. */
public sealed interface Input {

    /** A command arrived and its caller waits. */
    record CommandReceived(Command command, ReplyTo replyTo) implements Input {}

    /** The time that {@link JobEngine#nextDue} named has come. Harmless when it comes early or twice. */
    record AlarmRang() implements Input {}

    /** A worker got its attempt, whose payload is so large that this took a while. */
    record AttemptHandedOut(Attempt attempt) implements Input {}

    /** An attempt ended. */
    record AttemptEnded(Attempt attempt, Outcome outcome) implements Input {}

    /**
     * Somebody looked for the worker of {@code job}.
     *
     * @param missing what is missing; null when it could be called
     */
    record WorkerLookedFor(String job, @Nullable String missing) implements Input {}

    /** A worker said how far its attempt is, from 0 to 1. */
    record AttemptProgressed(Attempt attempt, double fraction, String note) implements Input {}

    /** Nothing can be stored until {@link StoreBack}; what needs to be is refused with {@code refusal}. */
    record StoreLost(Refusal refusal) implements Input {}

    /** The store works again. */
    record StoreBack() implements Input {}

    /** The service begins: jobs go on as they were; those that are new and have {@code autoStart} start. */
    record ServiceBegan() implements Input {}

    /** The process was told to end. It goes on until {@link ShutdownBegan}, but from now on it may be killed any moment. */
    record EndBegan() implements Input {}

    /** The service is shutting down: nothing new begins, and nothing is accepted. */
    record ShutdownBegan() implements Input {}

    /** The time is over that executions in flight have to end once the service shuts down. */
    record GraceEnded() implements Input {}
}

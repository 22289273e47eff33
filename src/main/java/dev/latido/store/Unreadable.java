package dev.latido.store;

import dev.latido.job.ExecutionId;
import org.jspecify.annotations.Nullable;

/**
 * Something in a store that makes no sense: it is damaged, or somebody else wrote it.
 *
 * @param kind what it is
 * @param name which one: the name of a job, a key with its job, the id of an execution
 * @param id the execution that it is, or is about; null when that makes no sense either, or is none
 * @param why what is wrong with it, in words for people
 */
public record Unreadable(Kind kind, String name, @Nullable ExecutionId id, String why) {

    /** The kinds of things in a store. */
    public enum Kind {
        /** How a job stands. */
        JOB,
        /** What an idempotency key was used for. */
        KEY,
        /** What an execution is, or how it stands. */
        EXECUTION
    }
}

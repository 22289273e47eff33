package dev.latido.store;

import dev.latido.job.ExecutionId;
import dev.latido.job.Priority;
import org.jspecify.annotations.Nullable;

/**
 * What an execution is. That does not change, except that a retried one no longer expires.
 *
 * @param id its id
 * @param job the name of its job
 * @param priority how urgent it is
 * @param createdMillis when it was accepted, in milliseconds since 1970-01-01 UTC
 * @param isTick whether a tick made it
 * @param place its place in the order of its queue when it was accepted
 * @param expiresMillis when it is not started any more, in milliseconds since 1970-01-01 UTC; 0 for never
 * @param payload JSON text, here or not; null for none
 * @param trace what it is part of, as a W3C {@code traceparent}; null for nothing that is known
 * @param origin where its message came from, as the owner writes it; null for one that was submitted here
 */
public record StoredExecution(
        ExecutionId id,
        String job,
        Priority priority,
        long createdMillis,
        boolean isTick,
        long place,
        long expiresMillis,
        @Nullable Text payload,
        @Nullable String trace,
        @Nullable String origin) {

    /** Makes the row of one that was submitted here. */
    public StoredExecution(
            ExecutionId id,
            String job,
            Priority priority,
            long createdMillis,
            boolean isTick,
            long place,
            long expiresMillis,
            @Nullable Text payload,
            @Nullable String trace) {
        this(id, job, priority, createdMillis, isTick, place, expiresMillis, payload, trace, null);
    }

    /** Returns the same with another payload. */
    public StoredExecution with(@Nullable Text other) {
        return new StoredExecution(
                id, job, priority, createdMillis, isTick, place, expiresMillis, other, trace, origin);
    }
}

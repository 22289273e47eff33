package dev.latido.store;

import dev.latido.job.ExecutionId;
import dev.latido.job.Priority;
import org.jspecify.annotations.Nullable;

/**
 * What an execution is. That does not change, but that one which is tried anew does not expire any more.
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
        @Nullable String trace) {}

package dev.latido.store;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;

/**
 * What an idempotency key was used for. It outlives its execution, so it holds all that its first answer said.
 *
 * @param job the name of its job
 * @param key the key, unique within the job
 * @param usedMillis when, in milliseconds since 1970-01-01 UTC
 * @param execution what was made of it
 * @param state how that stood when it was accepted
 * @param priority the priority that was asked for
 * @param delayMillis the delay that was asked for, in milliseconds
 * @param payloadLength how many characters the payload has; -1 without one
 * @param payloadHash tells payloads of one length apart
 */
public record StoredKey(
        String job,
        String key,
        long usedMillis,
        ExecutionId execution,
        ExecutionState state,
        Priority priority,
        long delayMillis,
        int payloadLength,
        long payloadHash) {}

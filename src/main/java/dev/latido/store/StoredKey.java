package dev.latido.store;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;

/**
 * What an idempotency key was used for. It outlives its execution, so it holds what is told of that.
 *
 * @param job the name of its job
 * @param key the key, unique within the job
 * @param usedMillis when, in milliseconds since 1970-01-01 UTC
 * @param execution what was made of it
 * @param state how that stood when it was accepted, or how it ended, once it is forgotten
 * @param isExpired whether it ended because it was not started in time
 * @param priority the priority that was asked for
 * @param delayMillis the delay that was asked for, in milliseconds
 * @param expiresMillis after how many milliseconds it was asked not to be started any more; -1 when nothing was asked, -2
 *     when nobody knows, because an older version wrote this
 * @param payloadLength how many characters the payload has; -1 without one
 * @param payloadHash tells payloads of one length apart
 */
public record StoredKey(
        String job,
        String key,
        long usedMillis,
        ExecutionId execution,
        ExecutionState state,
        boolean isExpired,
        Priority priority,
        long delayMillis,
        long expiresMillis,
        int payloadLength,
        long payloadHash) {}

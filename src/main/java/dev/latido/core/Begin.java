package dev.latido.core;

import dev.latido.policy.RateLimit;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt began, to take it back if nobody got it.
 *
 * @param nanos when, on the monotonic clock; the permits were taken then
 * @param startedMillisBefore when the attempt before it began; 0 for never
 * @param rate the limit of its job that a permit was taken of, which may have another since; null when there was none
 */
record Begin(long nanos, long startedMillisBefore, @Nullable RateLimit rate) {}

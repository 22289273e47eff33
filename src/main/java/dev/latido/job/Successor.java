package dev.latido.job;

import org.jspecify.annotations.Nullable;

/**
 * Who took the result of an execution.
 *
 * @param name the name of a job; or that of a queue at a broker, which has a colon
 * @param id the execution that was made of it; null for a message at a broker
 */
public record Successor(String name, @Nullable ExecutionId id) {}

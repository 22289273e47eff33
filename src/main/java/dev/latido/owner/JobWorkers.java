package dev.latido.owner;

import dev.latido.worker.Worker;
import org.jspecify.annotations.Nullable;

/**
 * Who works for a job.
 *
 * @param worker who does its work
 * @param fallback who takes over when the breaker is open or attempts are out; null for nobody
 */
public record JobWorkers(Worker worker, @Nullable Worker fallback) {}

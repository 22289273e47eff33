package dev.latido.owner;

import dev.latido.worker.Worker;
import org.jspecify.annotations.Nullable;

/**
 * Who works for a job, and where its work comes from.
 *
 * @param worker who does its work
 * @param fallback who takes over when the breaker is open or attempts are out; null for nobody
 * @param queue its queue at a broker; null for one whose work comes from here alone
 * @param results who publishes its results to a broker; null for nobody
 */
public record JobWorkers(
        Worker worker,
        @Nullable Worker fallback,
        @Nullable QueueUse queue,
        @Nullable ProducerUse results) {

    /** Makes those of a job whose work comes from here alone. */
    public JobWorkers(Worker worker, @Nullable Worker fallback) {
        this(worker, fallback, null, null);
    }
}

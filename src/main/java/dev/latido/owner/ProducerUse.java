package dev.latido.owner;

import dev.latido.queue.Broker;
import dev.latido.queue.ProducerConfig;

/**
 * The queue at a broker that gets a job's results.
 *
 * @param broker where it is
 * @param target which one
 */
public record ProducerUse(Broker broker, ProducerConfig target) {}

package dev.latido.owner;

import dev.latido.core.SharedQueue;
import dev.latido.queue.Broker;

/**
 * The queue of a job at a broker.
 *
 * @param broker where it is
 * @param queue which one, and how it is used
 */
public record QueueUse(Broker broker, SharedQueue queue) {}

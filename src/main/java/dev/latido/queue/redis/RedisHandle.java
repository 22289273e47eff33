package dev.latido.queue.redis;

import dev.latido.queue.Handle;

/**
 * One lease of an entry.
 *
 * @param lane which of the queue's lanes
 * @param id the entry's
 * @param deliveries how often it was leased with this time: with the process's name, what the server tells leases apart by
 * @param number tells leases of this process apart, as what is given back counts no delivery
 */
record RedisHandle(int lane, String id, int deliveries, long number) implements Handle {}

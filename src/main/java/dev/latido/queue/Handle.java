package dev.latido.queue;

/**
 * What a delivery is settled by: one lease of one message. It means something to the queue that gave it, until the lease is
 * settled or lost. Handles are equal when they are of the same lease.
 */
public interface Handle {}

package dev.latido.queue.storagequeue;

import dev.latido.queue.Handle;

/**
 * One lease of a message.
 *
 * @param id the message's
 * @param number tells leases of this process apart
 */
record StorageHandle(String id, long number) implements Handle {}

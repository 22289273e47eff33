/**
 * Queues at Azure Queue Storage: one for each lane, and one for dead letters. It is asked by REST, as nothing rings: what is taken
 * is hidden from others for a lease, and whoever took it proves that by a receipt, which is another after each renewal. All state
 * is on the broker's loop.
 */
@NullMarked
package dev.latido.queue.storagequeue;

import org.jspecify.annotations.NullMarked;

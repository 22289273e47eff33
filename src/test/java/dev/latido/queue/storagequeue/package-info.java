/** Tests of queues at Azure Queue Storage, at Azurite, which is Microsoft's emulator of it. */
@NullMarked
package dev.latido.queue.storagequeue;

import org.jspecify.annotations.NullMarked;

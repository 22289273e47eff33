/**
 * The queue in memory.
 */
@NullMarked
package dev.latido.queue.memory;

import org.jspecify.annotations.NullMarked;

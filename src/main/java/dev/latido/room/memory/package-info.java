/**
 * The waiting room in memory.
 */
@NullMarked
package dev.latido.room.memory;

import org.jspecify.annotations.NullMarked;

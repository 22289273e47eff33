/**
 * All that decides. Pure: an input and a moment go in, effects come out; no Vert.x, no thread, no clock, no I/O and no log.
 */
@NullMarked
package dev.latido.core;

import org.jspecify.annotations.NullMarked;

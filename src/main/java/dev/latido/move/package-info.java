/** Moves what waits in a queue of a broker to where a job has its queue now. */
@NullMarked
package dev.latido.move;

import org.jspecify.annotations.NullMarked;

/** A broker in memory, on virtual time: the least that keeps every promise, to prove the conformance suite by. */
@NullMarked
package dev.latido.queue.memory;

import org.jspecify.annotations.NullMarked;

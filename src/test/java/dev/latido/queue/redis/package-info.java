/** The suite at a real Redis, and what only Redis has. */
@NullMarked
package dev.latido.queue.redis;

import org.jspecify.annotations.NullMarked;

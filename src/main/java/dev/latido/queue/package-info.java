/**
 * The contract with queues that live in a broker and are shared by several processes. A message becomes an execution once this
 * process has leased it, and not before: until then, and for as long as it is not settled, the broker says whether there is
 * work, and the store how far it is. The queue of a job without a broker is its waiting room alone, see {@code room}.
 */
@NullMarked
package dev.latido.queue;

import org.jspecify.annotations.NullMarked;

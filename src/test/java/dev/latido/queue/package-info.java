/** The conformance suite of queues at brokers, and what is needed to run it. */
@NullMarked
package dev.latido.queue;

import org.jspecify.annotations.NullMarked;

/**
 * Queues at Azure Service Bus: one for each lane, with the dead letters that each has there. AMQP 1.0: messages come by credit and
 * are locked for whoever got them; a lock is renewed by a request to the queue's management node, and ended by a disposition that
 * the service has to confirm. All state is on the broker's loop.
 */
@NullMarked
package dev.latido.queue.servicebus;

import org.jspecify.annotations.NullMarked;

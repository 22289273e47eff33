package dev.latido.queue.servicebus;

import dev.latido.queue.Handle;

/**
 * One delivery of a message.
 *
 * @param number counts deliveries, to whichever queue of this broker
 */
record ServiceBusHandle(long number) implements Handle {}

/** Queues at a real RabbitMQ. */
@NullMarked
package dev.latido.queue.rabbitmq;

import org.jspecify.annotations.NullMarked;

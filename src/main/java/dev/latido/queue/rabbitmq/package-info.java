/**
 * Queues at RabbitMQ: a quorum queue for each lane, one for dead letters, and one for each step of a delay. What is submitted is
 * confirmed by the broker, what is taken is acknowledged by hand. The client blocks, so that each connection has a thread of its
 * own; all state is on the broker's loop.
 */
@NullMarked
package dev.latido.queue.rabbitmq;

import org.jspecify.annotations.NullMarked;

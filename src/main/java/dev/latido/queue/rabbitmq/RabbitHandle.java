package dev.latido.queue.rabbitmq;

import dev.latido.queue.Handle;

/**
 * One delivery of a message.
 *
 * @param life counts the channels: what was delivered on one before is anybody's
 * @param tag names it on its channel
 */
record RabbitHandle(int life, long tag) implements Handle {}

/**
 * Queues at Redis Streams: a stream for each lane, with a consumer group that all processes share, and a script for each step,
 * so that steps are whole. What is settled is deleted, so that what is left is the depth.
 */
@NullMarked
package dev.latido.queue.redis;

import org.jspecify.annotations.NullMarked;

package dev.latido.queue.redis;

import dev.latido.queue.JobQueueContract;
import dev.latido.queue.QueueBed;

/** The suite holds at a real Redis. */
class RedisQueueTest extends JobQueueContract {

    @Override
    protected QueueBed makeBed() {
        return new RedisBed(RedisServer.start());
    }
}

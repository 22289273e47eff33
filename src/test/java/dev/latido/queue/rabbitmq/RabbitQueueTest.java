package dev.latido.queue.rabbitmq;

import dev.latido.queue.JobQueueContract;
import dev.latido.queue.QueueBed;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The suite holds at a real RabbitMQ, which takes long to start, so that its tests share one. */
class RabbitQueueTest extends JobQueueContract {

    private static RabbitServer server;

    @BeforeAll
    static void start() {
        server = RabbitServer.start();
    }

    @AfterAll
    static void end() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    protected QueueBed makeBed() {
        return new RabbitBed(server);
    }
}

package dev.latido.queue.servicebus;

import dev.latido.queue.JobQueueContract;
import dev.latido.queue.QueueBed;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The suite holds at the stand-in. */
class ServiceBusQueueTest extends JobQueueContract {

    private static ServiceBusServer server;

    @BeforeAll
    static void start() {
        server = ServiceBusServer.start();
    }

    @AfterAll
    static void end() {
        server.close();
    }

    @Override
    protected QueueBed makeBed() {
        return new ServiceBusBed(server);
    }
}

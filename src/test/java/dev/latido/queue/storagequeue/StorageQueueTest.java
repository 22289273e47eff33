package dev.latido.queue.storagequeue;

import dev.latido.queue.JobQueueContract;
import dev.latido.queue.QueueBed;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The suite holds at Azurite. */
class StorageQueueTest extends JobQueueContract {

    private static AzuriteServer server;

    @BeforeAll
    static void start() {
        server = AzuriteServer.start();
    }

    @AfterAll
    static void end() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    protected QueueBed makeBed() {
        return new StorageBed(server);
    }
}

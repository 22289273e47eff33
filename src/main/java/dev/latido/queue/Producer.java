package dev.latido.queue;

import dev.latido.loop.EventLoop;
import io.vertx.core.Future;
import java.util.List;

/**
 * Publishes messages to one queue at a broker, and takes none: a job's results, or work for others. Called on one event loop, and
 * answers there, as {@link JobQueue} does; it connects by itself, again and again.
 */
public final class Producer {

    /** The name of who takes nothing. */
    private static final String NOBODY = "<producer>";

    /** Who asks is told. */
    private static final JobQueue.Listener DEAF = new JobQueue.Listener() {
        @Override
        public void up() {}

        @Override
        public void down(String why) {}

        @Override
        public void arrived(List<Delivery> deliveries) {}

        @Override
        public void leaseLost(Handle handle, String why) {}

        @Override
        public void refused(JobQueue.Refused refused) {}
    };

    private final JobQueue queue;

    /**
     * Makes one, and has it connect.
     *
     * @param binding which queue; without a group
     * @param owner where it is called from, and answers
     */
    public Producer(Broker broker, QueueBinding binding, EventLoop owner) {
        if (binding.isTaken()) {
            throw new IllegalArgumentException("a producer takes nothing, and needs no group");
        }
        queue = broker.queue(binding, NOBODY, owner);
        queue.open(DEAF);
    }

    /** Submits a message, as {@link JobQueue#enqueue} does. */
    public Future<Receipt> enqueue(Message message) {
        return queue.enqueue(message);
    }

    /** Completes when the queue can be used; fails with {@link QueueException} and why not. */
    public Future<Void> check() {
        return queue.time().mapEmpty();
    }

    /** Ends it. */
    public Future<Void> close() {
        return queue.close();
    }
}

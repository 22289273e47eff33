package dev.latido.queue;

import dev.latido.loop.EventLoop;
import io.vertx.core.Future;

/** One entry of {@code brokers} in the configuration: the connections that its queues share. */
public interface Broker {

    /** Returns what brokers of this kind promise. */
    Capabilities capabilities();

    /** Returns where it is, for people: without user and password. */
    String place();

    /**
     * Makes a queue, which is still to be opened.
     *
     * @param process the name of this process at the broker: made once, and kept in its store
     * @param owner where it is called from, and calls back
     */
    JobQueue queue(QueueBinding binding, String process, EventLoop owner);

    /** Ends all connections. */
    Future<Void> close();
}

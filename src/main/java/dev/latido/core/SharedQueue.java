package dev.latido.core;

import dev.latido.job.Priority;
import dev.latido.queue.Capabilities;
import dev.latido.queue.QueueBinding;
import java.time.Duration;

/**
 * The queue of a job that lives at a broker, and how much of it this process takes.
 *
 * @param broker the name of its entry in the configuration
 * @param type the kind of that broker
 * @param capabilities what brokers of that kind promise
 * @param binding which queue there, and how it is used
 * @param prefetch how many of its messages this process has at most, those that are being worked on included; from 1
 * @param prefetchBytes how many bytes their payloads have at most, but for one that has more alone
 * @param retryInPlace up to which pause before another attempt this process keeps a message; for a longer one it goes back
 */
public record SharedQueue(
        String broker,
        String type,
        Capabilities capabilities,
        QueueBinding binding,
        int prefetch,
        long prefetchBytes,
        Duration retryInPlace) {

    public SharedQueue {
        if (prefetch < 1 || prefetchBytes < 1) {
            throw new IllegalArgumentException("prefetch and prefetchBytes must be at least 1");
        }
    }

    /** Returns what tells it from other queues, for people and for what is stored. */
    public String id() {
        return broker + ":" + binding.name();
    }

    boolean hasLane(Priority priority) {
        return binding.lanes().contains(priority);
    }
}

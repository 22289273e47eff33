package dev.latido.queue;

import dev.latido.job.Priority;
import dev.latido.room.FullMode;
import java.time.Duration;
import java.util.List;

/**
 * Which queue at a broker, and how it is used.
 *
 * @param name its name at the broker
 * @param group the name that all processes share who divide the work of it
 * @param lanes its lanes, the most urgent first
 * @param lease how long a message stays with a process that says nothing
 * @param capacity how many messages there may be, ready, leased and delayed together; 0 for no bound
 * @param whenFull what happens to one more
 * @param maxPayloadBytes how many bytes a payload may have; what has more becomes a dead letter
 * @param dedup for how long a key is known
 * @param outcomes for how long the broker tells what became of a message
 * @param existing what to do with a queue that others filled before this group had it
 * @param isDurable whether what was handed in has to be on disk before the answer
 */
public record QueueBinding(
        String name,
        String group,
        List<Priority> lanes,
        Duration lease,
        long capacity,
        FullMode whenFull,
        int maxPayloadBytes,
        Duration dedup,
        Duration outcomes,
        Existing existing,
        boolean isDurable) {

    /** What to do with a queue that has messages but was never used by this group. */
    public enum Existing {
        /** Ask: take nothing, and say so. */
        ASK,
        /** All of it is work. */
        TAKE,
        /** None of it is: only what comes from now on. */
        SKIP
    }

    public QueueBinding {
        lanes = List.copyOf(lanes);
    }
}

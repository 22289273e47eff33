package dev.latido.queue;

import dev.latido.job.Priority;
import java.util.Map;

/**
 * How much there is in a queue, over all processes.
 *
 * @param ready how many wait to be taken, by lane
 * @param leased how many some process has, by lane
 * @param delayed how many are not due yet
 * @param dead how many dead letters there are
 * @param newer how many are of a version that those who met them do not know; they wait for one that does
 * @param leftovers how many are in lanes that the queue does not have as it is used here, by lane; without those that have none
 * @param holders how many each process has, by its name; up to {@value #MAX_HOLDERS} of them, and empty when the broker does not tell
 * @param isExact whether these are exact, as far as they can be of what others change
 */
public record Depth(
        Map<Priority, Long> ready,
        Map<Priority, Long> leased,
        long delayed,
        long dead,
        long newer,
        Map<Priority, Long> leftovers,
        Map<String, Long> holders,
        boolean isExact) {

    /** How many processes are told apart. */
    public static final int MAX_HOLDERS = 100;

    public Depth {
        ready = Map.copyOf(ready);
        leased = Map.copyOf(leased);
        leftovers = Map.copyOf(leftovers);
        holders = Map.copyOf(holders);
    }
}

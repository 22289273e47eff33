package dev.latido.room;

import dev.latido.job.Priority;
import dev.latido.setting.Section;
import java.util.EnumMap;
import java.util.Map;

/**
 * The bounds of a job's queue.
 *
 * @param capacity how many items it holds, over all priorities, from 1
 * @param whenFull what it does with one more
 * @param capacities how many items of a priority it holds, 0 for none, which is refused at once instead of waiting;
 *     priorities that are not named are bounded by {@code capacity} alone
 * @param maxBytes how many bytes of payloads it holds, queued and delayed together; 0 where that is not said, see
 *     {@link #within}
 * @param maxWaiting how many producers may wait for room with {@link FullMode#WAIT}; more are refused
 */
public record QueueConfig(
        int capacity, FullMode whenFull, Map<Priority, Integer> capacities, int maxWaiting, long maxBytes) {

    /** What a job has that names nothing else. */
    public static final QueueConfig DEFAULT = new QueueConfig(1_000, FullMode.WAIT, Map.of(), 1_000);

    private static final int MAX = 10_000_000;

    public QueueConfig {
        if (capacity < 1 || maxWaiting < 0 || maxBytes < 0) {
            throw new IllegalArgumentException("capacity must be at least 1, maxWaiting and maxBytes at least 0");
        }
        Map<Priority, Integer> narrower = new EnumMap<>(Priority.class);
        capacities.forEach((priority, bound) -> {
            if (bound < 0 || bound > capacity) {
                throw new IllegalArgumentException("a priority's capacity must be 0 to " + capacity + ", was " + bound);
            }
            if (bound < capacity) {
                narrower.put(priority, bound);
            }
        });
        capacities = Map.copyOf(narrower);
    }

    /** Makes one that does not say how many bytes it holds. */
    public QueueConfig(int capacity, FullMode whenFull, Map<Priority, Integer> capacities, int maxWaiting) {
        this(capacity, whenFull, capacities, maxWaiting, 0);
    }

    /** Reads all of them. */
    public static QueueConfig read(Section section) {
        int capacity = section.integer("capacity", DEFAULT.capacity, 1, MAX);
        FullMode whenFull = section.choice("whenFull", DEFAULT.whenFull, FullMode.class);
        int maxWaiting = section.integer("maxWaiting", DEFAULT.maxWaiting, 0, MAX);
        long maxBytes = section.bytes("maxBytes", DEFAULT.maxBytes);
        Map<Priority, Integer> capacities = new EnumMap<>(Priority.class);
        Section priorities = section.section("priorities");
        for (Priority priority : Priority.values()) {
            // The smaller of the two holds, so that one can make the capacity smaller without touching the priorities.
            capacities.put(priority, Math.min(capacity, priorities.integer(priority.wireName(), capacity, 0, MAX)));
        }
        priorities.end();
        section.end();
        return new QueueConfig(capacity, whenFull, capacities, maxWaiting, maxBytes);
    }

    /** Returns these bounds, with {@code bytes} where they do not say how many. */
    public QueueConfig within(long bytes) {
        return maxBytes > 0 ? this : new QueueConfig(capacity, whenFull, capacities, maxWaiting, bytes);
    }

    /** Returns how many items of {@code priority} fit at most. */
    public int capacityOf(Priority priority) {
        return capacities.getOrDefault(priority, capacity);
    }
}

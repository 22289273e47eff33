package dev.latido.queue.memory;

import dev.latido.job.Priority;
import dev.latido.queue.FullMode;
import dev.latido.queue.JobQueue;
import dev.latido.queue.Linked;
import dev.latido.queue.LinkedFifo;
import dev.latido.queue.Offer;
import dev.latido.queue.QueueConfig;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A queue of linked items: one list a priority. Every operation takes constant time, but for putting back, which takes
 * time with the number of items that were put back before.
 *
 * @param <E> what is queued
 */
public final class MemoryQueue<E extends Linked<E>> implements JobQueue<E> {

    private static final Priority[] PRIORITIES = Priority.values();

    private final QueueConfig config;
    private final Map<Priority, LinkedFifo<E>> lanes = new EnumMap<>(Priority.class);
    private final int[] reserved = new int[PRIORITIES.length];
    private int allReserved;
    private int size;
    private long nextOrder;
    private int passes;

    public MemoryQueue(QueueConfig config) {
        this.config = config;
        for (Priority priority : PRIORITIES) {
            lanes.put(priority, new LinkedFifo<>());
        }
    }

    @Override
    public Offer<E> offer(E item, Priority priority) {
        Offer<E> room = makeRoom(priority);
        if (room instanceof Offer.Queued || room instanceof Offer.Evicted) {
            add(item, priority);
        }
        return room;
    }

    @Override
    public Offer<E> reserve(Priority priority) {
        Offer<E> room = makeRoom(priority);
        if (room instanceof Offer.Queued || room instanceof Offer.Evicted) {
            reserve(priority, 1);
        }
        return room;
    }

    @Override
    public void restoreReserved(Priority priority) {
        reserve(priority, 1);
    }

    @Override
    public void queueReserved(E item, Priority priority) {
        reserve(priority, -1);
        add(item, priority);
    }

    @Override
    public void releaseReserved(Priority priority) {
        reserve(priority, -1);
    }

    private void reserve(Priority priority, int change) {
        if (reserved[priority.level()] + change < 0) {
            throw new IllegalStateException("a place was given back that nobody held");
        }
        reserved[priority.level()] += change;
        allReserved += change;
    }

    private Offer<E> makeRoom(Priority priority) {
        if (hasRoom(priority)) {
            return new Offer.Queued<>();
        }
        return switch (config.whenFull()) {
            case WAIT, REJECT -> new Offer.Full<>();
            case DROP_WRITE -> new Offer.Dropped<>();
            case DROP_OLDEST, DROP_NEWEST -> evictFor(priority);
        };
    }

    private Offer<E> evictFor(Priority priority) {
        Priority from = isFull(priority) ? priority : lowestUpTo(priority);
        LinkedFifo<E> lane = from == null ? null : lane(from);
        E victim = lane == null ? null : config.whenFull() == FullMode.DROP_OLDEST ? lane.first() : lane.last();
        if (from == null || victim == null) {
            return new Offer.Dropped<>();
        }
        remove(victim, from);
        return new Offer.Evicted<>(victim);
    }

    private @Nullable Priority lowestUpTo(Priority priority) {
        for (Priority candidate : PRIORITIES) {
            if (candidate.compareTo(priority) > 0) {
                return null;
            }
            if (lane(candidate).size() > 0) {
                return candidate;
            }
        }
        return null;
    }

    private void add(E item, Priority priority) {
        lane(priority).add(item, nextOrder++);
        size++;
    }

    @Override
    public void putBack(E item, Priority priority, long order) {
        lane(priority).insert(item, order);
        nextOrder = Math.max(nextOrder, order + 1);
        size++;
    }

    @Override
    public @Nullable E take() {
        Priority urgent = mostUrgent();
        if (urgent == null) {
            return null;
        }
        boolean passesOver = lane(urgent).size() < size;
        Priority from = passesOver && passes >= PASSES ? oldest() : urgent;
        passes = passesOver && from == urgent ? passes + 1 : 0;
        E item = lane(from).first();
        if (item != null) {
            remove(item, from);
        }
        return item;
    }

    private @Nullable Priority mostUrgent() {
        for (Priority priority : Priority.MOST_URGENT_FIRST) {
            if (lane(priority).size() > 0) {
                return priority;
            }
        }
        return null;
    }

    private Priority oldest() {
        Priority oldest = Priority.CRITICAL;
        for (Priority priority : PRIORITIES) {
            if (lane(priority).orderOfFirst() < lane(oldest).orderOfFirst()) {
                oldest = priority;
            }
        }
        return oldest;
    }

    @Override
    public boolean remove(E item, Priority priority) {
        boolean removed = lane(priority).remove(item);
        size -= removed ? 1 : 0;
        return removed;
    }

    @Override
    public boolean hasRoom(Priority priority) {
        return size + allReserved < config.capacity() && !isFull(priority);
    }

    private boolean isFull(Priority priority) {
        return lane(priority).size() + reserved[priority.level()] >= config.capacityOf(priority);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int size(Priority priority) {
        return lane(priority).size();
    }

    @Override
    public List<E> list(Priority priority, @Nullable E after, long afterOrder, int limit) {
        return lane(priority).list(after, afterOrder, limit);
    }

    private LinkedFifo<E> lane(Priority priority) {
        LinkedFifo<E> lane = lanes.get(priority);
        if (lane == null) {
            throw new AssertionError("every priority has a lane");
        }
        return lane;
    }
}

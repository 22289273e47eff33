package dev.latido.room.memory;

import dev.latido.job.Priority;
import dev.latido.room.FullMode;
import dev.latido.room.Linked;
import dev.latido.room.LinkedFifo;
import dev.latido.room.Offer;
import dev.latido.room.QueueConfig;
import dev.latido.room.WaitingRoom;
import java.util.ArrayList;
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
public final class MemoryRoom<E extends Linked<E>> implements WaitingRoom<E> {

    private static final Priority[] PRIORITIES = Priority.values();

    private final QueueConfig config;
    private final Map<Priority, LinkedFifo<E>> lanes = new EnumMap<>(Priority.class);
    private final int[] capacities = new int[PRIORITIES.length];
    private final int[] reserved = new int[PRIORITIES.length];
    private int allReserved;
    private int size;

    /** The bytes of what is queued, by priority. */
    private final long[] laneBytes = new long[PRIORITIES.length];

    /** The bytes of what is queued and of what places are held for. */
    private long bytes;

    private long nextOrder;
    private int passes;

    public MemoryRoom(QueueConfig config) {
        this.config = config;
        for (Priority priority : PRIORITIES) {
            lanes.put(priority, new LinkedFifo<>());
            capacities[priority.level()] = config.capacityOf(priority);
        }
    }

    @Override
    public Offer<E> offer(E item, Priority priority) {
        Offer<E> room = makeRoom(priority, item.bytes());
        if (room instanceof Offer.Queued || room instanceof Offer.Evicted) {
            add(item, priority);
        }
        return room;
    }

    @Override
    public Offer<E> reserve(Priority priority, int itemBytes) {
        Offer<E> room = makeRoom(priority, itemBytes);
        if (room instanceof Offer.Queued || room instanceof Offer.Evicted) {
            hold(priority, 1, itemBytes);
        }
        return room;
    }

    @Override
    public void restoreReserved(Priority priority, int itemBytes) {
        hold(priority, 1, itemBytes);
    }

    @Override
    public void queueReserved(E item, Priority priority) {
        hold(priority, -1, -item.bytes());
        add(item, priority);
    }

    @Override
    public void releaseReserved(Priority priority, int itemBytes) {
        hold(priority, -1, -itemBytes);
    }

    private void hold(Priority priority, int change, int changedBytes) {
        if (reserved[priority.level()] + change < 0) {
            throw new IllegalStateException("a place was given back that nobody held");
        }
        reserved[priority.level()] += change;
        allReserved += change;
        bytes += changedBytes;
    }

    private Offer<E> makeRoom(Priority priority, int itemBytes) {
        if (hasRoom(priority, itemBytes)) {
            return new Offer.Queued<>();
        }
        return switch (config.whenFull()) {
            case WAIT, REJECT -> new Offer.Full<>();
            case DROP_WRITE -> new Offer.Dropped<>();
            case DROP_OLDEST, DROP_NEWEST -> evictFor(priority, itemBytes);
        };
    }

    private Offer<E> evictFor(Priority priority, int itemBytes) {
        if (!mayEvictFor(priority, itemBytes)) {
            return new Offer.Dropped<>();
        }
        List<E> victims = new ArrayList<>(1);
        do {
            Priority from = victims.isEmpty() && isFull(priority) ? priority : lowestUpTo(priority);
            LinkedFifo<E> lane = from == null ? null : lane(from);
            E victim = lane == null ? null : config.whenFull() == FullMode.DROP_OLDEST ? lane.first() : lane.last();
            if (from == null || victim == null) {
                return new Offer.Dropped<>(); // never after the first: then the bytes would do
            }
            remove(victim, from);
            victims.add(victim);
        } while (!fits(bytes + itemBytes));
        return new Offer.Evicted<>(victims);
    }

    /** Tells whether the bytes would do if all gave way that is not more urgent. */
    private boolean mayEvictFor(Priority priority, int itemBytes) {
        long left = bytes + itemBytes;
        for (Priority candidate : PRIORITIES) {
            left -= candidate.compareTo(priority) <= 0 ? laneBytes[candidate.level()] : 0;
        }
        return fits(left);
    }

    private boolean fits(long wanted) {
        return config.maxBytes() == 0 || wanted <= config.maxBytes();
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
        entered(item, priority);
    }

    @Override
    public void putBack(E item, Priority priority, long order) {
        lane(priority).insert(item, order);
        nextOrder = Math.max(nextOrder, order + 1);
        entered(item, priority);
    }

    private void entered(E item, Priority priority) {
        size++;
        bytes += item.bytes();
        laneBytes[priority.level()] += item.bytes();
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
        if (removed) {
            size--;
            bytes -= item.bytes();
            laneBytes[priority.level()] -= item.bytes();
        }
        return removed;
    }

    @Override
    public boolean hasRoom(Priority priority, int itemBytes) {
        return size + allReserved < config.capacity() && !isFull(priority) && fits(bytes + itemBytes);
    }

    @Override
    public int room(Priority priority) {
        int ofAll = config.capacity() - size - allReserved;
        int ofLane = capacities[priority.level()] - lane(priority).size() - reserved[priority.level()];
        return fits(bytes) ? Math.max(0, Math.min(ofAll, ofLane)) : 0;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    private boolean isFull(Priority priority) {
        return lane(priority).size() + reserved[priority.level()] >= capacities[priority.level()];
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

    @Override
    public @Nullable E after(Priority priority, @Nullable E item, long order) {
        return lane(priority).after(item, order);
    }

    private LinkedFifo<E> lane(Priority priority) {
        LinkedFifo<E> lane = lanes.get(priority);
        if (lane == null) {
            throw new AssertionError("every priority has a lane");
        }
        return lane;
    }
}

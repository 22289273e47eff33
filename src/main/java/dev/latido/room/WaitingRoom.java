package dev.latido.room;

import dev.latido.job.Priority;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bounded waiting room of one job, in memory. Belongs to the owner; not thread-safe.
 *
 * <p>Order: within a priority first in, first out. Between priorities the most urgent first, with one exception against
 * starvation: when {@value #PASSES} takes in a row passed over a less urgent item, the next take gets the item that was
 * queued first of all. So an item that {@code n} others were queued before is taken after at most
 * ({@value #PASSES} + 1) × ({@code n} + 1) takes, whatever comes after it.
 *
 * <p>Bounds: queued items and places held are never more than the capacities, nor are their bytes more than the bound for
 * those, but for items that are put back. A newcomer may need the bytes of several items: then as many are evicted, or, where even
 * all that may be would not do, none, and the newcomer is dropped.
 *
 * @param <E> what is queued; an item is in one queue at a time, once
 */
public interface WaitingRoom<E extends Linked<E>> {

    /** How many takes in a row may pass over a less urgent item. */
    int PASSES = 16;

    /** Offers an item. With {@link FullMode#WAIT} and {@link FullMode#REJECT} a full queue answers {@link Offer.Full}. */
    Offer<E> offer(E item, Priority priority);

    /**
     * Offers an item that is to be queued later: what is answered is the same, but a place is held instead of the item being
     * queued. A place that is held is never taken away, so a queue full of them drops the newcomer. Either {@link #queueReserved} or {@link #releaseReserved} follows.
     */
    Offer<E> reserve(Priority priority, int bytes);

    /** Does the same for an item without bytes. */
    default Offer<E> reserve(Priority priority) {
        return reserve(priority, 0);
    }

    /** Holds a place whatever the bounds, for an item that had one before. */
    void restoreReserved(Priority priority, int bytes);

    /** Queues an item in a place that was held for it. */
    void queueReserved(E item, Priority priority);

    /** Gives a place back that was held. */
    void releaseReserved(Priority priority, int bytes);

    /** Does the same for an item without bytes. */
    default void releaseReserved(Priority priority) {
        releaseReserved(priority, 0);
    }

    /**
     * Puts an item back that was taken and not worked on: to the place that it had in its priority, whatever the bounds.
     *
     * @param order what its {@link Linked#order()} was when it was taken
     */
    void putBack(E item, Priority priority, long order);

    /** Takes the item that is next, or null when there is none. */
    @Nullable E take();

    /** Takes {@code item} out from wherever it stands; false when it is not here. */
    boolean remove(E item, Priority priority);

    /** Tells whether an item of this priority and so many bytes would be queued without dropping anything. */
    boolean hasRoom(Priority priority, int bytes);

    /** Tells the same of an item without bytes. */
    default boolean hasRoom(Priority priority) {
        return hasRoom(priority, 0);
    }

    /** Returns how many items of this priority without bytes would be queued without dropping anything. */
    int room(Priority priority);

    /** Returns how many bytes the items have that are queued, or that places are held for. */
    long bytes();

    /** Returns how many items are queued; places held do not count. */
    int size();

    /** Returns how many items of this priority are queued; places held do not count. */
    int size(Priority priority);

    /**
     * Returns the item of this priority behind {@code item}, or the first where that is not queued here at this order; null at the end.
     *
     * @param order where it stood
     */
    @Nullable E after(Priority priority, @Nullable E item, long order);

    /**
     * Returns up to {@code limit} items of this priority in their order.
     *
     * @param after begin behind this item, which makes it quick; null, or an item that is queued here no more, to look
     *     for {@code afterOrder}
     * @param afterOrder begin behind this order, {@link Long#MIN_VALUE} for the head
     */
    List<E> list(Priority priority, @Nullable E after, long afterOrder, int limit);
}

package dev.latido.room;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A first-in-first-out list with removal anywhere in constant time.
 *
 * @param <T> its items
 */
public final class LinkedFifo<T extends Linked<T>> {

    private @Nullable T first;
    private @Nullable T last;
    private int size;

    /**
     * Adds {@code item} at the end.
     *
     * @param order greater than that of every item here; rising over all lists whose items are compared by
     *     {@link #orderOfFirst}
     */
    public void add(T item, long order) {
        adopt(item, order);
        T tail = last;
        item.previous = tail;
        last = item;
        if (tail == null) {
            first = item;
        } else {
            tail.next = item;
        }
    }

    /**
     * Puts {@code item} in at its place: before all items whose order is greater. Looks at the end and then from the
     * beginning, so it is for items whose place is near there.
     */
    public void insert(T item, long order) {
        T after = last != null && last.order < order ? null : first;
        while (after != null && after.order < order) {
            after = after.next;
        }
        if (after == null) {
            add(item, order);
            return;
        }
        adopt(item, order);
        T before = after.previous;
        item.previous = before;
        item.next = after;
        after.previous = item;
        if (before == null) {
            first = item;
        } else {
            before.next = item;
        }
    }

    private void adopt(T item, long order) {
        if (item.list != null) {
            throw new IllegalStateException("an item stands in one list at a time");
        }
        item.list = this;
        item.order = order;
        size++;
    }

    /** Removes {@code item}; false when it does not stand here. */
    public boolean remove(T item) {
        if (item.list != this) {
            return false;
        }
        T before = item.previous;
        T after = item.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        item.list = null;
        item.previous = null;
        item.next = null;
        size--;
        return true;
    }

    /** Returns the oldest item, or null when the list is empty. */
    public @Nullable T first() {
        return first;
    }

    /** Returns the newest item, or null when the list is empty. */
    public @Nullable T last() {
        return last;
    }

    /** Returns the order of the oldest item, or {@link Long#MAX_VALUE} when the list is empty. */
    public long orderOfFirst() {
        return first == null ? Long.MAX_VALUE : first.order;
    }

    public int size() {
        return size;
    }

    /**
     * Returns up to {@code limit} items in order.
     *
     * @param after begin behind this item, which makes it quick; null, or an item that stands here no more or at another
     *     place, to look for {@code afterOrder}
     * @param afterOrder begin behind this order, {@link Long#MIN_VALUE} for the head
     */
    public List<T> list(@Nullable T after, long afterOrder, int limit) {
        List<T> items = new ArrayList<>(Math.min(limit, size));
        T item = after != null && after.list == this && after.order == afterOrder ? after.next : first;
        while (item != null && items.size() < limit) {
            if (item.order > afterOrder) {
                items.add(item);
            }
            item = item.next;
        }
        return items;
    }

    /**
     * Returns the item behind {@code item}, or the first where that does not stand here at this order; null at the end.
     *
     * @param order where it stood
     */
    public @Nullable T after(@Nullable T item, long order) {
        return item != null && isHere(item, order) ? item.next : first;
    }

    /**
     * Returns the item before {@code item}, or the last where that does not stand here at this order; null at the beginning.
     *
     * @param order where it stood
     */
    public @Nullable T before(@Nullable T item, long order) {
        return item != null && isHere(item, order) ? item.previous : last;
    }

    private boolean isHere(T item, long order) {
        return item.list == this && item.order == order;
    }

    /**
     * Returns up to {@code limit} items from the newest on. Looks at the newest ones first, so it is slow for the oldest
     * of a long list.
     *
     * @param beforeOrder begin before this order, {@link Long#MAX_VALUE} for the newest
     */
    public List<T> latest(long beforeOrder, int limit) {
        List<T> items = new ArrayList<>(Math.min(limit, size));
        T item = last;
        while (item != null && items.size() < limit) {
            if (item.order < beforeOrder) {
                items.add(item);
            }
            item = item.previous;
        }
        return items;
    }

    /** Returns all items in order. */
    public List<T> all() {
        return list(null, Long.MIN_VALUE, Integer.MAX_VALUE);
    }
}

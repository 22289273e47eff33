package dev.latido.room;

import org.jspecify.annotations.Nullable;

/**
 * An object that can stand in one {@link LinkedFifo} at a time. It carries its own links, so that a million of them cost
 * no further objects.
 *
 * @param <T> the type itself
 */
public abstract class Linked<T extends Linked<T>> {

    @Nullable LinkedFifo<T> list;

    @Nullable T previous;

    @Nullable T next;

    long order;

    /** Returns how many bytes it takes of a queue that is bounded by bytes. Does not change while it is queued. */
    public int bytes() {
        return 0;
    }

    /** Returns its place in the order of the list in which it stands or stood last. */
    public final long order() {
        return order;
    }
}

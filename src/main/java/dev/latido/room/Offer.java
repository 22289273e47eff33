package dev.latido.room;

import java.util.List;

/**
 * What a queue did with an item that was offered.
 *
 * @param <E> what is queued
 */
public sealed interface Offer<E> {

    /** It is queued; there was room. */
    record Queued<E>() implements Offer<E> {}

    /** It is queued, and {@code victims} were dropped for it, the first one first; several where bytes are the bound. */
    record Evicted<E>(List<E> victims) implements Offer<E> {

        /** It is queued, and {@code victim} was dropped for it. */
        public Evicted(E victim) {
            this(List.of(victim));
        }
    }

    /** It was dropped itself. */
    record Dropped<E>() implements Offer<E> {}

    /** There is no room; nothing was changed. The producer waits or is refused, as the full mode says. */
    record Full<E>() implements Offer<E> {}
}

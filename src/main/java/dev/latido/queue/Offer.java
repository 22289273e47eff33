package dev.latido.queue;

/**
 * What a queue did with an item that was offered.
 *
 * @param <E> what is queued
 */
public sealed interface Offer<E> {

    /** It is queued; there was room. */
    record Queued<E>() implements Offer<E> {}

    /** It is queued, and {@code victim} was dropped for it. */
    record Evicted<E>(E victim) implements Offer<E> {}

    /** It was dropped itself. */
    record Dropped<E>() implements Offer<E> {}

    /** There is no room; nothing was changed. The producer waits or is refused, as the full mode says. */
    record Full<E>() implements Offer<E> {}
}

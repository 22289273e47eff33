package dev.latido.queue;

/**
 * The broker has a message.
 *
 * @param isKnown whether it had one with this key already: this one was not taken then, and is none more
 * @param isSame whether that one has the same lane and payload; true when there was none
 */
public record Receipt(boolean isKnown, boolean isSame) {

    /** Makes one of a message that was new, or the same as the one that is known. */
    public Receipt(boolean isKnown) {
        this(isKnown, true);
    }
}

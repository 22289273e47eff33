package dev.latido.stream;

import io.vertx.core.buffer.Buffer;

/**
 * Some events as they are sent together. Readers that want the same and are equally far share it.
 *
 * @param wanted by whom
 * @param after they come after this event
 * @param last up to this event there are no more
 * @param newest what the newest event was
 * @param messages how many there are
 * @param text all of them
 */
record EventChunk(Subscription wanted, long after, long last, long newest, int messages, Buffer text) {

    /** Messages are sent together up to about this many bytes. */
    private static final int MAX_BYTES = 16_384;

    /** Takes the events that come after {@code after} from {@code window}, which has them. */
    static EventChunk of(EventWindow window, long after, Subscription wanted) {
        Buffer text = Buffer.buffer();
        int messages = 0;
        long last = after;
        while (last < window.newest() && text.length() < MAX_BYTES) {
            last++;
            if (wanted.wants(window.event(last))) {
                text.appendBuffer(window.message(last));
                messages++;
            }
        }
        return new EventChunk(wanted, after, last, window.newest(), messages, text);
    }

    /** Tells whether this is what {@link #of} would return. */
    boolean isFor(long otherAfter, long otherNewest, Subscription other) {
        return after == otherAfter
                && newest == otherNewest
                && wanted.jobs().equals(other.jobs())
                && wanted.types().equals(other.types());
    }
}

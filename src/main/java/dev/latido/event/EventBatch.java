package dev.latido.event;

import java.util.List;

/**
 * Events that follow one another.
 *
 * @param first the sequence number of the first; each further one's is one more
 * @param events never empty
 */
public record EventBatch(long first, List<Event> events) {

    /** Returns the sequence number of the last event. */
    public long last() {
        return first + events.size() - 1;
    }
}

package dev.latido.room;

import java.util.Locale;

/**
 * What a full queue does with one more item. The first four are those of .NET's {@code BoundedChannelFullMode}; with
 * priorities, an eviction takes from the lowest priority that holds an item and is not above that of the newcomer, so
 * that nothing urgent gives way to something less urgent. Where only more urgent items are queued, the newcomer itself
 * is dropped.
 */
public enum FullMode {
    /** The producer waits for room, up to its deadline. */
    WAIT,
    /** The new item is dropped. */
    DROP_WRITE,
    /** The oldest item of the lowest priority is dropped and the new one queued. */
    DROP_OLDEST,
    /** The newest item of the lowest priority is dropped and the new one queued. */
    DROP_NEWEST,
    /** The producer is refused at once. */
    REJECT;

    private final String wireName = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Returns the name in JSON and configuration. */
    public String wireName() {
        return wireName;
    }
}

package dev.latido.stream;

import dev.latido.setting.Section;
import java.time.Duration;

/**
 * The bounds of the event stream.
 *
 * @param maxReaders how many may read at once; more are refused
 * @param windowEvents how many of the latest events are kept for readers who come back; the oldest give way
 * @param windowBytes about how much memory they may take, in bytes; the oldest give way
 * @param readerBytes how much may wait for one reader of single events, in bytes; one for whom more waits, and not less
 *     from one look to the next, is cut off
 * @param heartbeat after how long without anything else a reader is sent a comment; one that takes nothing for so long
 *     while something waits for it is cut off
 */
public record StreamConfig(int maxReaders, int windowEvents, int windowBytes, int readerBytes, Duration heartbeat) {

    /** What the shipped configuration names. */
    public static final StreamConfig DEFAULT =
            new StreamConfig(1_000, 10_000, 16_777_216, 1_048_576, Duration.ofSeconds(15));

    /** Reads all of them. */
    public static StreamConfig read(Section section) {
        StreamConfig stream = new StreamConfig(
                section.integer("maxReaders", DEFAULT.maxReaders, 0, 100_000),
                section.integer("windowEvents", DEFAULT.windowEvents, 1, 1_000_000),
                section.integer("windowBytes", DEFAULT.windowBytes, 1_024, 1_073_741_824),
                section.integer("readerBytes", DEFAULT.readerBytes, 1_024, 1_073_741_824),
                section.duration("heartbeat", DEFAULT.heartbeat, Duration.ofMillis(100), Duration.ofHours(1)));
        section.end();
        return stream;
    }

    /** Returns these bounds with a window of no more than {@code bytes}. */
    public StreamConfig withinMemory(long bytes) {
        int window = (int) Math.min(windowBytes, Math.max(1, bytes));
        return new StreamConfig(maxReaders, windowEvents, window, readerBytes, heartbeat);
    }

    /** Returns these bounds with heartbeats often enough for connections that are closed when idle for {@code idle}. */
    public StreamConfig beatingWithin(Duration idle) {
        Duration half = idle.dividedBy(2);
        return new StreamConfig(
                maxReaders, windowEvents, windowBytes, readerBytes, heartbeat.compareTo(half) < 0 ? heartbeat : half);
    }
}

package dev.latido.queue.storagequeue;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * How many messages of a lane this process submitted, or moved on, that are not due yet: the service counts those that it hides
 * with the others. To the second, and to the minute for those that are due later; so there are some thousand numbers at most.
 */
final class Delays {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private static final long NEAR = Duration.ofMinutes(10).toNanos();

    private final LongSupplier nanos;
    private final long origin;
    private final TreeMap<Long, Integer> counts = new TreeMap<>();

    Delays(LongSupplier nanos) {
        this.nanos = nanos;
        origin = nanos.getAsLong();
    }

    /**
     * Notes one that was asked for at {@code askedNanos}. It counts for no longer than it is hidden: that begins after it was asked
     * for.
     */
    void add(Duration delay, long askedNanos) {
        if (!delay.isZero()) {
            long step = delay.toNanos() < NEAR ? SECOND : MINUTE;
            long due = askedNanos - origin + delay.toNanos();
            counts.merge(due / step * step, 1, Integer::sum);
        }
    }

    long count() {
        counts.headMap(nanos.getAsLong() - origin, true).clear();
        long all = 0;
        for (Map.Entry<Long, Integer> each : counts.entrySet()) {
            all += each.getValue();
        }
        return all;
    }
}

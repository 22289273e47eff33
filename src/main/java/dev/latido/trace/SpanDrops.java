package dev.latido.trace;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** How many spans wait to be exported, and how many were dropped, by the reason. May be used from any thread. */
final class SpanDrops {

    private final AtomicInteger waiting = new AtomicInteger();
    private final LongAdder queueFull = new LongAdder();
    private final LongAdder exportFailed = new LongAdder();

    /** Counts a span that is to wait; tells whether there is room for it among {@code max}, and counts it as dropped if not. */
    boolean tryWait(int max) {
        if (waiting.incrementAndGet() <= max) {
            return true;
        }
        waiting.decrementAndGet();
        queueFull.increment();
        return false;
    }

    /** Spans are on their way. */
    void left(int spans) {
        waiting.addAndGet(-spans);
    }

    /** Spans were lost on their way. */
    void failed(int spans) {
        exportFailed.add(spans);
    }

    /** Returns how many were dropped so far. */
    long total() {
        return queueFull.sum() + exportFailed.sum();
    }

    Map<String, LongSupplier> byReason() {
        return Map.of("queue-full", queueFull::sum, "export-failed", exportFailed::sum);
    }
}

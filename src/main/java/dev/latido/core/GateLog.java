package dev.latido.core;

import dev.latido.job.Gate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has held up the queue of a job lately, so that an execution that leaves it can be told what it waited for, without anything
 * being noted of those that wait. Times are of the monotonic clock.
 */
final class GateLog {

    /** How many times are kept; then the shortest gives way. */
    static final int MAX_SPANS = 32;

    /** Two gates may take turns a thousand times a second: what holds up again within this time is taken as one. */
    private static final long GLUE_NANOS = 1_000_000_000L;

    /** A time within which a gate held up the queue, perhaps in turns with others. */
    private static final class Span {
        private final Gate gate;
        private final long fromNanos;
        private long toNanos;
        private long heldNanos;

        private Span(Gate gate, long fromNanos, long toNanos) {
            this.gate = gate;
            this.fromNanos = fromNanos;
            this.toNanos = toNanos;
            this.heldNanos = toNanos - fromNanos;
        }
    }

    /** Takes what held up. */
    @FunctionalInterface
    interface Reader {
        /**
         * Something held up for a time.
         *
         * @param fromNanos since when
         * @param heldNanos for how long, all in all
         */
        void held(Gate gate, long fromNanos, long heldNanos);
    }

    private List<Span> spans = List.of();
    private @Nullable Gate gate;
    private long sinceNanos;

    /** Notes what holds up the queue from now on; null for nothing. */
    void note(@Nullable Gate next, long now) {
        if (next == gate) {
            return;
        }
        if (gate != null) {
            close(gate, sinceNanos, now);
        }
        gate = next;
        sinceNanos = now;
    }

    /** Notes that nothing waits any more that would be told what it waited for. */
    void clear() {
        gate = null;
        spans = List.of();
    }

    boolean isEmpty() {
        return gate == null && spans.isEmpty();
    }

    private void close(Gate over, long from, long to) {
        for (Span span : spans) {
            if (span.gate == over && from - span.toNanos < GLUE_NANOS) {
                span.toNanos = to;
                span.heldNanos += to - from;
                return;
            }
        }
        if (spans.isEmpty()) {
            spans = new ArrayList<>(2);
        } else if (spans.size() >= MAX_SPANS) {
            spans.remove(shortest());
        }
        spans.add(new Span(over, from, to));
    }

    private int shortest() {
        int shortest = 0;
        for (int i = 1; i < spans.size(); i++) {
            if (spans.get(i).heldNanos < spans.get(shortest).heldNanos) {
                shortest = i;
            }
        }
        return shortest;
    }

    /** Tells {@code reader} what held up between two moments, in the order in which it began; of a part of a time, in proportion. */
    void read(long fromNanos, long toNanos, Reader reader) {
        for (Span span : spans) {
            long from = later(span.fromNanos, fromNanos);
            long to = toNanos - span.toNanos < 0 ? toNanos : span.toNanos;
            if (to - from > 0) {
                double share = (double) (to - from) / (span.toNanos - span.fromNanos);
                reader.held(span.gate, from, Math.round(span.heldNanos * share));
            }
        }
        long from = later(sinceNanos, fromNanos);
        if (gate != null && toNanos - from > 0) {
            reader.held(gate, from, toNanos - from);
        }
    }

    private static long later(long one, long other) {
        return one - other > 0 ? one : other;
    }
}

package dev.latido.bench.peer;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/** How late ticks came. Times are nanoseconds of the epoch, counted by the monotonic clock. */
final class Ticks {

    /** How often every job ticks. */
    static final Duration EVERY = Duration.ofSeconds(1);

    private static final long EVERY_NANOS = EVERY.toNanos();

    /** How much too early a tick may seem, where it is known only about when it was due. */
    private static final long SLACK_NANOS = EVERY_NANOS / 20;

    @SuppressWarnings("TimeInStaticInitializer") // from then on only the monotonic clock counts
    private static final long ORIGIN = origin();

    private static volatile AtomicLongArray dues = new AtomicLongArray(0);
    private static volatile AtomicLongArray lags = new AtomicLongArray(0);
    private static final AtomicInteger RAN = new AtomicInteger();

    private Ticks() {}

    /** Reads both clocks until there is a pair of readings between which little time can have passed. */
    private static long origin() {
        long least = Long.MAX_VALUE;
        long origin = 0;
        for (int i = 0; i < 10_000; i++) {
            long before = System.nanoTime();
            long wall = nanos(Instant.now());
            long took = System.nanoTime() - before;
            if (took < least) {
                least = took;
                origin = wall - before - took / 2;
            }
        }
        return origin;
    }

    /** What was seen of the ticks between two moments; times in milliseconds. */
    record Seen(int ran, double p50, double p99, double max, double drift) {}

    /** Makes room for so many jobs that tick so often. */
    static void expect(int jobs, int ticks) {
        dues = new AtomicLongArray(jobs);
        lags = new AtomicLongArray(jobs * ticks);
    }

    /** Says when a job ticks, whichever of its ticks that is. */
    static void due(int job, Instant tick) {
        dues.set(job, nanos(tick));
    }

    /** Notes a tick of a job that leaves out those that it is too late for. */
    static void ran(int job) {
        AtomicLongArray known = dues;
        long tick = job < known.length() ? known.get(job) : 0;
        if (tick != 0) {
            long now = now();
            ran(now + SLACK_NANOS - Math.floorMod(now + SLACK_NANOS - tick, EVERY_NANOS), now);
        }
    }

    /** Notes a tick that was due at {@code dueNanos}. */
    static void ranAt(long dueNanos) {
        ran(dueNanos, now());
    }

    private static void ran(long dueNanos, long now) {
        int index = RAN.getAndIncrement();
        AtomicLongArray room = lags;
        if (index < room.length()) {
            room.set(index, now - dueNanos);
        }
    }

    static long now() {
        return ORIGIN + System.nanoTime();
    }

    static long nanos(Instant time) {
        return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
    }

    /** Returns how many ticks came. */
    static int count() {
        return RAN.get();
    }

    /**
     * Sums up the ticks that came after the first {@code from}. Their drift is how much later the last tenth came than the
     * first tenth, at the median.
     */
    static Seen since(int from) {
        int end = Math.min(RAN.get(), lags.length());
        double[] inOrder = new double[end - from];
        for (int i = 0; i < inOrder.length; i++) {
            inOrder[i] = lags.get(from + i) / 1e6;
        }
        int tenth = Math.max(1, inOrder.length / 10);
        double drift = quantile(Arrays.copyOfRange(inOrder, inOrder.length - tenth, inOrder.length), 0.5)
                - quantile(Arrays.copyOf(inOrder, tenth), 0.5);
        return new Seen(RAN.get() - from, quantile(inOrder, 0.5), quantile(inOrder, 0.99), quantile(inOrder, 1), drift);
    }

    private static double quantile(double[] values, double quantile) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[Math.max(0, (int) Math.ceil(quantile * sorted.length) - 1)];
    }
}

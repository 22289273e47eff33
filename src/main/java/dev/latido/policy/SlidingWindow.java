package dev.latido.policy;

import java.util.Arrays;

/** So many starts in any window: exact, because it remembers when each of the last starts was. */
final class SlidingWindow implements RateLimit {

    private static final int FIRST_SIZE = 16;

    private final int permits;
    private final long lengthNanos;

    /** The latest starts, in a ring. */
    private long[] starts;

    private int oldest;
    private int count;

    SlidingWindow(RateConfig config) {
        this.permits = config.permits();
        this.lengthNanos = config.per().toNanos();
        this.starts = new long[Math.min(permits, FIRST_SIZE)];
    }

    @Override
    public long next(long nanos) {
        forget(nanos);
        return count < permits ? nanos : starts[oldest] + lengthNanos;
    }

    @Override
    public void take(long nanos) {
        forget(nanos);
        if (count == starts.length) {
            grow();
        }
        starts[(oldest + count) % starts.length] = nanos;
        count++;
    }

    private void grow() {
        long[] larger = new long[(int) Math.min(permits, 2L * count)];
        int toEnd = starts.length - oldest;
        System.arraycopy(starts, oldest, larger, 0, toEnd);
        System.arraycopy(starts, 0, larger, toEnd, count - toEnd);
        starts = larger;
        oldest = 0;
    }

    /** Forgets starts that are a whole window ago. */
    private void forget(long nanos) {
        while (count > 0 && nanos - starts[oldest] >= lengthNanos) {
            oldest = (oldest + 1) % starts.length;
            count--;
        }
        if (count == 0 && starts.length > FIRST_SIZE) {
            starts = Arrays.copyOf(starts, FIRST_SIZE);
            oldest = 0;
        }
    }

    @Override
    public void giveBack(long takenNanos, long nanos) {
        forget(nanos);
        int at = count - 1;
        while (at >= 0 && starts[place(at)] != takenNanos) {
            at--;
        }
        if (at < 0) {
            return; // it counts no more
        }
        for (int i = at; i < count - 1; i++) {
            starts[place(i)] = starts[place(i + 1)];
        }
        count--;
    }

    private int place(int number) {
        return (oldest + number) % starts.length;
    }

    @Override
    public boolean isIdle(long nanos) {
        forget(nanos);
        return count == 0;
    }
}

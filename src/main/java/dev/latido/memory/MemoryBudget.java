package dev.latido.memory;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * A bound of bytes on the heap, and how many of them are taken. Who takes new work in asks first and may be refused; who
 * already has something that cannot be refused any more only says so, and then more than the bound may be taken for a
 * while. Without locks; may be used from any thread.
 */
public final class MemoryBudget {

    /** About what a {@link String} takes beside its characters. */
    private static final int TEXT_BYTES = 48;

    /**
     * G1 keeps what is larger than half a region, which is 512 KiB at least, in regions of its own, and what is left of the
     * last one stays empty: up to half of all.
     */
    private static final long HUGE_BYTES = 524_288;

    private final long max;
    private final AtomicLong used = new AtomicLong();
    private final LongAdder refused = new LongAdder();

    /** Makes a budget of {@code max} bytes. */
    public MemoryBudget(long max) {
        this.max = max;
    }

    /** Makes one that refuses nothing. */
    public static MemoryBudget unbounded() {
        return new MemoryBudget(Long.MAX_VALUE / 4);
    }

    /**
     * Returns about how many bytes of heap a text takes.
     *
     * @param length how many characters it has
     * @param isWide whether some of them are beyond Latin-1, so that each takes two bytes
     */
    public static long bytesOf(int length, boolean isWide) {
        long bytes = isWide ? 2L * length : length;
        return bytes >= HUGE_BYTES ? 2 * bytes : TEXT_BYTES + bytes;
    }

    /** Takes {@code bytes} if there is room for them; else takes none. */
    public boolean tryTake(long bytes) {
        if (used.addAndGet(bytes) <= max) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    /** Takes {@code bytes} whether or not there is room for them, or gives them back if they are negative. */
    public void add(long bytes) {
        if (bytes != 0) {
            used.addAndGet(bytes);
        }
    }

    /** Notes that somebody was refused because there was no room. */
    public void refuse() {
        refused.increment();
    }

    /** Tells whether more than {@code percent} hundredths of the bound are taken. */
    public boolean isAbove(int percent) {
        return used.get() > max / 100 * percent;
    }

    /** Returns how many bytes are taken, about. */
    public long used() {
        return used.get();
    }

    /** Returns the bound, in bytes. */
    public long max() {
        return max;
    }

    /** Returns how often somebody was refused. */
    public long refused() {
        return refused.sum();
    }
}

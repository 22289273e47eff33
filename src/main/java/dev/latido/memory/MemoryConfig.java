package dev.latido.memory;

import dev.latido.setting.Section;
import java.util.Optional;

/**
 * How much memory work and what is kept of it may take.
 *
 * @param bytes so many bytes; 0 when {@code percent} says it
 * @param percent or so many hundredths of the heap
 */
public record MemoryConfig(long bytes, int percent) {

    /** The largest share of the heap: the rest is for the service itself, and for what is on its way. */
    public static final int MAX_PERCENT = 80;

    /** The smallest bound in bytes: with less not even one request of a usual size could be read. */
    public static final long MIN_BYTES = 1_048_576;

    /** What the shipped configuration names. */
    public static final MemoryConfig DEFAULT = new MemoryConfig(0, 40);

    /** Reads the setting {@code name}. */
    public static MemoryConfig read(Section section, String name) {
        return section.formed(
                name,
                DEFAULT,
                MemoryConfig::parse,
                "must be a number of bytes from " + MIN_BYTES + ", or a share of the heap from 1% to " + MAX_PERCENT
                        + "%");
    }

    /** Reads a number of bytes, such as {@code 104857600}, or a share, such as {@code 40%}; empty when it is neither. */
    public static Optional<MemoryConfig> parse(String text) {
        boolean isShare = text.endsWith("%");
        String digits = isShare ? text.substring(0, text.length() - 1) : text;
        if (!digits.matches("\\d{1,15}")) {
            return Optional.empty();
        }
        long number = Long.parseLong(digits);
        if (isShare) {
            return number >= 1 && number <= MAX_PERCENT
                    ? Optional.of(new MemoryConfig(0, (int) number))
                    : Optional.empty();
        }
        return number >= MIN_BYTES ? Optional.of(new MemoryConfig(number, 0)) : Optional.empty();
    }

    /** Returns how it is written. */
    @Override
    public String toString() {
        return bytes > 0 ? Long.toString(bytes) : percent + "%";
    }

    /** Returns the bound for a heap of {@code heapBytes}: never more than {@link #MAX_PERCENT} of it. */
    public long of(long heapBytes) {
        long most = heapBytes / 100 * MAX_PERCENT;
        return Math.min(most, bytes > 0 ? bytes : heapBytes / 100 * percent);
    }
}

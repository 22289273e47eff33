package dev.latido.job;

import java.time.Instant;
import java.util.Optional;

/**
 * Names one execution. Ids sort by creation time, as numbers and as text.
 *
 * <p>An id is one positive {@code long}: 43 bits of Unix milliseconds, then 20 bits that tell apart the ids of one
 * millisecond. Its text is 13 characters of Crockford's Base32 in lower case
 * (<a href="https://www.crockford.com/base32.html">crockford.com/base32.html</a>), which is safe in URLs and keeps the
 * order.
 */
public record ExecutionId(long value) implements Comparable<ExecutionId> {

    /** How many bits tell apart the ids of one millisecond. */
    static final int COUNTER_BITS = 20;

    /** Length of an id's text in characters. */
    public static final int TEXT_LENGTH = 13;

    private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

    public ExecutionId {
        if (value < 0) {
            throw new IllegalArgumentException("an execution id is not negative, was " + value);
        }
    }

    /** Reads the text form; empty when it is none. */
    public static Optional<ExecutionId> parse(String text) {
        if (text.length() != TEXT_LENGTH || text.charAt(0) > '7') {
            return Optional.empty();
        }
        long value = 0;
        for (int i = 0; i < TEXT_LENGTH; i++) {
            int digit = DIGITS.indexOf(text.charAt(i));
            if (digit < 0) {
                return Optional.empty();
            }
            value = value << 5 | digit;
        }
        return Optional.of(new ExecutionId(value));
    }

    /** Returns when it was given out, as far as the clock was right then. */
    public Instant createdAt() {
        return Instant.ofEpochMilli(value >> COUNTER_BITS);
    }

    @Override
    public int compareTo(ExecutionId other) {
        return Long.compare(value, other.value);
    }

    /** Returns the text form: exactly {@value #TEXT_LENGTH} characters. */
    @Override
    public String toString() {
        char[] text = new char[TEXT_LENGTH];
        long rest = value;
        for (int i = TEXT_LENGTH - 1; i >= 0; i--) {
            text[i] = DIGITS.charAt((int) (rest & 31));
            rest >>>= 5;
        }
        return new String(text);
    }
}

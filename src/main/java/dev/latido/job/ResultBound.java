package dev.latido.job;

import dev.latido.setting.Section;

/**
 * How much of a result is kept; of a longer one the beginning is.
 *
 * @param maxResult how many characters, from 1 to {@link #MAX}
 */
public record ResultBound(int maxResult) {

    /** How many characters of a result can be kept at most. */
    public static final int MAX = 1_048_576;

    /** What holds when nothing else is said. */
    public static final ResultBound DEFAULT = new ResultBound(65_536);

    public ResultBound {
        if (maxResult < 1 || maxResult > MAX) {
            throw new IllegalArgumentException("maxResult must be 1 to " + MAX + ", was " + maxResult);
        }
    }

    /** Reads it from the section of its job. */
    public static ResultBound read(Section section) {
        return new ResultBound(section.integer("maxResult", DEFAULT.maxResult, 1, MAX));
    }
}

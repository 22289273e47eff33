package dev.latido.core;

import dev.latido.protocol.Reason;

/**
 * How a job stands.
 *
 * @param reason in a word, for programs
 * @param text for people
 */
record Standing(Reason reason, String text) {

    /** Returns the same with something said before and after. */
    Standing with(String before, String after) {
        return before.isEmpty() && after.isEmpty() ? this : new Standing(reason, before + text + after);
    }
}

package dev.latido.job;

import java.nio.charset.StandardCharsets;

/** How long texts are in UTF-8. */
public final class Utf8 {

    /** So long a text is encoded to be counted: the JDK takes many characters at once, and there is little garbage. */
    static final int SHORT = 4_096;

    private Utf8() {}

    /** Returns how many bytes {@code text} takes; half of a surrogate pair takes one, as it becomes a question mark. */
    public static int length(String text) {
        return text.length() <= SHORT ? text.getBytes(StandardCharsets.UTF_8).length : count(text);
    }

    private static int count(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                bytes += 1;
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else if (Character.isSurrogate(c)) { // half a pair becomes a question mark
                bytes += 1;
            } else {
                bytes += c < 0x800 ? 2 : 3;
            }
        }
        return bytes;
    }
}

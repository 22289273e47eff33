package dev.latido.store;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A text that may be large. It is here, or stays in the store, from which {@link Store#texts} brings it when it is needed. */
public sealed interface Text {

    /** Returns how long it is in UTF-8, in bytes. */
    int bytes();

    /** Returns it; null when it is not here. */
    @Nullable String here();

    /**
     * A text that is here.
     *
     * @param here the text
     */
    record Here(String here) implements Text {

        /** So long a text is encoded to be counted: the JDK takes many characters at once, and there is little garbage. */
        static final int SHORT = 4_096;

        @Override
        public int bytes() {
            return Text.bytes(here);
        }
    }

    /** A text of which only the store has more than the length. In a batch it stands for what is stored. */
    record Stored(int bytes) implements Text {

        @Override
        public @Nullable String here() {
            return null;
        }
    }

    /** Returns how long {@code text} is in UTF-8, in bytes. */
    static int bytes(String text) {
        return text.length() <= Here.SHORT ? text.getBytes(StandardCharsets.UTF_8).length : count(text);
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

    /** Makes one of a text that is here; null of none. */
    static @Nullable Text of(@Nullable String text) {
        return text == null ? null : new Here(text);
    }

    /** Returns what there is of {@code text} here; null also when there is none. */
    static @Nullable String ifHere(@Nullable Text text) {
        return text == null ? null : text.here();
    }
}

package dev.latido.store;

import dev.latido.job.Utf8;
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

        @Override
        public int bytes() {
            return Utf8.length(here);
        }
    }

    /** A text of which only the store has more than the length. In a batch it stands for what is stored. */
    record Stored(int bytes) implements Text {

        @Override
        public @Nullable String here() {
            return null;
        }
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

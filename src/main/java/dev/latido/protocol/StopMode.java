package dev.latido.protocol;

import java.util.Locale;
import java.util.Optional;

/** What a Stop does with the work in flight. New work is begun in no case. */
public enum StopMode {
    /** It goes on; the answer tells how much it is. */
    PLAIN,
    /** It is told to end. */
    NOW,
    /** It goes on, and the answer comes when it is done, or says that it is not yet. */
    DRAIN;

    /** Returns the name in JSON and query parameters. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the mode with this name, compared exactly. */
    public static Optional<StopMode> ofWireName(String name) {
        for (StopMode mode : values()) {
            if (mode.wireName().equals(name)) {
                return Optional.of(mode);
            }
        }
        return Optional.empty();
    }
}

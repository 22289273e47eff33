package dev.latido.job;

import java.util.Locale;
import java.util.Optional;

/** What becomes of a job's executions when the process dies. */
public enum Durability {
    /** Nothing is acknowledged, and no attempt begins, before it is stored. Nothing acknowledged is lost. */
    FULL,
    /** Stored too, but acknowledged before it is: what was acknowledged in the last moment may be lost. */
    RELAXED,
    /** In memory only. */
    NONE;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** Returns the durability with this name, compared exactly. */
    public static Optional<Durability> ofWireName(String name) {
        for (Durability durability : values()) {
            if (durability.wireName.equals(name)) {
                return Optional.of(durability);
            }
        }
        return Optional.empty();
    }

    /** Returns the name in JSON and configuration. */
    public String wireName() {
        return wireName;
    }
}

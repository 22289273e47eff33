package dev.latido.job;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How urgent an execution is. Declared from the least to the most urgent. */
public enum Priority {
    LOW(0),
    NORMAL(1),
    HIGH(2),
    CRITICAL(3);

    /** All priorities, the most urgent first. */
    public static final List<Priority> MOST_URGENT_FIRST = List.of(CRITICAL, HIGH, NORMAL, LOW);

    private final int level;
    private final String wireName = name().toLowerCase(Locale.ROOT);

    Priority(int level) {
        this.level = level;
    }

    /** Returns its place among the priorities: 0 for the least urgent, and one more for each that is more urgent. */
    public int level() {
        return level;
    }

    /** Returns the name in JSON, configuration and metrics. */
    public String wireName() {
        return wireName;
    }

    /** Returns the priority with this name, in whatever case. */
    public static Optional<Priority> ofWireName(String name) {
        for (Priority priority : values()) {
            if (priority.wireName.equalsIgnoreCase(name)) {
                return Optional.of(priority);
            }
        }
        return Optional.empty();
    }
}

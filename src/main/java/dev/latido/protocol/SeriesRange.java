package dev.latido.protocol;

import java.util.Optional;

/** How far back a series goes, and how long each of its points is. */
public enum SeriesRange {
    HOUR("1h", 5, 720),
    DAY("24h", 60, 1_440);

    private final String wireName;
    private final int stepSeconds;
    private final int points;

    SeriesRange(String wireName, int stepSeconds, int points) {
        this.wireName = wireName;
        this.stepSeconds = stepSeconds;
        this.points = points;
    }

    /** Returns how long a point is, in seconds. Points begin at whole multiples of that, in UTC. */
    public int stepSeconds() {
        return stepSeconds;
    }

    /** Returns how many points there are at most. */
    public int points() {
        return points;
    }

    /** Returns its name in JSON and in queries. */
    public String wireName() {
        return wireName;
    }

    /** Returns the range of this name, compared exactly. */
    public static Optional<SeriesRange> ofWireName(String name) {
        for (SeriesRange range : values()) {
            if (range.wireName.equals(name)) {
                return Optional.of(range);
            }
        }
        return Optional.empty();
    }
}

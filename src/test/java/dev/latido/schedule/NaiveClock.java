package dev.latido.schedule;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.zone.ZoneRules;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the clocks on the walls of a zone show in each minute, as a tape that is played from one end to the other. It knows
 * nothing of transitions: a time comes again when the clocks have shown a later one before, and is left out when they jump
 * over it. (No zone changes its clocks within a minute any more.)
 */
final class NaiveClock {

    static final int FIRST_YEAR = 2007;
    static final int LAST_YEAR = 2075;

    private static final int DAY = 24 * 60;

    /** Longer than any clock was ever set back. */
    private static final int LOOK_BACK = 2 * DAY;

    /** In which minutes the clocks are changed, and how many minutes they are ahead of UTC from then on. */
    private final int[] changes;

    private final int[] offsets;

    /** The latest of {@link #changes} before the minute that was looked at last. */
    private int at;

    NaiveClock(ZoneId zone) {
        NavigableMap<Integer, Integer> found = new TreeMap<>();
        ZoneRules rules = zone.getRules();
        int offset = Integer.MIN_VALUE;
        for (int hour = minutes(FIRST_YEAR); hour < minutes(LAST_YEAR); hour += 60) {
            for (int minute = hour; offset(rules, hour + 59) != offset && minute < hour + 60; minute++) {
                if (offset(rules, minute) != offset) {
                    offset = offset(rules, minute);
                    found.put(minute, offset);
                }
            }
        }
        changes = found.keySet().stream().mapToInt(Integer::intValue).toArray();
        offsets = found.values().stream().mapToInt(Integer::intValue).toArray();
    }

    private static int minutes(int year) {
        return (int) LocalDate.of(year, 1, 1).toEpochDay() * DAY;
    }

    private static int offset(ZoneRules rules, int minute) {
        return rules.getOffset(Instant.ofEpochSecond(minute * 60L)).getTotalSeconds() / 60;
    }

    /** Returns what the clocks show, in minutes. */
    private int showing(int minute) {
        while (changes[at] > minute) {
            at--;
        }
        while (at + 1 < changes.length && changes[at + 1] <= minute) {
            at++;
        }
        return minute + offsets[at];
    }

    /** Returns when the clocks are changed in a year. */
    List<Instant> changes(int year) {
        return Arrays.stream(changes)
                .filter(minute -> minute >= minutes(year) && minute < minutes(year + 1))
                .mapToObj(minute -> Instant.ofEpochSecond(minute * 60L))
                .toList();
    }

    /** Returns the first time after {@code instant} at which {@code cron} is due; null when there is none on the tape. */
    @Nullable Instant next(NaiveCron cron, Instant instant) {
        int minute = (int) Math.floorDiv(instant.getEpochSecond(), 60);
        for (int day = minute / DAY; day < minutes(LAST_YEAR - 1) / DAY; day++) {
            // in other places it is the day before or after
            if (cron.isDay(day - 1) || cron.isDay(day) || cron.isDay(day + 1)) {
                Instant next = next(cron, instant, day * DAY);
                if (next != null) {
                    return next;
                }
            }
        }
        return null;
    }

    /** Plays the tape for a day. */
    private @Nullable Instant next(NaiveCron cron, Instant instant, int from) {
        int shown = Integer.MIN_VALUE;
        for (int minute = from - LOOK_BACK; minute < from; minute++) {
            shown = Math.max(shown, showing(minute));
        }
        for (int minute = from; minute < from + DAY; minute++) {
            int showing = showing(minute);
            boolean isLeftOutDue = false;
            for (int leftOut = shown + 1; leftOut < showing; leftOut++) {
                isLeftOutDue |= !cron.isAboutElapsedTime && isDue(cron, leftOut);
            }
            boolean isDue = (showing > shown || cron.isAboutElapsedTime) && isDue(cron, showing);
            for (int second = 0; second < 60 && (isDue || isLeftOutDue); second++) {
                Instant at = Instant.ofEpochSecond(minute * 60L + second);
                if (at.isAfter(instant) && ((second == 0 && isLeftOutDue) || (isDue && cron.isSecond(second)))) {
                    return at;
                }
            }
            shown = Math.max(shown, showing);
        }
        return null;
    }

    private static boolean isDue(NaiveCron cron, int minute) {
        return cron.isMinute(Math.floorMod(minute, DAY)) && cron.isDay(Math.floorDiv(minute, DAY));
    }
}

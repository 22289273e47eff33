package dev.latido.schedule;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import org.jspecify.annotations.Nullable;

/**
 * A cron expression that was read: a set for each field, as bits, and what follows from the way it is written. It knows
 * local time alone.
 *
 * @param seconds bits 0 to 59; not empty, like the two after it
 * @param minutes bits 0 to 59
 * @param hours bits 0 to 23
 * @param days which days
 * @param isAboutElapsedTime whether the hours begin with {@code *}, see {@link Cron}
 * @param warning what it does that its author may not expect; null for nothing
 */
record CronExpression(
        long seconds,
        long minutes,
        long hours,
        CronDays days,
        boolean isAboutElapsedTime,
        @Nullable String warning) {

    private static final int NONE = -1;

    /** Returns the first time after {@code from}, a whole second; null when there is none until the end of {@code lastYear}. */
    @Nullable LocalDateTime after(LocalDateTime from, int lastYear) {
        LocalDate date = from.toLocalDate();
        int second = days.include(date) ? secondOfDay(from.toLocalTime().toSecondOfDay() + 1) : NONE;
        if (second == NONE) {
            date = days.after(date, lastYear);
            second = secondOfDay(0);
        }
        return date == null ? null : LocalDateTime.of(date, LocalTime.ofSecondOfDay(second));
    }

    /** Returns the first second of a day from {@code from} on, which may be the end of the day; else {@link #NONE}. */
    private int secondOfDay(int from) {
        int hour = from / 3_600;
        int minute = from / 60 % 60;
        if (first(hours, hour) == hour) {
            int second = first(seconds, from % 60);
            if (first(minutes, minute) == minute && second != NONE) {
                return secondOfDay(hour, minute, second);
            }
            int later = first(minutes, minute + 1);
            if (later != NONE) {
                return secondOfDay(hour, later, first(seconds, 0));
            }
        }
        int later = first(hours, hour + 1);
        return later == NONE ? NONE : secondOfDay(later, first(minutes, 0), first(seconds, 0));
    }

    private static int secondOfDay(int hour, int minute, int second) {
        return (hour * 60 + minute) * 60 + second;
    }

    /** Returns the smallest member of a set from {@code from} on, which is less than 64; else {@link #NONE}. */
    private static int first(long set, int from) {
        long rest = set & -1L << from;
        return rest == 0 ? NONE : Long.numberOfTrailingZeros(rest);
    }
}

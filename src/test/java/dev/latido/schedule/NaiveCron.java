package dev.latido.schedule;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.temporal.TemporalAdjusters;
import java.util.List;
import java.util.Locale;

/**
 * A second reading of cron expressions, as plain and as slow as can be: each value and each day is held against the text of
 * its field. It shares nothing with the first one.
 */
final class NaiveCron {

    private static final List<String> MONTHS =
            List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");
    private static final List<String> WEEKDAYS = List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

    private static final byte UNKNOWN = 0;
    private static final byte DUE = 1;
    private static final byte NOT_DUE = 2;

    final boolean isAboutElapsedTime;
    private final boolean[] seconds = new boolean[60];
    private final boolean[] minutes = new boolean[60];
    private final boolean[] hours = new boolean[24];
    private final String dayOfMonth;
    private final String month;
    private final String dayOfWeek;
    private final byte[] days =
            new byte[(int) LocalDate.of(NaiveClock.LAST_YEAR, 1, 2).toEpochDay()];

    /** @throws IllegalArgumentException when that is no expression */
    NaiveCron(String expression) {
        String[] fields = expression.strip().toUpperCase(Locale.ROOT).split("\\s+", -1);
        if (fields.length != 5 && fields.length != 6) {
            throw new IllegalArgumentException("fields");
        }
        int at = fields.length - 5;
        for (int i = 0; i < 60; i++) {
            seconds[i] = at == 0 ? i == 0 : names(fields[0], i, 0, 59, 60, List.of());
            minutes[i] = names(fields[at], i, 0, 59, 60, List.of());
        }
        for (int i = 0; i < 24; i++) {
            hours[i] = names(fields[at + 1], i, 0, 23, 24, List.of());
        }
        isAboutElapsedTime = fields[at + 1].charAt(0) == '*';
        dayOfMonth = fields[at + 2];
        month = fields[at + 3];
        dayOfWeek = fields[at + 4];
        readDays(LocalDate.EPOCH); // reads the other three, and throws at what cannot be read
    }

    boolean isMinute(int minuteOfDay) {
        return hours[minuteOfDay / 60] && minutes[minuteOfDay % 60];
    }

    boolean isSecond(int secondOfMinute) {
        return seconds[secondOfMinute];
    }

    /** Tells whether there are such days: in 28 years without a century each month begins with each weekday, long or short. */
    boolean hasDays() {
        for (LocalDate date = LocalDate.of(2000, 1, 1); date.getYear() < 2028; date = date.plusDays(1)) {
            if (isDay((int) date.toEpochDay())) {
                return true;
            }
        }
        return false;
    }

    boolean isDay(int epochDay) {
        if (days[epochDay] == UNKNOWN) {
            days[epochDay] = readDays(LocalDate.ofEpochDay(epochDay)) ? DUE : NOT_DUE;
        }
        return days[epochDay] == DUE;
    }

    private boolean readDays(LocalDate date) {
        boolean isMonth = names(month, date.getMonthValue(), 1, 12, 12, MONTHS);
        boolean isOfMonth = dayOfMonth.equals("?");
        boolean isOfWeek = dayOfWeek.equals("?");
        for (String item : isOfMonth ? new String[0] : dayOfMonth.split(",", -1)) {
            isOfMonth |= isDayOfMonth(item, date);
        }
        for (String item : isOfWeek ? new String[0] : dayOfWeek.split(",", -1)) {
            isOfWeek |= isDayOfWeek(item, date);
        }
        boolean isEither = "*?".indexOf(dayOfMonth.charAt(0)) < 0 && "*?".indexOf(dayOfWeek.charAt(0)) < 0;
        return isMonth && (isEither ? isOfMonth || isOfWeek : isOfMonth && isOfWeek);
    }

    private static boolean isDayOfMonth(String item, LocalDate date) {
        LocalDate last = date.with(TemporalAdjusters.lastDayOfMonth());
        if (item.equals("L")) {
            return date.equals(last);
        } else if (item.equals("LW")) {
            return date.equals(nearestWorkday(last));
        } else if (item.startsWith("L-")) {
            int before = number(item.substring(2), 1, 30);
            return date.equals(last.minusDays(before));
        } else if (item.endsWith("W")) {
            int day = number(item.substring(0, item.length() - 1), 1, 31);
            return day <= last.getDayOfMonth() && date.equals(nearestWorkday(date.withDayOfMonth(day)));
        }
        return names(item, date.getDayOfMonth(), 1, 31, 31, List.of());
    }

    /** Of the days from Monday to Friday in the same month, the one that is the fewest days away. */
    private static LocalDate nearestWorkday(LocalDate day) {
        for (int away = 0; ; away++) {
            for (LocalDate date : List.of(day.minusDays(away), day.plusDays(away))) {
                boolean isWorkday = date.getDayOfWeek().compareTo(DayOfWeek.FRIDAY) <= 0;
                if (isWorkday && date.getMonth() == day.getMonth()) {
                    return date;
                }
            }
        }
    }

    private static boolean isDayOfWeek(String item, LocalDate date) {
        if (item.contains("#")) {
            String[] parts = item.split("#", -1);
            if (parts.length != 2) {
                throw new IllegalArgumentException(item);
            }
            int week = number(parts[1], 1, 5);
            LocalDate nth = date.with(TemporalAdjusters.dayOfWeekInMonth(week, weekday(parts[0])));
            return date.equals(nth);
        } else if (item.endsWith("L")) {
            return date.equals(date.with(TemporalAdjusters.lastInMonth(weekday(item.substring(0, item.length() - 1)))));
        }
        int weekday = date.getDayOfWeek().getValue();
        boolean isSunday = date.getDayOfWeek() == DayOfWeek.SUNDAY;
        return names(item, weekday, 0, 7, 7, WEEKDAYS) || (isSunday && names(item, 0, 0, 7, 7, WEEKDAYS));
    }

    private static DayOfWeek weekday(String text) {
        int value = value(text, 0, 7, WEEKDAYS);
        return value == 0 ? DayOfWeek.SUNDAY : DayOfWeek.of(value);
    }

    /** Tells whether a list names a value. */
    private static boolean names(String list, int value, int min, int max, int size, List<String> names) {
        boolean found = false;
        for (String item : list.split(",", -1)) {
            String[] steps = item.split("/", -1);
            if (steps.length > 2) {
                throw new IllegalArgumentException(item);
            }
            int step = steps.length == 1 ? 1 : number(steps[1], 1, size);
            String[] ends = steps[0].split("-", -1);
            if (ends.length > 2) {
                throw new IllegalArgumentException(item);
            }
            boolean isStar = steps[0].equals("*");
            int from = isStar ? min : value(ends[0], min, max, names);
            int to = isStar || (ends.length == 1 && steps.length == 2)
                    ? max
                    : value(ends[ends.length - 1], min, max, names);
            if (from <= to) {
                found |= value >= from && value <= to && (value - from) % step == 0;
            } else {
                int way = Math.floorMod(value - from, size);
                found |= way <= Math.floorMod(to - from, size) && way % step == 0;
            }
        }
        return found;
    }

    private static int value(String text, int min, int max, List<String> names) {
        return names.contains(text) ? min + names.indexOf(text) : number(text, min, max);
    }

    private static int number(String text, int min, int max) {
        if (!text.matches("[0-9]+") || text.length() > 9) {
            throw new IllegalArgumentException(text);
        }
        int number = Integer.parseInt(text);
        if (number < min || number > max) {
            throw new IllegalArgumentException(text);
        }
        return number;
    }
}

package dev.latido.schedule;

import dev.latido.schedule.CronDays.MonthDays;
import dev.latido.schedule.CronDays.Weekdays;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads a cron expression to its last character, or refuses it with the field, the value and what is allowed there. What
 * can be written is in docs/policies.md.
 */
final class CronParser {

    private static final int MAX_LENGTH = 1_000;

    private static final Map<String, String> NICKNAMES = Map.of(
            "@YEARLY", "0 0 1 1 *",
            "@ANNUALLY", "0 0 1 1 *",
            "@MONTHLY", "0 0 1 * *",
            "@WEEKLY", "0 0 * * 0",
            "@DAILY", "0 0 * * *",
            "@MIDNIGHT", "0 0 * * *",
            "@HOURLY", "0 * * * *");

    private static final String EVERY = "*";
    private static final String LEFT_OUT = "?";

    private final List<String> fields;
    private final boolean hasSeconds;
    private final String dayOfMonth;
    private final String dayOfWeek;

    private CronParser(List<String> fields) {
        this.fields = fields;
        this.hasSeconds = fields.size() == 6;
        this.dayOfMonth = fields.get(fields.size() - 3);
        this.dayOfWeek = fields.get(fields.size() - 1);
    }

    /**
     * Reads an expression of five or six fields, or a nickname, in capitals or not.
     *
     * @throws IllegalArgumentException with what is wrong with it
     */
    static CronExpression parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "it has " + text.length() + " characters; " + MAX_LENGTH + " are allowed");
        }
        if (!text.chars().allMatch(c -> c < 128)) { // there are others whose capitals are letters from A to Z
            throw new IllegalArgumentException("it has characters that are not ASCII");
        }
        String capitals = text.strip().toUpperCase(Locale.ROOT);
        String named = NICKNAMES.getOrDefault(capitals, capitals);
        if (named.startsWith("@")) {
            String known = NICKNAMES.keySet().stream().sorted().collect(Collectors.joining(", "));
            throw new IllegalArgumentException("a nickname is one of " + known.toLowerCase(Locale.ROOT));
        }
        List<String> fields = List.of(named.split("\\s+"));
        if (fields.size() != 5 && fields.size() != 6) {
            String year = fields.size() == 7 ? "; leave out the last if it is the year, as in Quartz" : "";
            throw new IllegalArgumentException(
                    "a cron expression has 5 fields, or 6 with seconds, and this one has " + fields.size() + year);
        }
        return new CronParser(fields).read();
    }

    private CronExpression read() {
        int first = hasSeconds ? 1 : 0;
        String hour = fields.get(first + 1);
        long seconds = hasSeconds ? set(CronField.SECOND, fields.get(0)) : 1;
        long minutes = set(CronField.MINUTE, fields.get(first));
        long hours = set(CronField.HOUR, hour);
        MonthDays monthDays = monthDays();
        int months = (int) set(CronField.MONTH, fields.get(first + 3));
        Weekdays weekdays = weekdays();
        CronDays days = new CronDays(months, monthDays, weekdays, isEitherDayEnough());
        return new CronExpression(seconds, minutes, hours, days, hour.startsWith(EVERY), warning(weekdays));
    }

    private static long set(CronField field, String list) {
        if (list.contains(LEFT_OUT)) {
            throw field.fault("? can only leave out the day of month or the day of week");
        }
        long set = 0;
        for (String item : list.split(",", -1)) {
            set |= field.item(item);
        }
        return set;
    }

    private MonthDays monthDays() {
        if (dayOfMonth.equals(LEFT_OUT)) {
            return MonthDays.ALL;
        }
        CronField field = CronField.DAY_OF_MONTH;
        int numbers = 0;
        int beforeLast = 0;
        int nearest = 0;
        boolean hasLastWorkday = false;
        for (String item : dayOfMonth.split(",", -1)) {
            if (item.equals("L")) {
                beforeLast |= 1;
            } else if (item.equals("LW")) {
                hasLastWorkday = true;
            } else if (item.matches("L-\\d+")) {
                beforeLast |= 1 << field.number(item.substring(2) + " in " + item, item.substring(2), 1, 30);
            } else if (item.matches("\\d+W")) {
                nearest |= 1 << field.value(item.substring(0, item.length() - 1), item);
            } else {
                numbers |= (int) field.item(item);
            }
        }
        return new MonthDays(numbers, beforeLast, nearest, hasLastWorkday);
    }

    private Weekdays weekdays() {
        if (dayOfWeek.equals(LEFT_OUT)) {
            return Weekdays.ALL;
        }
        CronField field = CronField.DAY_OF_WEEK;
        int each = 0;
        long nth = 0;
        int last = 0;
        for (String item : dayOfWeek.split(",", -1)) {
            int sign = item.indexOf('#');
            if (item.equals("L")) {
                throw field.fault(
                        "L alone, which is Saturday in Quartz, is not known here; write SAT, or SATL for the last one of"
                                + " the month");
            } else if (sign >= 0) {
                String n = item.substring(sign + 1);
                int weeks = field.number(n + " in " + item, n, 1, 5) - 1;
                nth |= 1L << (7 * weeks + field.value(item.substring(0, sign), item) % 7);
            } else if (item.endsWith("L")) {
                last |= 1 << field.value(item.substring(0, item.length() - 1), item) % 7;
            } else {
                each |= (int) field.item(item);
            }
        }
        return new Weekdays(each, nth, last);
    }

    /** By Vixie's cron: a day that either field names is due, unless one of them begins with a star; then it is both. */
    private boolean isEitherDayEnough() {
        return !dayOfMonth.startsWith(EVERY)
                && !dayOfWeek.startsWith(EVERY)
                && !dayOfMonth.equals(LEFT_OUT)
                && !dayOfWeek.equals(LEFT_OUT);
    }

    private static boolean isRestricted(String field) {
        return !field.equals(EVERY) && !field.equals(LEFT_OUT);
    }

    /** Tells those who come from an earlier version, or from Quartz, what they may not expect; null when there is nothing. */
    private @Nullable String warning(Weekdays weekdays) {
        List<String> warnings = new ArrayList<>();
        if (hasSeconds && isEitherDayEnough()) {
            warnings.add(
                    "it is due on days that the day of month (" + dayOfMonth + ") or the day of week (" + dayOfWeek
                            + ") names, as without seconds; earlier versions took only those that both name. ? leaves out a field");
        } else if (!hasSeconds && isRestricted(dayOfMonth) && isRestricted(dayOfWeek) && !isEitherDayEnough()) {
            warnings.add("it is due only on days that the day of month (" + dayOfMonth + ") and the day of week ("
                    + dayOfWeek
                    + ") both name, as one of them begins with *; earlier versions took those that either names");
        }
        boolean isLikeQuartz = hasSeconds && (dayOfMonth.equals(LEFT_OUT) || dayOfWeek.matches(".*\\d[L#].*"));
        boolean hasNumbers = dayOfWeek.matches("(.*[,-])?\\d.*");
        if (isLikeQuartz && hasNumbers && !weekdays.equals(Weekdays.ALL)) {
            warnings.add(
                    "its day of week (" + dayOfWeek + ") counts from 1 for Monday, with 0 and 7 for Sunday; in Quartz"
                            + " it would count from 1 for Sunday. Names such as MON-FRI mean the same in both");
        }
        return warnings.isEmpty() ? null : String.join(". Also, ", warnings);
    }
}

package dev.latido.schedule;

import java.time.LocalDate;
import java.time.Month;
import java.time.Year;
import org.jspecify.annotations.Nullable;

/**
 * The days of a cron expression. What is asked of it is always one month, whose days are the bits 1 to 31 of an
 * {@code int}.
 *
 * @param months bits 1 to 12
 * @param monthDays what the field for the day of the month says
 * @param weekdays what the field for the day of the week says
 * @param isEither whether a day that one of the two names is due; else both have to
 */
record CronDays(int months, MonthDays monthDays, Weekdays weekdays, boolean isEither) {

    private static final int SATURDAY = 6;
    private static final int SUNDAY = 0;
    private static final int DAYS_OF_WEEK = 7;

    /** The days 0, 7, 14, 21 and 28. */
    private static final long EACH_WEEK = 0x10204081L;

    /**
     * Days by their place in the month.
     *
     * @param numbers bits 1 to 31: these days
     * @param beforeLast bits 0 to 30: so many days before the last
     * @param nearest bits 1 to 31: the weekday from Monday to Friday of the same month that is nearest to this day; none in
     *     a month that does not have the day
     * @param hasLastWorkday whether the last day from Monday to Friday is one
     */
    record MonthDays(int numbers, int beforeLast, int nearest, boolean hasLastWorkday) {

        static final MonthDays ALL = new MonthDays(-1 << 1, 0, 0, false);

        private int in(int length, int firstWeekday) {
            int days = numbers;
            for (int rest = beforeLast; rest != 0; rest &= rest - 1) {
                int day = length - Integer.numberOfTrailingZeros(rest);
                days |= day > 0 ? 1 << day : 0;
            }
            for (int rest = nearest & upTo(length); rest != 0; rest &= rest - 1) {
                days |= 1 << workday(Integer.numberOfTrailingZeros(rest), length, firstWeekday);
            }
            return hasLastWorkday ? days | 1 << workday(length, length, firstWeekday) : days;
        }

        private static int workday(int day, int length, int firstWeekday) {
            return switch ((firstWeekday + day - 1) % DAYS_OF_WEEK) {
                case SATURDAY -> day == 1 ? 3 : day - 1;
                case SUNDAY -> day == length ? day - 2 : day + 1;
                default -> day;
            };
        }
    }

    /**
     * Days by their weekday, 0 for Sunday to 6 for Saturday.
     *
     * @param each bits 0 to 6: each such day
     * @param nth bits 7 × (n - 1) + weekday, n from 1 to 5: the nth of the month; none in a month that does not have it
     * @param last bits 0 to 6: the last of the month
     */
    record Weekdays(int each, long nth, int last) {

        static final Weekdays ALL = new Weekdays((1 << DAYS_OF_WEEK) - 1, 0, 0);

        private int in(int length, int firstWeekday) {
            int days = 0;
            for (int rest = each; rest != 0; rest &= rest - 1) {
                days |= (int) (EACH_WEEK << first(Integer.numberOfTrailingZeros(rest), firstWeekday));
            }
            for (long rest = nth; rest != 0; rest &= rest - 1) {
                int bit = Long.numberOfTrailingZeros(rest);
                int weeks = bit / DAYS_OF_WEEK;
                days |= (int) (1L << (first(bit % DAYS_OF_WEEK, firstWeekday) + DAYS_OF_WEEK * weeks));
            }
            for (int rest = last; rest != 0; rest &= rest - 1) {
                int first = first(Integer.numberOfTrailingZeros(rest), firstWeekday);
                days |= 1 << (first + (length - first) / DAYS_OF_WEEK * DAYS_OF_WEEK);
            }
            return days;
        }

        /** Returns the first day of the month that is such a weekday. */
        private static int first(int weekday, int firstWeekday) {
            return 1 + (weekday - firstWeekday + DAYS_OF_WEEK) % DAYS_OF_WEEK;
        }
    }

    /** Returns the days that are due in a month of a year. */
    private int in(int year, int month) {
        if ((months & 1 << month) == 0) {
            return 0;
        }
        int length = Month.of(month).length(Year.isLeap(year));
        int firstWeekday = LocalDate.of(year, month, 1).getDayOfWeek().getValue() % DAYS_OF_WEEK;
        int byNumber = monthDays.in(length, firstWeekday);
        int byWeekday = weekdays.in(length, firstWeekday);
        return (isEither ? byNumber | byWeekday : byNumber & byWeekday) & upTo(length);
    }

    boolean include(LocalDate date) {
        return (in(date.getYear(), date.getMonthValue()) & 1 << date.getDayOfMonth()) != 0;
    }

    /** Returns the first due day after {@code date}; null when there is none until the end of {@code lastYear}. */
    @Nullable LocalDate after(LocalDate date, int lastYear) {
        int year = date.getYear();
        int month = date.getMonthValue();
        int due = in(year, month) & ~upTo(date.getDayOfMonth());
        while (due == 0) {
            month++;
            if (month > 12) {
                month = 1;
                year++;
            }
            if (year > lastYear) {
                return null;
            }
            due = in(year, month);
        }
        return LocalDate.of(year, month, Integer.numberOfTrailingZeros(due));
    }

    /** The bits 1 to {@code day}. */
    private static int upTo(int day) {
        return (int) ((2L << day) - 2);
    }
}

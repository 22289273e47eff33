package dev.latido.schedule;

/**
 * A field of a cron expression: its values, and the sets that are written alike in every field. Those are lists of
 * {@code *}, {@code n} and {@code a-b}, each perhaps with a step {@code /s}. A range goes round, as in
 * {@code 22-3}, and {@code n/s} goes on to the largest value.
 */
enum CronField {
    SECOND("second", 0, 59, 60, "", "0 to 59"),
    MINUTE("minute", 0, 59, 60, "", "0 to 59"),
    HOUR("hour", 0, 23, 24, "", "0 to 23"),
    DAY_OF_MONTH("day of month", 1, 31, 31, "", "1 to 31, L, L-1 to L-30, LW, 1W to 31W"),
    MONTH("month", 1, 12, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", "1 to 12, JAN to DEC"),
    DAY_OF_WEEK(
            "day of week",
            0,
            7,
            7,
            "SUN MON TUE WED THU FRI SAT",
            "0 to 7 (both are Sunday), SUN to SAT, and these with L, or #1 to #5, behind them");

    private final String label;
    private final int min;
    private final int max;
    private final int size;
    private final String names;
    private final String allowed;

    /**
     * @param size how many different values there are
     * @param names of the values from {@code min} on, three letters each
     * @param allowed what one member of a list may be, apart from ranges
     */
    CronField(String label, int min, int max, int size, String names, String allowed) {
        this.label = label;
        this.min = min;
        this.max = max;
        this.size = size;
        this.names = names;
        this.allowed = allowed;
    }

    /** Reads one member of a list as bits, which stand for the values; Sunday is 0 then. */
    long item(String item) {
        String[] parts = item.split("/", -1);
        if (parts.length > 2) {
            throw unknown(item);
        }
        boolean hasStep = parts.length == 2;
        String range = parts[0];
        int dash = range.indexOf('-');
        int from;
        int to;
        if (range.isEmpty() && hasStep) {
            throw fault("there is nothing before the step in " + item + "; write *" + item);
        } else if (range.equals("*")) {
            from = min;
            to = max;
        } else if (dash < 0) {
            from = value(range, item);
            to = hasStep ? max : from;
        } else {
            from = value(range.substring(0, dash), item);
            to = value(range.substring(dash + 1), item);
            to += to < from ? size : 0;
        }
        int step = hasStep ? number("step " + parts[1], parts[1], 1, size) : 1;
        long set = 0;
        for (int value = from; value <= to; value += step) {
            set |= 1L << (min + (value - min) % size);
        }
        return set;
    }

    /**
     * Reads one value.
     *
     * @param item what it is a part of
     */
    int value(String text, String item) {
        int named = text.length() == 3 ? names.indexOf(text) : -1;
        if (named >= 0) {
            return min + named / 4;
        }
        if (!text.matches("\\d+")) {
            throw unknown(item);
        }
        return number(text, text, min, max);
    }

    /**
     * Reads a number.
     *
     * @param shown what to call it when it is wrong
     */
    int number(String shown, String text, int least, int most) {
        int number = text.matches("0*\\d{1,3}") ? Integer.parseInt(text) : -1;
        if (number < least || number > most) {
            throw fault(shown + " is not from " + least + " to " + most);
        }
        return number;
    }

    IllegalArgumentException unknown(String item) {
        return fault("'" + item + "' is not understood; values are " + allowed);
    }

    IllegalArgumentException fault(String problem) {
        return new IllegalArgumentException(label + ": " + problem);
    }
}

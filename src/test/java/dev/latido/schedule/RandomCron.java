package dev.latido.schedule;

import java.util.List;
import java.util.Random;

/** Makes up cron expressions of all that can be written. */
final class RandomCron {

    private static final List<String> MONTHS =
            List.of("JAN", "feb", "MAR", "APR", "May", "JUN", "JUL", "AUG", "sep", "OCT", "NOV", "DEC");
    private static final List<String> WEEKDAYS = List.of("SUN", "mon", "TUE", "WED", "Thu", "FRI", "SAT");
    private static final String CHARACTERS = "0123456789*,-/?#LWlwSUNMOFEB@+ ";

    private final Random random;

    RandomCron(Random random) {
        this.random = random;
    }

    /** Returns five or six fields that can be read; whether they are ever due is another matter. */
    String next() {
        String seconds = random.nextBoolean() ? list(0, 59, 60, List.of()) + " " : "";
        String minutes = list(0, 59, 60, List.of());
        String hours = random.nextBoolean() ? "*" : list(0, 23, 24, List.of());
        return seconds + minutes + " " + hours + " " + (random.nextInt(8) == 0 ? rareDays() : daysOfMonthsAndWeeks());
    }

    private String daysOfMonthsAndWeeks() {
        String days = random.nextInt(3) == 0 ? (random.nextBoolean() ? "*" : "?") : days();
        String months = random.nextInt(3) == 0 ? list(1, 12, 12, MONTHS) : "*";
        String weekdays = random.nextInt(3) == 0 ? (random.nextBoolean() ? "*" : "?") : weekdays();
        return days + " " + months + " " + weekdays;
    }

    /** Returns the last three fields so that they name few days of a few years, or none. */
    private String rareDays() {
        String days = switch (random.nextInt(4)) {
            case 0 -> "L-" + (26 + random.nextInt(5));
            case 1 -> (29 + random.nextInt(3)) + "W";
            case 2 -> "*/" + (27 + random.nextInt(5));
            default -> Integer.toString(29 + random.nextInt(3));
        };
        String weekdays = switch (random.nextInt(4)) {
            case 0 -> "?";
            case 1 -> "*/" + (1 + random.nextInt(7));
            case 2 -> value(0, 7, WEEKDAYS) + "#5";
            default -> value(0, 7, WEEKDAYS);
        };
        return days + " " + value(1, 12, MONTHS) + " " + weekdays;
    }

    /** Returns an expression with a slip of the pen in it. */
    String slip() {
        StringBuilder text = new StringBuilder(next());
        int at = random.nextInt(text.length());
        char character = CHARACTERS.charAt(random.nextInt(CHARACTERS.length()));
        switch (random.nextInt(3)) {
            case 0 -> text.setCharAt(at, character);
            case 1 -> text.insert(at, character);
            default -> text.deleteCharAt(at);
        }
        return text.toString();
    }

    private String days() {
        StringBuilder list = new StringBuilder();
        do {
            list.append(list.isEmpty() ? "" : ",")
                    .append(
                            switch (random.nextInt(8)) {
                                case 0 -> "L";
                                case 1 -> "L-" + (1 + random.nextInt(30));
                                case 2 -> "LW";
                                case 3 -> (1 + random.nextInt(31)) + "W";
                                default -> item(1, 31, 31, List.of());
                            });
        } while (random.nextInt(3) == 0);
        return list.toString();
    }

    private String weekdays() {
        StringBuilder list = new StringBuilder();
        do {
            list.append(list.isEmpty() ? "" : ",")
                    .append(
                            switch (random.nextInt(6)) {
                                case 0 -> value(0, 7, WEEKDAYS) + "L";
                                case 1 -> value(0, 7, WEEKDAYS) + "#" + (1 + random.nextInt(5));
                                default -> item(0, 7, 7, WEEKDAYS);
                            });
        } while (random.nextInt(3) == 0);
        return list.toString();
    }

    private String list(int min, int max, int size, List<String> names) {
        StringBuilder list = new StringBuilder(item(min, max, size, names));
        while (random.nextInt(3) == 0) {
            list.append(",").append(item(min, max, size, names));
        }
        return list.toString();
    }

    private String item(int min, int max, int size, List<String> names) {
        String range = switch (random.nextInt(5)) {
            case 0 -> "*";
            case 1, 2 -> value(min, max, names) + "-" + value(min, max, names);
            default -> value(min, max, names);
        };
        boolean hasSmallStep = random.nextBoolean();
        return random.nextInt(3) == 0
                ? range + "/" + (1 + random.nextInt(hasSmallStep ? Math.min(5, size) : size))
                : range;
    }

    private String value(int min, int max, List<String> names) {
        int value = min + random.nextInt(max - min + 1);
        return random.nextInt(3) == 0 && value - min < names.size() ? names.get(value - min) : Integer.toString(value);
    }
}

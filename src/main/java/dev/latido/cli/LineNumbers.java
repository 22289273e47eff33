package dev.latido.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines, as people name them: {@code line 7}, {@code lines 27,001 to 28,000}. */
final class LineNumbers {

    /** How many runs of lines are named; of the others it is said how many there are. */
    private static final int MAX_RUNS = 5;

    private LineNumbers() {}

    /** Names the lines of {@code numbers}, which are in order and not empty. */
    static String inWords(List<Long> numbers) {
        List<String> runs = new ArrayList<>();
        int from = 0;
        for (int i = 1; i <= numbers.size(); i++) {
            if (i == numbers.size() || numbers.get(i) != numbers.get(i - 1) + 1) {
                runs.add(run(numbers.get(from), numbers.get(i - 1)));
                from = i;
            }
        }
        int more = runs.size() - MAX_RUNS;
        return (numbers.size() == 1 ? "line " : "lines ")
                + String.join(", ", runs.subList(0, Math.min(runs.size(), MAX_RUNS)))
                + (more > 0 ? " and others up to " + number(numbers.get(numbers.size() - 1)) : "");
    }

    private static String run(long first, long last) {
        return first == last ? number(first) : number(first) + " to " + number(last);
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}

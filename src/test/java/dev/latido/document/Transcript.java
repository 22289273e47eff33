package dev.latido.document;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares what a page says that commands print with what they print now. {@code …} stands for anything. Times, ids of executions
 * and of event streams differ from run to run: one that is written several times has to be the same wherever it is written. Of sizes,
 * durations and numbers of commits only the form counts.
 */
public final class Transcript {

    private static final String ANYTHING = "(?<anything> ?…)";
    private static final String NUMBER =
            "(?<=\"(?:bytes|sequence|durationMillis|waitedMillis)\":|\\b(?:durationMillis|waitedMillis)=)(?<number>\\d+)";

    /** What is another value at each run, by its form. The longer form stands before the shorter one that it contains. */
    private static final List<String> FORMS = List.of(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{3})?Z", // RFC 3339
            "\\d{8}T\\d{6}\\.\\d{3}Z", // in names of files
            "\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z", // where the day is of no interest
            "\\b1[0-9a-z]{12}\\b", // an execution
            "(?<=^id: )[0-9a-z]{8}(?=-)"); // the process, in ids of events

    private static final Pattern VARYING =
            Pattern.compile(ANYTHING + "|" + NUMBER + "|(?<value>" + String.join("|", FORMS) + ")", Pattern.MULTILINE);

    private final Map<String, String> given = new LinkedHashMap<>();
    private final Map<String, String> seen = new HashMap<>();

    /** Has {@code written} stand for {@code actual} wherever it stands by itself, in commands and in output. */
    public void put(String written, String actual) {
        given.put(written, actual);
    }

    /** Returns a command as it has to be run now. */
    public String command(String written) {
        return VARYING.matcher(replaceGiven(written))
                .replaceAll(found -> Matcher.quoteReplacement(seen.getOrDefault(found.group(), found.group())));
    }

    /** Returns the ids and times in {@code written} that nothing is known for yet. */
    public List<String> unknown(String written) {
        return VARYING.matcher(replaceGiven(written))
                .results()
                .map(MatchResult::group)
                .filter(value -> !seen.containsKey(value) && !value.endsWith("…") && !value.matches("\\d+"))
                .toList();
    }

    /** Tells whether all of {@code printed} is what is written; if so, its ids and times are known from now on. */
    public boolean matches(String written, String printed) {
        return compare(written, printed, true);
    }

    /** Tells whether {@code printed} begins as it is written; if so, its ids and times are known from now on. */
    public boolean begins(String written, String printed) {
        return compare(written, printed, false);
    }

    private boolean compare(String written, String printed, boolean isAll) {
        Map<String, Integer> groups = new LinkedHashMap<>();
        StringBuilder pattern = new StringBuilder();
        String text = replaceGiven(written);
        Matcher varying = VARYING.matcher(text);
        int end = 0;
        while (varying.find()) {
            pattern.append(Pattern.quote(text.substring(end, varying.start())));
            end = varying.end();
            String value = varying.group();
            if (varying.group("anything") != null) {
                pattern.append(".*");
            } else if (varying.group("number") != null) {
                pattern.append("\\d+");
            } else if (seen.containsKey(value)) {
                pattern.append(Pattern.quote(seen.get(value)));
            } else if (groups.containsKey(value)) {
                pattern.append("\\").append(groups.get(value)).append("(?:)"); // no digit after the reference
            } else {
                groups.put(value, groups.size() + 1);
                pattern.append("(").append(form(value)).append(")");
            }
        }
        pattern.append(Pattern.quote(text.substring(end)));
        Matcher matcher = Pattern.compile(pattern.toString(), Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(printed);
        boolean isAsWritten = isAll ? matcher.matches() : matcher.lookingAt();
        if (isAsWritten) {
            groups.forEach((value, group) -> seen.put(value, matcher.group(group)));
        }
        return isAsWritten;
    }

    /** Returns the form that {@code value} has. What is around it in the text is compared anyway. */
    private static String form(String value) {
        return FORMS.stream()
                .map(form -> form.replaceAll("\\(\\?(<=|=)[^)]*\\)", ""))
                .filter(value::matches)
                .findFirst()
                .orElseThrow();
    }

    private String replaceGiven(String written) {
        String text = written;
        for (Map.Entry<String, String> each : given.entrySet()) {
            text = text.replaceAll(
                    "(?<![0-9A-Za-z])" + Pattern.quote(each.getKey()) + "(?![0-9A-Za-z])",
                    Matcher.quoteReplacement(each.getValue()));
        }
        return text;
    }
}

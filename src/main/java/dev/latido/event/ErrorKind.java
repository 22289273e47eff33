package dev.latido.event;

import dev.latido.job.Excerpt;
import java.util.regex.Pattern;

/** Which errors are the same to people: those with the same beginning, whatever the numbers in it are. */
public final class ErrorKind {

    /** How much of an error makes its kind, in characters: what follows tells cases apart. */
    public static final int MAX_CHARS = 80;

    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private ErrorKind() {}

    /** Returns the kind of {@code error}, in which {@code #} stands for a number. */
    public static String of(String error) {
        return NUMBER.matcher(Excerpt.beginningOf(error, MAX_CHARS)).replaceAll("#");
    }
}

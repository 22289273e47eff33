package dev.latido.stream;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far a reader got: an id in the stream, {@code <run>-<sequence>}.
 *
 * @param run names the run of the service; sequences of another run mean nothing in this one
 * @param sequence everything up to this event was told
 */
public record EventCursor(String run, long sequence) {

    private static final Pattern TEXT = Pattern.compile("([0-9a-z]{1,32})-(\\d{1,18})");

    /** Reads an id; nothing when it cannot be one of ours. */
    public static Optional<EventCursor> parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        return matcher.matches()
                ? Optional.of(new EventCursor(matcher.group(1), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return run + "-" + sequence;
    }
}

package dev.latido.cli;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A message of the stream as one line. */
final class EventLine {

    private static final int CLOCK_FROM = "2026-01-31T".length();
    private static final Set<String> IN_COLUMNS = Set.of("seq", "type", "job", "at", "execution");

    private EventLine() {}

    /** Returns the line for programs. */
    static String json(Message message) {
        // neither the id nor the type holds anything that JSON would have to escape, or it is none of this service
        return "{\"event\":\"" + plain(message.event()) + "\",\"id\":"
                + (message.id() == null ? "null" : "\"" + plain(message.id()) + "\"")
                + ",\"data\":" + message.data() + "}";
    }

    private static String plain(String text) {
        return text.replaceAll("[^0-9A-Za-z._-]", "?");
    }

    /** Returns the line for people; nothing where there is nothing to tell. */
    static Optional<String> inWords(Message message) {
        Fields data = Answer.fields(message.data());
        return switch (message.event()) {
            case "snapshot" ->
                data.number("part") == data.number("of")
                        ? Optional.of("-- following from event " + data.text("sequence")
                                + " on; what was before, 'latido top' shows")
                        : Optional.empty();
            case "gap" ->
                Optional.of("-- gap: what came after event " + data.text("requested") + " is not known any more ("
                        + data.text("reason") + ")");
            case "end" -> isLeftBehind(message) ? Optional.empty() : Optional.of("-- the service stops");
            default -> Optional.of(event(data));
        };
    }

    /** Tells whether the service ends the stream because the reader does not keep up. */
    static boolean isLeftBehind(Message message) {
        return message.event().equals("end")
                && Answer.fields(message.data()).textOr("reason", "").equals("behind");
    }

    private static String event(Fields event) {
        String at = event.textOr("at", "");
        StringBuilder line = new StringBuilder(at.length() > CLOCK_FROM ? at.substring(CLOCK_FROM) : at);
        line.append("  ")
                .append(pad(event.textOr("type", ""), 22))
                .append("  ")
                .append(event.textOr("job", "all jobs"));
        String execution = event.text("execution");
        if (execution != null) {
            line.append("  ").append(execution);
        }
        for (Map.Entry<String, @Nullable Object> field : event.values().entrySet()) {
            Object value = field.getValue();
            if (value != null && !IN_COLUMNS.contains(field.getKey())) {
                line.append("  ").append(field.getKey()).append('=').append(quoted(value.toString()));
            }
        }
        return line.toString();
    }

    private static String quoted(String value) {
        return value.isEmpty() || value.indexOf(' ') >= 0 ? "\"" + value + "\"" : value;
    }

    private static String pad(String text, int columns) {
        return text + " ".repeat(Math.max(0, columns - text.length()));
    }
}

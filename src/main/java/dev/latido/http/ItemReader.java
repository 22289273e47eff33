package dev.latido.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.latido.job.Priority;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import dev.latido.setting.DurationText;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads items of a batch. The payload is cut out of the text, so that it is kept as it came.
 *
 * @param priority the priority of items that name none
 * @param delay the delay of items that name none
 * @param expires how long after they were accepted items that name nothing else are not started any more; null for what
 *     the job says
 */
record ItemReader(
        Priority priority, Duration delay, @Nullable Duration expires) {

    /**
     * Reads the item at which {@code parser} stands, and leaves it at the item's end.
     *
     * @param text what {@code parser} reads; well-formed
     * @throws CommandException when the item is not acceptable
     */
    Submission read(JsonParser parser, String text) throws IOException {
        CommandException bad = null;
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            throw refused(400, "malformed-item", "An item must be an object.");
        }
        Fields fields = new Fields();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            try {
                take(fields, name, parser, text);
            } catch (CommandException first) {
                bad = bad == null ? first : bad;
                parser.skipChildren();
            }
        }
        if (bad != null) {
            throw bad;
        }
        return new Submission(
                fields.payload,
                fields.priority == null ? priority : fields.priority,
                fields.delay == null ? delay : fields.delay,
                fields.expires == null ? expires : fields.expires,
                fields.key);
    }

    private static final class Fields {
        @Nullable String payload;

        @Nullable Priority priority;

        @Nullable Duration delay;

        @Nullable Duration expires;

        @Nullable String key;
    }

    private static void take(Fields fields, String name, JsonParser parser, String text) throws IOException {
        switch (name) {
            case "payload" -> fields.payload = parser.currentToken() == JsonToken.VALUE_NULL ? null : cut(parser, text);
            case "priority" -> fields.priority = priority(string(parser, name));
            case "delay" -> fields.delay = duration(string(parser, name), name);
            case "expires" -> fields.expires = positive(duration(string(parser, name), name), name);
            case "key" -> fields.key = key(string(parser, name));
            default ->
                throw invalid("Unknown field '" + Quoted.of(name) + "'; known are delay, expires, key, payload and"
                        + " priority.");
        }
    }

    private static String cut(JsonParser parser, String text) throws IOException {
        int start = Math.toIntExact(parser.currentTokenLocation().getCharOffset());
        parser.skipChildren();
        parser.finishToken();
        return text.substring(start, Math.toIntExact(parser.currentLocation().getCharOffset()));
    }

    private static @Nullable String string(JsonParser parser, String field) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return null;
        }
        if (token != JsonToken.VALUE_STRING) {
            throw invalid("Field '" + field + "' must be a string.");
        }
        return parser.getText();
    }

    private static @Nullable Priority priority(@Nullable String name) {
        return name == null
                ? null
                : Priority.ofWireName(name)
                        .orElseThrow(() -> invalid("Field 'priority' must be one of low, normal, high, critical."));
    }

    private static @Nullable Duration positive(@Nullable Duration duration, String field) {
        if (duration != null && duration.isZero()) {
            throw invalid("Field '" + field + "' must be longer than none.");
        }
        return duration;
    }

    private static @Nullable Duration duration(@Nullable String text, String field) {
        return text == null
                ? null
                : DurationText.parse(text)
                        .filter(duration -> duration.compareTo(Submission.MAX_DELAY) <= 0)
                        .orElseThrow(() ->
                                invalid("Field '" + field + "' must be a time such as 500ms, 5s or 10m, up to 366d."));
    }

    private static @Nullable String key(@Nullable String key) {
        if (key != null && (key.isEmpty() || key.length() > Submission.MAX_KEY_LENGTH || !Quoted.isVisible(key))) {
            throw invalid("Field 'key' must have 1 to " + Submission.MAX_KEY_LENGTH + " visible characters.");
        }
        return key;
    }

    private static CommandException invalid(String detail) {
        return refused(422, "invalid-item", detail);
    }

    private static CommandException refused(int status, String type, String detail) {
        return new CommandException(new Refusal(status, type, detail, null));
    }
}

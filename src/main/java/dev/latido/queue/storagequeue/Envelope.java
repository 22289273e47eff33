package dev.latido.queue.storagequeue;

import dev.latido.json.JsonString;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a message is written that has more than a payload: a CloudEvent in structured mode, whose attributes are texts and whose
 * {@code data} stands last. It begins with a mark of this service, and is known by that alone: there is nothing beside the
 * text that could say what it is, and a payload that merely looks like an event is a payload.
 *
 * @param version of which version it is
 * @param texts its attributes but the mark's
 * @param data the payload as it stands there, which may be no JSON; null for none
 * @param fault what is wrong with it, for people; null for nothing
 */
record Envelope(
        int version,
        Map<String, String> texts,
        @Nullable String data,
        @Nullable String fault) {

    static final int VERSION = 1;

    private static final Pattern MARK =
            Pattern.compile("\\{\\s*\"latido\"\\s*:\\s*\"(\\d{1,9})\"\\s*,\\s*\"specversion\"\\s*:\\s*\"1\\.0\"");

    private static final String DATA = "data";

    /** Reads a text; null when it is none. */
    static @Nullable Envelope of(String text) {
        Matcher mark = MARK.matcher(text);
        return mark.lookingAt() ? new Scanner(text, mark.end()).read(Integer.parseInt(mark.group(1))) : null;
    }

    /** Writes one. */
    static String text(Map<String, String> texts, @Nullable String data) {
        StringBuilder json = new StringBuilder("{\"latido\":\"" + VERSION + "\",\"specversion\":\"1.0\"");
        texts.forEach(
                (name, value) -> json.append(",\"").append(name).append("\":").append(JsonString.of(value)));
        if (data != null) {
            json.append(",\"datacontenttype\":\"application/json\",\"data\":").append(data);
        }
        return json.append('}').toString();
    }

    /** Goes through the attributes up to the data, which is anything, and not looked at here. */
    private static final class Scanner {
        private final String text;
        private int at;

        Scanner(String text, int at) {
            this.text = text;
            this.at = at;
        }

        Envelope read(int version) {
            Map<String, String> texts = new LinkedHashMap<>();
            while (skip(',')) {
                String name = string();
                if (name == null || !skip(':')) {
                    return new Envelope(version, texts, null, "its attributes are no JSON");
                }
                if (name.equals(DATA)) {
                    int end = text.lastIndexOf('}');
                    return end < at || !text.substring(end + 1).isBlank()
                            ? new Envelope(version, texts, null, "it does not end after its data")
                            : new Envelope(
                                    version, texts, text.substring(at, end).strip(), null);
                }
                String value = string();
                if (value == null) {
                    return new Envelope(version, texts, null, "its attribute " + name + " is no text");
                }
                if (texts.putIfAbsent(name, value) != null) {
                    return new Envelope(version, texts, null, "its attribute " + name + " is given twice");
                }
            }
            boolean isWhole = skip('}') && at == text.length();
            return new Envelope(version, texts, null, isWhole ? null : "it does not end after its attributes");
        }

        /** Goes beyond this sign and what is white around it, if it comes next. */
        private boolean skip(char sign) {
            white();
            if (at == text.length() || text.charAt(at) != sign) {
                return false;
            }
            at++;
            white();
            return true;
        }

        private void white() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        /** Reads a string; null when there is none. */
        private @Nullable String string() {
            if (at == text.length() || text.charAt(at) != '"') {
                return null;
            }
            int begin = at++;
            while (at < text.length() && text.charAt(at) != '"') {
                if (text.charAt(at) < ' ') {
                    return null;
                }
                at += text.charAt(at) == '\\' ? 2 : 1;
            }
            if (at >= text.length()) {
                at = text.length();
                return null;
            }
            at++;
            try {
                return JsonString.contentOf(text.substring(begin, at));
            } catch (UncheckedIOException e) {
                return null;
            }
        }
    }
}

package dev.latido.cli;

/**
 * Text from elsewhere as a terminal may be given it: nothing in it can move the cursor, change colours or turn round the
 * direction of writing.
 */
final class Visible {

    private Visible() {}

    /** Returns {@code text} as one line, with a replacement character for each that does something. */
    static String line(String text) {
        StringBuilder line = null;
        for (int i = 0; i < text.length(); i++) {
            if (acts(text, i)) {
                line = line == null ? new StringBuilder(text) : line;
                line.setCharAt(i, '\ufffd');
            }
        }
        return line == null ? text : line.toString();
    }

    /** Returns the same JSON value, with an escape for each such character; they can be in its strings only. */
    static String json(String json) {
        StringBuilder escaped = null;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            // below a blank only what JSON allows between its tokens can be here, and that does no harm
            if (c >= ' ' && acts(json, i)) {
                escaped = escaped == null ? new StringBuilder(json.substring(0, i)) : escaped;
                escaped.append(String.format("\\u%04x", (int) c));
            } else if (escaped != null) {
                escaped.append(c);
            }
        }
        return escaped == null ? json : escaped.toString();
    }

    private static boolean acts(String text, int at) {
        char c = text.charAt(at);
        if (Character.isHighSurrogate(c)) {
            return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
        }
        if (Character.isLowSurrogate(c)) {
            return at == 0 || !Character.isHighSurrogate(text.charAt(at - 1));
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }
}

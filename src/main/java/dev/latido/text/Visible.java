package dev.latido.text;

/**
 * Text from elsewhere as people may be shown it, in a log or on a terminal: nothing in it ends a line, moves the cursor,
 * changes colours, turns round the direction of writing, or cannot be seen at all.
 *
 * <p>That are control characters, the separators of lines and paragraphs, halves of characters, all format characters of
 * Unicode, and what it reserves for more of them: the tags among those write whole sentences that nobody sees. A joiner in an
 * emoji is one too, and such an emoji falls into its parts. Variation selectors of the first plane stay: they are in common
 * emojis and say nothing alone.
 */
public final class Visible {

    private static final int FIRST_RESERVED = 0xe0000;
    private static final int LAST_RESERVED = 0xe0fff;

    private Visible() {}

    /** Returns {@code text} as one line of the same length, with a replacement character for each that acts. */
    public static String line(String text) {
        StringBuilder line = null;
        for (int i = 0, next; i < text.length(); i = next) {
            int c = text.codePointAt(i);
            next = i + Character.charCount(c);
            if (acts(c)) {
                line = line == null ? new StringBuilder(text) : line;
                for (int at = i; at < next; at++) {
                    line.setCharAt(at, '\ufffd');
                }
            }
        }
        return line == null ? text : line.toString();
    }

    /** Returns {@code text} as one line, with an escape as JSON has it for each that acts. */
    public static String escaped(String text) {
        return escaped(text, 0);
    }

    /** Returns the same JSON value, with an escape for each such character; they can be in its strings only. */
    public static String json(String json) {
        // below a blank only what JSON allows between its tokens can be here, and that does no harm
        return escaped(json, ' ');
    }

    private static String escaped(String text, int from) {
        StringBuilder escaped = null;
        int done = 0;
        for (int i = 0, next; i < text.length(); i = next) {
            int c = text.codePointAt(i);
            next = i + Character.charCount(c);
            if (c >= from && acts(c)) {
                escaped = escaped == null ? new StringBuilder(text.length() + 16) : escaped;
                escaped.append(text, done, i);
                for (int at = i; at < next; at++) {
                    escape(escaped, text.charAt(at));
                }
                done = next;
            }
        }
        return escaped == null
                ? text
                : escaped.append(text, done, text.length()).toString();
    }

    private static void escape(StringBuilder escaped, char c) {
        switch (c) {
            case '\n' -> escaped.append("\\n");
            case '\r' -> escaped.append("\\r");
            case '\t' -> escaped.append("\\t");
            default -> escaped.append(String.format("\\u%04x", (int) c));
        }
    }

    private static boolean acts(int c) {
        if (c >= FIRST_RESERVED && c <= LAST_RESERVED) {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }
}

package dev.latido.http;

/** A client's own words as they are shown back to it: short, without control characters, and of whole characters. */
final class Quoted {

    private static final int MAX_CHARS = 64;

    private Quoted() {}

    static String of(String text) {
        return of(text, MAX_CHARS);
    }

    static String of(String text, int maxChars) {
        StringBuilder quoted = new StringBuilder();
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (quoted.length() + Character.charCount(c) > maxChars) {
                return quoted.append('…').toString();
            }
            quoted.appendCodePoint(isVisible(c) ? c : '\ufffd');
        }
        return quoted.toString();
    }

    /** Tells whether {@code text} holds nothing but visible characters and blanks. */
    static boolean isVisible(String text) {
        return text.codePoints().allMatch(Quoted::isVisible);
    }

    private static boolean isVisible(int c) {
        int type = Character.getType(c);
        return type != Character.CONTROL
                && type != Character.SURROGATE
                && type != Character.LINE_SEPARATOR
                && type != Character.PARAGRAPH_SEPARATOR;
    }
}

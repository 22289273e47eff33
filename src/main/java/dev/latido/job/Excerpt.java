package dev.latido.job;

import java.util.regex.Pattern;

/** The beginning of a text that is too long to be kept or shown. No character is cut in two. */
public final class Excerpt {

    /** Stands for what was cut off. */
    private static final String MARK = "…";

    private static final Pattern HALF = Pattern.compile("\\p{Cs}");

    private Excerpt() {}

    /**
     * Returns {@code text}, or, if it is longer, its beginning and an ellipsis.
     *
     * @param maxChars how many characters, as Java counts them, remain of a longer text at most, without the ellipsis
     */
    public static String of(String text, int maxChars) {
        return text.length() <= maxChars ? text : beginningOf(text, maxChars) + MARK;
    }

    /** Returns {@code text}, or its first {@code maxChars} characters; one less where the last is half of a pair. */
    public static String beginningOf(String text, int maxChars) {
        if (text.length() <= maxChars) {
            return text;
        }
        boolean splits = maxChars > 0
                && Character.isHighSurrogate(text.charAt(maxChars - 1))
                && Character.isLowSurrogate(text.charAt(maxChars));
        return text.substring(0, splits ? maxChars - 1 : maxChars);
    }

    /**
     * Does the same as {@link #of}, for what people read: half a character that was there before is a replacement
     * character, because neither a file nor a client could take it.
     */
    public static String shown(String text, int maxChars) {
        return HALF.matcher(of(text, maxChars)).replaceAll("\ufffd");
    }
}

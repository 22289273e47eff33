package dev.latido.core;

import dev.latido.job.Excerpt;
import dev.latido.json.JsonString;
import dev.latido.json.JsonSyntax;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a worker's result, which is decided once, when it arrives: JSON text as it is, any other text as a JSON
 * string. From then on nobody asks again what it is.
 *
 * @param json JSON text; null for none
 * @param isCut whether this is a string of no more than the beginning of a result that was too long
 */
record KeptResult(@Nullable String json, boolean isCut) {

    /** How many characters of JSON one character is at most: {@code \}{@code u0000}. */
    private static final int LONGEST_ESCAPE = 6;

    /**
     * Takes a result.
     *
     * @param text what a worker gave; null for nothing
     * @param maxChars how many characters it may have; of a JSON string counts what it says, and not its escapes
     */
    static KeptResult of(@Nullable String text, int maxChars) {
        if (text == null) {
            return new KeptResult(null, false);
        }
        // What not even a string of nothing but escapes could be need not be read to its end.
        boolean isJson = text.length() <= (maxChars + 2L) * LONGEST_ESCAPE + 2 && JsonSyntax.isJson(text);
        if (text.length() <= maxChars) {
            return new KeptResult(isJson ? JsonString.escaped(text) : JsonString.of(text), false);
        }
        boolean isString = isJson && JsonString.is(text);
        String content = isString ? JsonString.contentOf(text) : text;
        return content.length() <= maxChars
                ? new KeptResult(JsonString.escaped(text), false)
                : new KeptResult(JsonString.of(Excerpt.of(content, maxChars)), true);
    }
}

package dev.latido.json;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Text as a JSON string, and back. */
public final class JsonString {

    private JsonString() {}

    /** Returns {@code text} as a JSON string, with an escape for each lone surrogate: UTF-8 cannot have one. */
    public static String of(String text) {
        StringBuilder json = new StringBuilder(text.length() + 16).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> json.append('\\').append(c);
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> {
                    if (c < ' ' || isLone(text, i)) {
                        escape(json, c);
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        return json.append('"').toString();
    }

    /** Returns the JSON text {@code json} with an escape for each lone surrogate in it, which means the same. */
    public static String escaped(String json) {
        StringBuilder escaped = null;
        int done = 0;
        for (int i = 0; i < json.length(); i++) {
            if (isLone(json, i)) {
                escaped = escaped == null ? new StringBuilder(json.length() + 16) : escaped;
                escape(escaped.append(json, done, i), json.charAt(i));
                done = i + 1;
            }
        }
        return escaped == null
                ? json
                : escaped.append(json, done, json.length()).toString();
    }

    private static boolean isLone(String text, int at) {
        char c = text.charAt(at);
        if (!Character.isSurrogate(c)) {
            return false;
        }
        return Character.isHighSurrogate(c)
                ? at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1))
                : at == 0 || !Character.isHighSurrogate(text.charAt(at - 1));
    }

    private static void escape(StringBuilder json, char c) {
        json.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
            json.append(Character.forDigit((c >> shift) & 0xf, 16));
        }
    }

    /** Tells whether the JSON text {@code json} is a string. */
    public static boolean is(String json) {
        return json.stripLeading().startsWith("\"");
    }

    /** Returns what the JSON string {@code json} says. */
    public static String contentOf(String json) {
        try (JsonParser parser = Unbounded.FACTORY.createParser(json)) {
            parser.nextToken();
            return parser.getText();
        } catch (IOException e) {
            throw new UncheckedIOException("no JSON string", e);
        }
    }
}

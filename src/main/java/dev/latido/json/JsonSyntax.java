package dev.latido.json;

import java.util.BitSet;

/**
 * The grammar of JSON (RFC 8259), to the letter. It has no bounds of its own: neither how deep a text is nested nor how
 * many digits its numbers have, nor a name that is given twice, decides whether it is JSON. A lone surrogate in a string is
 * part of the grammar, and so is the escape of one.
 */
public final class JsonSyntax {

    private final String text;
    private int at;

    /** What encloses the value at {@link #at}, the outermost first: true for an object, false for an array. */
    private final BitSet isObject = new BitSet();

    private int depth;

    private JsonSyntax(String text) {
        this.text = text;
    }

    /** Tells whether {@code text} is exactly one JSON value, with blanks around it or not. */
    public static boolean isJson(String text) {
        return new JsonSyntax(text).matches();
    }

    private boolean matches() {
        do {
            blanks();
            if (!value()) {
                return false;
            }
        } while (depth > 0);
        blanks();
        return at == text.length();
    }

    /** Takes a value with all that closes behind it, or the beginning of one up to where the next value is to stand. */
    private boolean value() {
        return switch (peek()) {
            case '{' -> opens(true);
            case '[' -> opens(false);
            case '"' -> string() && closes();
            case 't' -> word("true") && closes();
            case 'f' -> word("false") && closes();
            case 'n' -> word("null") && closes();
            default -> number() && closes();
        };
    }

    private boolean opens(boolean object) {
        at++;
        isObject.set(depth++, object);
        blanks();
        if (taken(object ? '}' : ']')) {
            depth--;
            return closes();
        }
        return !object || name();
    }

    /** Takes what stands behind a value: ends of what encloses it, and a comma where another value follows. */
    private boolean closes() {
        while (depth > 0) {
            blanks();
            boolean object = isObject.get(depth - 1);
            if (taken(',')) {
                blanks();
                return !object || name();
            } else if (!taken(object ? '}' : ']')) {
                return false;
            }
            depth--;
        }
        return true;
    }

    private boolean name() {
        if (!string()) {
            return false;
        }
        blanks();
        return taken(':');
    }

    private boolean string() {
        if (!taken('"')) {
            return false;
        }
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return true;
            } else if (c < ' ' || (c == '\\' && !escape())) {
                return false;
            }
        }
        return false;
    }

    private boolean escape() {
        char c = peek();
        at++;
        if (c != 'u') {
            return "\"\\/bfnrt".indexOf(c) >= 0;
        }
        for (int i = 0; i < 4; i++, at++) {
            char digit = peek();
            boolean isHex =
                    (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F');
            if (!isHex) {
                return false;
            }
        }
        return true;
    }

    private boolean number() {
        taken('-');
        if (!taken('0') && !digits()) {
            return false;
        }
        if (taken('.') && !digits()) {
            return false;
        }
        if (taken('e') || taken('E')) {
            if (!taken('-')) {
                taken('+');
            }
            return digits();
        }
        return true;
    }

    private boolean digits() {
        int from = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        return at > from;
    }

    private boolean word(String word) {
        boolean isIt = text.startsWith(word, at);
        at += word.length();
        return isIt;
    }

    private void blanks() {
        while (at < text.length() && (text.charAt(at) <= ' ') && "\t\n\r ".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean taken(char c) {
        boolean isIt = peek() == c;
        if (isIt) {
            at++;
        }
        return isIt;
    }

    /** Returns the next character; a NUL, which is legal nowhere, at the end. */
    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }
}

package dev.latido.http;

import org.jspecify.annotations.Nullable;

/**
 * Takes an array apart, item by item, whatever the items are: one that is not JSON, or that goes beyond what is read, does not keep
 * the others from being read. Only brackets, quotes and commas are looked at.
 */
final class ArrayItems {

    private final String text;

    /** The brackets that are open within an item, the outermost first. */
    private final StringBuilder open = new StringBuilder();

    private int at;
    private boolean isWhole;
    private boolean isOver;

    ArrayItems(String text) {
        this.text = text;
        isOver = !skipTo('[');
        if (!isOver && isBlankUntil(']')) {
            end();
        }
    }

    /** Returns the next item's text; null when there is none, or what comes is none. */
    @Nullable String next() {
        if (isOver) {
            return null;
        }
        int start = at;
        int end = itemEnd();
        if (end < 0 || text.substring(start, end).isBlank()) {
            isOver = true;
            return null;
        }
        at = end + 1;
        if (text.charAt(end) == ']') {
            end();
        }
        return text.substring(start, end);
    }

    /** Tells, once there is no next item, whether that was an array from beginning to end. */
    boolean isWhole() {
        return isWhole;
    }

    private void end() {
        isOver = true;
        isWhole = text.substring(at).isBlank();
    }

    private boolean skipTo(char first) {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at < text.length() && text.charAt(at++) == first;
    }

    private boolean isBlankUntil(char last) {
        int before = at;
        if (skipTo(last)) {
            return true;
        }
        at = before;
        return false;
    }

    /** Returns where the comma or the bracket is that ends this item; negative when none does. */
    private int itemEnd() {
        open.setLength(0);
        for (int i = at; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '"' -> {
                    i = stringEnd(i);
                    if (i < 0) {
                        return -1;
                    }
                }
                case '[' -> open.append(']');
                case '{' -> open.append('}');
                case ',' -> {
                    if (open.isEmpty()) {
                        return i;
                    }
                }
                case ']', '}' -> {
                    int last = open.length() - 1;
                    if (last < 0) {
                        return text.charAt(i) == ']' ? i : -1;
                    } else if (open.charAt(last) != text.charAt(i)) {
                        return -1;
                    }
                    open.setLength(last);
                }
                default -> {}
            }
        }
        return -1;
    }

    /** Returns where the string ends that begins at {@code start}; negative when it does not. */
    private int stringEnd(int start) {
        for (int i = start + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                return i;
            } else if (c == '\\') {
                i++;
            }
        }
        return -1;
    }
}

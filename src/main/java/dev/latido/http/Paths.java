package dev.latido.http;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The paths that there are. Finds the one form in which the router knows a path, however a request writes it: without dot
 * segments, escapes of what needs none, and slashes that are doubled or at the end (RFC 3986, 6.2.2); and without regard to
 * case where no name is meant, because ASP.NET matches paths so, and its clients may rely on that. Takes one pass, so that
 * a request is routed once.
 */
final class Paths {

    private final Node root = new Node("");

    /** What may stand behind a part of a path. */
    private static final class Node {
        /** As it is spelled. */
        final String segment;

        /** The segments that may follow, in lower case. */
        final Map<String, Node> next = new HashMap<>();

        /** For a segment that is a name; null where none may stand. */
        @Nullable Node name;

        boolean isEnd;

        Node(String segment) {
            this.segment = segment;
        }

        /** Returns what comes behind the segment of {@code path} from {@code from} to {@code end}; null when that is unknown. */
        @Nullable Node follow(String path, int from, int end) {
            for (Node other : next.values()) {
                String known = other.segment;
                if (known.length() == end - from && path.regionMatches(true, from, known, 0, known.length())) {
                    return path.startsWith(known, from) ? other : null;
                }
            }
            return name;
        }
    }

    /** Adds a path as a route has it: {@code /api/jobs/:job/start}. */
    void add(String path) {
        Node node = root;
        for (String segment : path.substring(1).split("/", -1)) {
            if (segment.startsWith(":")) {
                node.name = node.name == null ? new Node("") : node.name;
                node = node.name;
            } else if (!segment.isEmpty()) {
                node = node.next.computeIfAbsent(segment.toLowerCase(Locale.ROOT), any -> new Node(segment));
            }
        }
        node.isEnd = true;
    }

    /** Returns the form in which the router knows {@code path}, which begins with a slash; null when there is nothing at it. */
    @Nullable String find(String path) {
        boolean isPlain = isPlain(path);
        if (isPlain && isKnown(path)) {
            return path;
        }
        String plain = isPlain ? path : new Plain(path.length()).of(path);
        StringBuilder found = new StringBuilder(plain.length());
        Node node = root;
        for (int from = 1; from < plain.length(); ) {
            int slash = plain.indexOf('/', from);
            int end = slash < 0 ? plain.length() : slash;
            String segment = plain.substring(from, end);
            Node next = node.next.get(segment.toLowerCase(Locale.ROOT));
            if (next == null) {
                next = node.name;
                found.append('/').append(segment);
            } else {
                found.append('/').append(next.segment);
            }
            if (next == null) {
                return null;
            }
            node = next;
            from = end + 1;
        }
        return !node.isEnd ? null : found.isEmpty() ? "/" : found.toString();
    }

    /** Tells whether {@code path}, which is plain, is a path as it is spelled. Most are, so this makes no objects. */
    private boolean isKnown(String path) {
        Node node = root;
        for (int from = 1; node != null && from < path.length(); ) {
            int slash = path.indexOf('/', from);
            int end = slash < 0 ? path.length() : slash;
            node = node.follow(path, from, end);
            from = end + 1;
        }
        return node != null && node.isEnd;
    }

    /** Tells so for most paths that have no dot segments and no slash too many; an escape is looked at more closely. */
    private static boolean isPlain(String path) {
        char before = 'a';
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '%' || (before == '/' && (c == '/' || c == '.'))) {
                return false;
            }
            before = c;
        }
        return before != '/' || path.length() == 1;
    }

    /** Writes a path anew without what does not matter. */
    private static final class Plain {

        private final StringBuilder out;

        /** Where the segment that is being read begins, with its slash. */
        private int segment;

        Plain(int length) {
            out = new StringBuilder(length);
        }

        String of(String path) {
            for (int i = 0; i < path.length(); i++) {
                char c = path.charAt(i);
                if (c == '/') {
                    endSegment();
                    segment = out.length();
                    out.append('/');
                } else if (c == '%' && isUnreserved(octet(path, i))) {
                    out.append((char) octet(path, i));
                    i += 2;
                } else {
                    out.append(c);
                }
            }
            endSegment();
            return out.isEmpty() ? "/" : out.toString();
        }

        /** Returns what the escape at {@code i} stands for; −1 when it is none. */
        private static int octet(String path, int i) {
            if (i + 2 >= path.length()) {
                return -1;
            }
            int high = Character.digit(path.charAt(i + 1), 16);
            int low = Character.digit(path.charAt(i + 2), 16);
            return high < 0 || low < 0 ? -1 : high * 16 + low;
        }

        private static boolean isUnreserved(int c) { // RFC 3986, 2.3
            return (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '-'
                    || c == '.'
                    || c == '_'
                    || c == '~';
        }

        private void endSegment() {
            int length = out.length() - segment;
            if (length == 1 || isDots(length, 1)) {
                out.setLength(segment);
            } else if (isDots(length, 2)) {
                out.setLength(segment);
                out.setLength(Math.max(0, out.lastIndexOf("/")));
            }
        }

        /** Tells whether the segment is a slash and {@code dots} dots. */
        private boolean isDots(int length, int dots) {
            return length == dots + 1 && out.charAt(out.length() - 1) == '.' && out.charAt(segment + 1) == '.';
        }
    }
}

package dev.latido.http;

import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Queue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds in what was sent on a connection which requests wait for their answers, however many, and however odd. */
final class SentRequests {

    private static final Pattern HEAD_END = Pattern.compile("\r?\n\r?\n");
    private static final Pattern FIRST_LINE = Pattern.compile("([A-Z]+) (\\S+) HTTP/1\\.[01]");
    private static final Pattern LENGTH = Pattern.compile("\ncontent-length:\\s*(\\d{1,9})\\s*(\n|$)");
    private static final Pattern CHUNKED = Pattern.compile("\ntransfer-encoding:\\s*chunked");
    private static final String LAST_CHUNK = "0\r\n\r\n";

    private final Queue<Request> waiting = new ArrayDeque<>();
    private final StringBuilder rest = new StringBuilder();
    private int bodyLeft;
    private boolean isInChunks;

    /** A request; {@code method} and {@code target} are empty where it is none that can be understood. */
    record Request(String method, String target) {}

    /** Takes what is sent next. */
    synchronized void add(String text) {
        rest.append(text);
        while (skipBody()) {
            Matcher end = HEAD_END.matcher(rest);
            if (!end.find()) {
                return;
            }
            String head = rest.substring(0, end.start()).replace("\r", "");
            rest.delete(0, end.end());
            Matcher line = FIRST_LINE.matcher(head.lines().findFirst().orElse(""));
            waiting.add(line.matches() ? new Request(line.group(1), line.group(2)) : new Request("", ""));
            String fields = head.toLowerCase(Locale.ROOT);
            Matcher length = LENGTH.matcher(fields);
            isInChunks = CHUNKED.matcher(fields).find();
            bodyLeft = length.find() && !isInChunks ? Integer.parseInt(length.group(1)) : 0;
        }
    }

    /** Tells whether the body of the latest request is over. */
    private boolean skipBody() {
        if (isInChunks) {
            int end = rest.indexOf(LAST_CHUNK);
            rest.delete(0, end < 0 ? Math.max(0, rest.length() - LAST_CHUNK.length()) : end + LAST_CHUNK.length());
            isInChunks = end < 0;
            return !isInChunks && rest.length() > 0;
        }
        int skipped = Math.min(bodyLeft, rest.length());
        rest.delete(0, skipped);
        bodyLeft -= skipped;
        return bodyLeft == 0 && rest.length() > 0;
    }

    /** Returns the request whose answer comes next. */
    synchronized Request answered() {
        Request next = waiting.poll();
        return next == null ? new Request("", "") : next;
    }
}

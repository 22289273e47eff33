package dev.latido.stream;

import dev.latido.http.Contract;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;

/**
 * Reads server-sent events as they come, in pieces of any size (HTML Living Standard, 9.2.6). What they hold has to be as
 * the {@link Contract} says.
 */
public final class SseText {

    private final StringBuilder rest = new StringBuilder();
    private final Queue<Message> messages = new ArrayDeque<>();

    /**
     * A message, or a comment, or the time to wait before coming back.
     *
     * @param fields by name; a comment's name is empty
     */
    public record Message(Map<String, String> fields) {

        /** Returns the kind of message; empty for what is none. */
        public String event() {
            return fields.getOrDefault("event", "");
        }

        /** Returns the id. */
        public Optional<String> id() {
            return Optional.ofNullable(fields.get("id"));
        }

        /** Returns the sequence number in the id. */
        public long sequence() {
            String id = id().orElseThrow(() -> new AssertionError("no id: " + fields));
            return Long.parseLong(id.substring(id.indexOf('-') + 1));
        }

        /** Returns the data. */
        public JsonObject data() {
            return new JsonObject(fields.getOrDefault("data", "{}"));
        }

        /** Tells whether this is a comment with that text. */
        public boolean isComment(String text) {
            return text.equals(fields.get(""));
        }
    }

    /** Takes more text. */
    public void add(String text) {
        rest.append(text);
        for (int end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
            Map<String, String> fields = new HashMap<>();
            for (String line : rest.substring(0, end).split("\n", -1)) {
                int colon = line.indexOf(':');
                fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
            messages.add(new Message(fields));
            rest.delete(0, end + 2);
        }
    }

    /** Returns the next message that is complete. */
    public Optional<Message> poll() {
        Message next = messages.poll();
        if (next != null && !next.event().isEmpty()) {
            Contract.checkMessage(next.event(), next.data());
        }
        return Optional.ofNullable(next);
    }
}

package dev.latido.core;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The executions of one job that came from its broker, by the keys of their messages, for as long as they are known. What is
 * delivered again is found here, and is not run again.
 */
final class Inbox {

    private record Message(String key, int payloadHash) {
        static Message of(Origin origin) {
            return new Message(origin.key, origin.payloadHash);
        }
    }

    private final Map<Message, Execution> byMessage = new HashMap<>();

    /** The latest of each key, whatever its payload. */
    private final Map<String, Execution> byKey = new HashMap<>();

    @Nullable Execution find(String key, int payloadHash) {
        return byMessage.get(new Message(key, payloadHash));
    }

    /** Returns the latest with this key, of those that were never replayed. */
    @Nullable Execution find(String key) {
        return byKey.get(key);
    }

    void add(Execution execution, Origin origin) {
        byMessage.put(Message.of(origin), execution);
        byKey.put(origin.key, execution);
    }

    /** Nothing is known of {@code execution} any more. */
    void forget(Execution execution, Origin origin) {
        byMessage.remove(Message.of(origin), execution);
        byKey.remove(origin.key, execution);
    }

    Iterable<Execution> all() {
        return byMessage.values();
    }
}

package dev.latido.queue.redis;

import dev.latido.job.Priority;
import dev.latido.queue.Message;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.Tick;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a message is handed in.
 *
 * @param binding where
 * @param keys the names there
 */
record Publishing(QueueBinding binding, Keys keys) {

    /** How many bytes all but the payload of a message may have. */
    static final int MAX_OTHER_BYTES = 65_536;

    /** How many fields an entry may have. */
    static final int MAX_FIELDS = 512;

    /** The property of a tick that says when it was due. */
    private static final String DUE = "due";

    /** Checks what only a mistake of the caller's can be. */
    void check(Message message) {
        if (!binding.lanes().contains(message.lane())) {
            throw new IllegalArgumentException("the queue has no lane " + message.lane());
        }
        for (String name : message.properties().keySet()) {
            if (!Entry.isProperty(name)) {
                throw new IllegalArgumentException("a property cannot be called " + name);
            }
        }
    }

    /** Returns why a message is too large; null when it is not. */
    @Nullable String tooLarge(Message message) {
        String payload = message.payload();
        long bytes = payload == null ? 0 : bytes(payload);
        if (bytes > binding.maxPayloadBytes()) {
            return "the payload has " + bytes + " bytes, more than " + binding.maxPayloadBytes();
        }
        long others = Entry.KEY.length() + bytes(message.key());
        for (Map.Entry<String, String> each : message.properties().entrySet()) {
            others += bytes(each.getKey()) + bytes(each.getValue());
        }
        // what is added when it is moved on has room beside it
        int most = MAX_OTHER_BYTES - 2 * Settling.MAX_ERROR_BYTES;
        return others > most || message.properties().size() > MAX_FIELDS - 10
                ? "the properties have " + others + " bytes, more than " + most + ", or are more than "
                        + (MAX_FIELDS - 10)
                : null;
    }

    private static long bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    List<String> keys(Message message) {
        return keys(message.key(), message.lane(), keys.forgotten());
    }

    private List<String> keys(String key, Priority lane, String other) {
        List<String> all = new ArrayList<>(List.of(
                keys.delayed(),
                keys.known(key),
                keys.outcome(key),
                keys.lanes().get(binding.lanes().indexOf(lane)),
                other));
        all.addAll(keys.lanes());
        return all;
    }

    List<String> keys(Tick tick) {
        return keys(tick.key(), Priority.NORMAL, keys.ticks());
    }

    /**
     * Returns the script's arguments.
     *
     * @param skipped how many entries there are no work
     */
    List<Object> arguments(Tick tick, long skipped) {
        Map<String, String> properties =
                Map.of(DUE, Instant.ofEpochMilli(tick.dueMillis()).toString());
        List<Object> arguments = new ArrayList<>(List.of(
                binding.capacity(),
                skipped,
                Priority.NORMAL.wireName(),
                Settling.millis(tick.delay()),
                tick.dedup().toMillis(),
                tick.dueMillis(),
                tick.mayBeOpen(),
                Settling.QUEUED,
                Math.max(1, binding.dedup().toMillis()),
                keys.outcome(""),
                tick.key()));
        arguments.addAll(Entry.fields(new Message(tick.key(), true, null, Priority.NORMAL, tick.delay(), properties)));
        return arguments;
    }

    /**
     * Returns the script's arguments.
     *
     * @param skipped how many entries there are no work
     */
    List<Object> arguments(Message message, long skipped) {
        List<Object> arguments = new ArrayList<>(List.of(
                binding.capacity(),
                skipped,
                message.lane().wireName(),
                Settling.millis(message.delay()),
                message.isRepeatable() ? Math.max(1, binding.dedup().toMillis()) : 0,
                message.isRepeatable() ? work(message) : "",
                Settling.QUEUED,
                binding.isOfResults() ? 0 : Math.max(1, binding.dedup().toMillis()),
                binding.isOfResults() ? Math.max(1, binding.outcomes().toMillis()) : 0));
        arguments.addAll(Entry.fields(message));
        return arguments;
    }

    /** Tells works apart that have the same key. */
    private static String work(Message message) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((message.lane().wireName() + '\n').getBytes(StandardCharsets.UTF_8));
            digest.update(String.valueOf(message.payload()).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}

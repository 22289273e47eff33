package dev.latido.queue.redis;

import dev.latido.job.Priority;
import dev.latido.queue.Message;
import dev.latido.queue.MessageFields;
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
 * How a message is submitted.
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
            if (!MessageFields.isProperty(name)) {
                throw new IllegalArgumentException("a property cannot be called " + name);
            }
        }
    }

    /**
     * How large a message is.
     *
     * @param payload its payload's bytes
     * @param others those of all else
     */
    record Size(long payload, long others) {}

    static Size size(Message message) {
        String payload = message.payload();
        long others = MessageFields.KEY.length() + bytes(message.key());
        for (Map.Entry<String, String> each : message.properties().entrySet()) {
            others += bytes(each.getKey()) + bytes(each.getValue());
        }
        return new Size(payload == null ? 0 : bytes(payload), others);
    }

    /** Returns why a message is too large; null when it is not. */
    @Nullable String tooLarge(Message message, Size size) {
        if (size.payload > binding.maxPayloadBytes()) {
            return "the payload has " + size.payload + " bytes, more than " + binding.maxPayloadBytes();
        }
        // what is added when it is moved on has room beside it
        int most = MAX_OTHER_BYTES - 2 * Settling.MAX_ERROR_BYTES;
        return size.others > most || message.properties().size() > MAX_FIELDS - 10
                ? "the properties have " + size.others + " bytes, more than " + most + ", or are more than "
                        + (MAX_FIELDS - 10)
                : null;
    }

    private static long bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    List<String> keys(List<Message> messages) {
        List<String> all = new ArrayList<>(List.of(keys.delayed(), keys.forgotten()));
        all.addAll(keys.lanes());
        for (Message message : messages) {
            all.add(keys.known(message.key()));
            all.add(keys.outcome(message.key()));
        }
        return all;
    }

    List<String> keys(Tick tick) {
        List<String> all = new ArrayList<>(List.of(
                keys.delayed(),
                keys.known(tick.key()),
                keys.outcome(tick.key()),
                keys.lanes().get(binding.lanes().indexOf(Priority.NORMAL)),
                keys.ticks()));
        all.addAll(keys.lanes());
        return all;
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
    List<Object> arguments(List<Message> messages, long skipped) {
        long dedup = Math.max(1, binding.dedup().toMillis());
        List<Object> arguments = new ArrayList<>(List.of(
                keys.lanes().size(),
                binding.capacity(),
                skipped,
                Settling.QUEUED,
                binding.isOfResults() ? 0 : dedup,
                binding.isOfResults() ? Math.max(1, binding.outcomes().toMillis()) : 0));
        for (Message message : messages) {
            List<Object> fields = Entry.fields(message);
            arguments.add(binding.lanes().indexOf(message.lane()) + 1);
            arguments.add(message.lane().wireName());
            arguments.add(Settling.millis(message.delay()));
            arguments.add(message.isRepeatable() ? dedup : 0);
            arguments.add(message.isRepeatable() ? work(message) : "");
            arguments.add(fields.size());
            arguments.addAll(fields);
        }
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

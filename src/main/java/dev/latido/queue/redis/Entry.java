package dev.latido.queue.redis;

import dev.latido.job.Priority;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.Delivery;
import dev.latido.queue.JobQueue;
import dev.latido.queue.Message;
import dev.latido.queue.MessageFields;
import dev.latido.queue.Payload;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a stream as a message. Any program may have added it, so everything is looked at.
 *
 * <p>{@code payload} is JSON, or empty for none; {@code key} or {@code message-id} names it, and else its id does. All other
 * fields are properties. Without {@code payload} the fields themselves are the payload, an object of strings, and none of them
 * names the message. What begins with {@code latido-} is of this service.
 *
 * <p>A CloudEvent in binary mode is known by {@code ce-id} or {@code ce_id}, which names it; its payload may stand in
 * {@code data} too, or be missing. One in structured mode is known by its {@code content-type} and stands in {@code payload}.
 *
 * @param key names the message
 * @param payload JSON text; null for none
 * @param payloadBytes how long that is in UTF-8
 * @param attempts how often it was tried before it was moved on
 * @param properties all other fields
 * @param refusal why it cannot be work; null when it can
 */
record Entry(
        String key,
        @Nullable String payload,
        int payloadBytes,
        int attempts,
        Map<String, String> properties,
        JobQueue.@Nullable Refused refusal) {

    private static final String ATTEMPTS = "latido-attempts";

    /** The id of the entry that the message was before it was put aside, or became a dead letter. */
    private static final String FIRST_ID = "latido-id";

    private static final Pattern ID = Pattern.compile("(?=.{3,41}$)\\d+-\\d+");

    /** Says of which version a message is; one that does not say is of the first. */
    private static final String VERSION_FIELD = "latido-version";

    /** The latest version that is known here: what is of a later one stays at Redis for who knows it. */
    static final int VERSION = 1;

    static final String MALFORMED = "malformed";
    static final String TOO_LARGE = "too-large";

    /** Reads the fields of an entry. */
    static Entry of(Priority lane, String id, Response fields, int maxPayloadBytes) {
        Map<String, String> texts = new LinkedHashMap<>();
        String fault = null;
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            Optional<String> name = Payload.text(fields.get(i).toBytes());
            Optional<String> value = Payload.text(fields.get(i + 1).toBytes());
            if (name.isEmpty()) {
                fault = "the name of a field is not UTF-8";
            } else if (texts.put(name.get(), value.orElse("")) != null) {
                fault = "the field " + name.get() + " is given twice";
            } else if (value.isEmpty()) {
                fault = "the field " + name.get() + " is not UTF-8";
            }
        }
        String version = texts.getOrDefault(VERSION_FIELD, "1");
        if (!version.matches("\\d+")) {
            fault = "its " + VERSION_FIELD + " is not a number";
        }
        String key = key(lane, id, texts);
        int attempts = attempts(texts.get(ATTEMPTS));
        MessageFields content = MessageFields.read(texts, fault);
        if (content.id() != null) {
            key = content.id();
        }
        String payload = content.payload();
        int bytes = payload == null ? 0 : payload.getBytes(StandardCharsets.UTF_8).length;
        JobQueue.Refused refusal = null;
        if (content.fault() != null) {
            refusal = new JobQueue.Refused(key, MALFORMED, content.fault());
        } else if (bytes > maxPayloadBytes) {
            refusal = new JobQueue.Refused(
                    key, TOO_LARGE, "its payload has " + bytes + " bytes, more than " + maxPayloadBytes);
        }
        return new Entry(key, payload, bytes, attempts, content.properties(), refusal);
    }

    /** Returns the key of an entry of which only the fields that name it are known. */
    static String keyOf(Priority lane, String id, Response fields) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            texts.putIfAbsent(
                    fields.get(i).toString(),
                    Payload.text(fields.get(i + 1).toBytes()).orElse(""));
        }
        return key(lane, id, texts);
    }

    /** Returns what names an entry; {@code replay.lua} does the same. */
    private static String key(Priority lane, String id, Map<String, String> fields) {
        String named = MessageFields.key(fields);
        if (named != null) {
            return named;
        }
        String first = fields.getOrDefault(FIRST_ID, "");
        String own = ID.matcher(first).matches() ? first : id;
        return lane == Priority.NORMAL ? own : lane.wireName() + "/" + own; // each stream has ids of its own
    }

    /** Reads a dead letter, which may be anything; of what is long, this is the beginning. */
    static DeadLetter dead(String id, int payloadBytes, Response fields) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            texts.putIfAbsent(fields.get(i).toString(), fields.get(i + 1).toString());
        }
        Priority lane = Priority.ofWireName(texts.getOrDefault(MessageFields.OWN + "lane", ""))
                .orElse(Priority.NORMAL);
        String key = keyOf(lane, id, fields);
        String reason = texts.getOrDefault(MessageFields.OWN + "reason", "");
        String error = texts.getOrDefault(MessageFields.OWN + "error", "");
        long diedAt = Long.parseLong(id.substring(0, id.indexOf('-')));
        texts.keySet().removeIf(name -> name.startsWith(MessageFields.OWN));
        String payload = texts.remove(
                texts.containsKey(MessageFields.PAYLOAD) || !MessageFields.isEvent(texts.keySet())
                        ? MessageFields.PAYLOAD
                        : MessageFields.EVENT_DATA);
        return new DeadLetter(
                id, key, lane, payload == null ? "" : payload, payloadBytes, reason, error, diedAt, texts);
    }

    private static int attempts(@Nullable String text) {
        return text != null && text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
    }

    /** Returns the fields of an entry for {@code message}. */
    static List<Object> fields(Message message) {
        List<Object> fields = new ArrayList<>();
        fields.add(MessageFields.KEY);
        fields.add(message.key());
        message.properties().forEach((name, value) -> {
            fields.add(name);
            fields.add(value);
        });
        fields.add(MessageFields.PAYLOAD);
        fields.add(message.payload() == null ? "" : message.payload());
        return fields;
    }

    Delivery delivery(RedisHandle handle, Priority lane) {
        return new Delivery(handle, key, lane, payload, payloadBytes, handle.deliveries(), attempts, properties);
    }
}

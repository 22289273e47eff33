package dev.latido.queue.redis;

import dev.latido.job.Priority;
import dev.latido.json.JsonValue;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.Delivery;
import dev.latido.queue.JobQueue;
import dev.latido.queue.Message;
import dev.latido.queue.Payload;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a stream as a message. Any program may have added it, so everything is looked at.
 *
 * <p>{@code payload} is JSON, or empty for none; {@code key} or {@code message-id} names it, and else its id does. All other
 * fields are properties. Without {@code payload} the fields themselves are the payload, an object of strings, and none of them
 * names the message. What begins with {@code latido-} is of this service.
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

    static final String PAYLOAD = "payload";
    static final String KEY = "key";
    private static final String MESSAGE_ID = "message-id";
    static final String OWN = "latido-";
    private static final String MOVED_KEY = "latido-key";
    private static final String ATTEMPTS = "latido-attempts";

    static final String MALFORMED = "malformed";
    static final String TOO_LARGE = "too-large";

    /** Reads the fields of an entry. */
    static Entry of(Priority lane, String id, Response fields, int maxPayloadBytes) {
        Map<String, byte[]> raw = new LinkedHashMap<>();
        String fault = null;
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            Optional<String> name = Payload.text(fields.get(i).toBytes());
            if (name.isEmpty()) {
                fault = "the name of a field is not UTF-8";
            } else if (raw.put(name.get(), fields.get(i + 1).toBytes()) != null) {
                fault = "the field " + name.get() + " stands twice";
            }
        }
        String key = key(lane, id, raw);
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<String, byte[]> each : raw.entrySet()) {
            Optional<String> text = Payload.text(each.getValue());
            texts.put(each.getKey(), text.orElse(""));
            fault = text.isPresent() ? fault : "the field " + each.getKey() + " is not UTF-8";
        }
        int attempts = attempts(texts.get(ATTEMPTS));
        texts.keySet().removeIf(name -> name.startsWith(OWN) && !name.equals(Delivery.ROUND));
        String payload = texts.remove(PAYLOAD);
        if (payload == null) {
            String round = texts.remove(Delivery.ROUND);
            payload = JsonValue.textOf(texts);
            texts.clear();
            if (round != null) {
                texts.put(Delivery.ROUND, round);
            }
        } else {
            texts.remove(texts.containsKey(KEY) ? KEY : MESSAGE_ID);
            if (payload.isEmpty()) {
                payload = null;
            } else if (fault == null) {
                fault = Payload.problem(payload).orElse(null);
            }
        }
        int bytes = payload == null ? 0 : payload.getBytes(StandardCharsets.UTF_8).length;
        JobQueue.Refused refusal = null;
        if (fault != null) {
            refusal = new JobQueue.Refused(key, MALFORMED, fault);
        } else if (bytes > maxPayloadBytes) {
            refusal = new JobQueue.Refused(
                    key, TOO_LARGE, "its payload has " + bytes + " bytes, more than " + maxPayloadBytes);
        }
        return new Entry(key, payload, bytes, attempts, texts, refusal);
    }

    /** Returns the key of an entry of which only the fields that name it are known. */
    static String keyOf(Priority lane, String id, Response fields) {
        Map<String, byte[]> raw = new LinkedHashMap<>();
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            raw.putIfAbsent(fields.get(i).toString(), fields.get(i + 1).toBytes());
        }
        return key(lane, id, raw);
    }

    private static String key(Priority lane, String id, Map<String, byte[]> fields) {
        List<String> names = fields.containsKey(PAYLOAD) ? List.of(MOVED_KEY, KEY, MESSAGE_ID) : List.of(MOVED_KEY);
        for (String name : names) {
            byte[] bytes = fields.get(name);
            Optional<String> key = bytes == null ? Optional.empty() : Payload.text(bytes);
            if (key.isPresent() && !key.get().isEmpty() && key.get().length() <= Message.MAX_KEY_LENGTH) {
                return key.get();
            }
        }
        return lane == Priority.NORMAL ? id : lane.wireName() + "/" + id; // each stream has ids of its own
    }

    /** Reads a dead letter, which may be anything; of what is long, this is the beginning. */
    static DeadLetter dead(String id, int payloadBytes, Response fields) {
        Map<String, byte[]> raw = new LinkedHashMap<>();
        Map<String, String> texts = new LinkedHashMap<>();
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            if (raw.putIfAbsent(fields.get(i).toString(), fields.get(i + 1).toBytes()) == null) {
                texts.put(fields.get(i).toString(), fields.get(i + 1).toString());
            }
        }
        Priority lane =
                Priority.ofWireName(texts.getOrDefault(OWN + "lane", "")).orElse(Priority.NORMAL);
        String key = key(lane, texts.getOrDefault(OWN + "id", id), raw);
        String reason = texts.getOrDefault(OWN + "reason", "");
        String error = texts.getOrDefault(OWN + "error", "");
        long diedAt = Long.parseLong(id.substring(0, id.indexOf('-')));
        texts.keySet().removeIf(name -> name.startsWith(OWN));
        String payload = texts.remove(PAYLOAD);
        return new DeadLetter(
                id, key, lane, payload == null ? "" : payload, payloadBytes, reason, error, diedAt, texts);
    }

    private static int attempts(@Nullable String text) {
        return text != null && text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
    }

    /** Returns the fields of an entry for {@code message}. */
    static List<Object> fields(Message message) {
        List<Object> fields = new ArrayList<>();
        fields.add(KEY);
        fields.add(message.key());
        message.properties().forEach((name, value) -> {
            fields.add(name);
            fields.add(value);
        });
        fields.add(PAYLOAD);
        fields.add(message.payload() == null ? "" : message.payload());
        return fields;
    }

    /** Tells whether a property may have this name: others have a meaning here. */
    static boolean isProperty(String name) {
        return !name.equals(PAYLOAD) && !name.equals(KEY) && !name.equals(MESSAGE_ID) && !name.startsWith(OWN);
    }

    Delivery delivery(RedisHandle handle, Priority lane) {
        return new Delivery(handle, key, lane, payload, payloadBytes, handle.deliveries(), attempts, properties);
    }
}

package dev.latido.queue.redis;

import dev.latido.job.Priority;
import dev.latido.json.JsonValue;
import dev.latido.queue.CloudEvent;
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
import java.util.Set;
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

    static final String PAYLOAD = "payload";
    static final String KEY = "key";
    private static final String MESSAGE_ID = "message-id";
    static final String OWN = "latido-";
    private static final String MOVED_KEY = "latido-key";
    private static final String ATTEMPTS = "latido-attempts";

    /** The id of the entry that the message was before it was put aside, or became a dead letter. */
    private static final String FIRST_ID = "latido-id";

    private static final Pattern ID = Pattern.compile("(?=.{3,41}$)\\d+-\\d+");

    /** Says of which version a message is; one that does not say is of the first. */
    private static final String VERSION_FIELD = "latido-version";

    /** The latest version that is known here: what is of a later one stays at Redis for who knows it. */
    static final int VERSION = 1;

    /** How attributes of CloudEvents in binary mode are called here, whichever binding their names are from. */
    private static final String EVENT = "ce-";

    private static final String EVENT_UNDERSCORED = "ce_";
    private static final String EVENT_ID = "ce-id";
    private static final String EVENT_ID_UNDERSCORED = "ce_id";
    private static final String EVENT_DATA = "data";
    private static final String CONTENT_TYPE = "content-type";

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
                fault = "the field " + name.get() + " stands twice";
            } else if (value.isEmpty()) {
                fault = "the field " + name.get() + " is not UTF-8";
            }
        }
        String version = texts.getOrDefault(VERSION_FIELD, "1");
        if (!version.matches("\\d+")) {
            fault = "its " + VERSION_FIELD + " is no number";
        }
        String key = key(lane, id, texts);
        int attempts = attempts(texts.get(ATTEMPTS));
        Content content = Content.of(texts, fault);
        if (!texts.containsKey(MOVED_KEY) && isKey(content.id)) {
            key = content.id;
        }
        String payload = content.payload;
        int bytes = payload == null ? 0 : payload.getBytes(StandardCharsets.UTF_8).length;
        JobQueue.Refused refusal = null;
        if (content.fault != null) {
            refusal = new JobQueue.Refused(key, MALFORMED, content.fault);
        } else if (bytes > maxPayloadBytes) {
            refusal = new JobQueue.Refused(
                    key, TOO_LARGE, "its payload has " + bytes + " bytes, more than " + maxPayloadBytes);
        }
        return new Entry(key, payload, bytes, attempts, content.properties, refusal);
    }

    /**
     * What an entry is made of.
     *
     * @param id by which an event in structured mode is named; empty where nothing in the payload names it
     */
    private record Content(
            String id,
            @Nullable String payload,
            Map<String, String> properties,
            @Nullable String fault) {

        static Content of(Map<String, String> texts, @Nullable String fault) {
            Map<String, String> others = new LinkedHashMap<>(texts);
            others.keySet().removeIf(name -> name.startsWith(OWN) && !name.equals(Delivery.ROUND));
            if (CloudEvent.isStructured(texts.get(CONTENT_TYPE))) {
                return ofStructured(others, fault);
            } else if (isEvent(texts.keySet())) {
                return ofBinary(others, fault);
            } else if (texts.containsKey(PAYLOAD)) {
                others.remove(others.containsKey(KEY) ? KEY : MESSAGE_ID);
                return ofPayload(others.remove(PAYLOAD), others, fault);
            }
            String round = others.remove(Delivery.ROUND);
            Map<String, String> properties = round == null ? Map.of() : Map.of(Delivery.ROUND, round);
            return new Content("", JsonValue.textOf(others), properties, fault);
        }

        private static Content ofPayload(
                @Nullable String payload, Map<String, String> properties, @Nullable String fault) {
            if (payload == null || payload.isEmpty()) {
                return new Content("", null, properties, fault);
            }
            String problem = fault == null ? Payload.problem(payload).orElse(null) : fault;
            return new Content("", payload, properties, problem);
        }

        private static Content ofBinary(Map<String, String> others, @Nullable String fault) {
            Map<String, String> properties = new LinkedHashMap<>();
            String found = fault;
            for (Map.Entry<String, String> each : others.entrySet()) {
                boolean isUnderscored = each.getKey().startsWith(EVENT_UNDERSCORED);
                String name =
                        isUnderscored ? EVENT + each.getKey().substring(EVENT_UNDERSCORED.length()) : each.getKey();
                if (properties.put(name, each.getValue()) != null) {
                    found = "the attribute " + name + " stands twice";
                }
            }
            properties.remove(EVENT_ID);
            String trace = properties.get(EVENT + Delivery.TRACEPARENT);
            if (trace != null) {
                properties.putIfAbsent(Delivery.TRACEPARENT, trace);
            }
            String payload = properties.remove(PAYLOAD);
            if (payload == null) {
                payload = properties.remove(EVENT_DATA);
            } else if (properties.containsKey(EVENT_DATA)) {
                found = "it is an event with both " + PAYLOAD + " and " + EVENT_DATA;
            }
            return ofPayload(payload, properties, found);
        }

        private static Content ofStructured(Map<String, String> others, @Nullable String fault) {
            String payload = others.remove(PAYLOAD);
            if (fault != null) {
                return new Content("", payload, others, fault);
            }
            CloudEvent event = CloudEvent.read(payload == null ? "" : payload);
            if (event.problem() != null) {
                return new Content("", payload, others, "as a CloudEvent, " + event.problem());
            }
            others.put(Delivery.SOURCE, event.source());
            if (event.traceparent() != null) {
                others.putIfAbsent(Delivery.TRACEPARENT, event.traceparent());
            }
            return new Content(event.id(), event.data(), others, null);
        }
    }

    /** Tells whether these are the fields of a CloudEvent in binary mode. */
    private static boolean isEvent(Set<String> names) {
        return names.contains(EVENT_ID) || names.contains(EVENT_ID_UNDERSCORED);
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
        List<String> names = fields.containsKey(PAYLOAD) || isEvent(fields.keySet())
                ? List.of(MOVED_KEY, EVENT_ID, EVENT_ID_UNDERSCORED, KEY, MESSAGE_ID)
                : List.of(MOVED_KEY);
        for (String name : names) {
            String key = fields.getOrDefault(name, "");
            if (isKey(key)) {
                return key;
            }
        }
        String first = fields.getOrDefault(FIRST_ID, "");
        String own = ID.matcher(first).matches() ? first : id;
        return lane == Priority.NORMAL ? own : lane.wireName() + "/" + own; // each stream has ids of its own
    }

    private static boolean isKey(String text) {
        return !text.isEmpty() && text.length() <= Message.MAX_KEY_LENGTH;
    }

    /** Reads a dead letter, which may be anything; of what is long, this is the beginning. */
    static DeadLetter dead(String id, int payloadBytes, Response fields) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            texts.putIfAbsent(fields.get(i).toString(), fields.get(i + 1).toString());
        }
        Priority lane =
                Priority.ofWireName(texts.getOrDefault(OWN + "lane", "")).orElse(Priority.NORMAL);
        String key = keyOf(lane, id, fields);
        String reason = texts.getOrDefault(OWN + "reason", "");
        String error = texts.getOrDefault(OWN + "error", "");
        long diedAt = Long.parseLong(id.substring(0, id.indexOf('-')));
        texts.keySet().removeIf(name -> name.startsWith(OWN));
        String payload = texts.remove(texts.containsKey(PAYLOAD) || !isEvent(texts.keySet()) ? PAYLOAD : EVENT_DATA);
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
        return !Set.of(PAYLOAD, KEY, MESSAGE_ID, EVENT_ID, EVENT_ID_UNDERSCORED, CONTENT_TYPE)
                        .contains(name)
                && !name.startsWith(OWN);
    }

    Delivery delivery(RedisHandle handle, Priority lane) {
        return new Delivery(handle, key, lane, payload, payloadBytes, handle.deliveries(), attempts, properties);
    }
}

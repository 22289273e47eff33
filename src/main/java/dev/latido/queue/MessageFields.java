package dev.latido.queue;

import dev.latido.json.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A message as named texts, which brokers carry as they can: fields of an entry, or headers beside a body. Any program may have
 * written them, so everything is looked at.
 *
 * <p>{@code payload} is JSON, or empty for none; {@code key} or {@code message-id} names the message. All other fields are
 * properties. Without {@code payload} the fields themselves are the payload, an object of strings, and none of them names the
 * message. What begins with {@code latido-} is of this service.
 *
 * <p>A CloudEvent in binary mode is known by {@code ce-id} or {@code ce_id}, which names it; its payload may stand in
 * {@code data} too, or be missing. One in structured mode is known by its {@code content-type} and stands in {@code payload}.
 *
 * @param id what names an event in structured mode, by its payload; null where nothing in the payload names it, or the message
 *     was moved on under a key
 * @param payload JSON text; null for none
 * @param properties all other fields
 * @param fault why it cannot be work, for people; null when it can
 */
public record MessageFields(
        @Nullable String id,
        @Nullable String payload,
        Map<String, String> properties,
        @Nullable String fault) {

    public static final String PAYLOAD = "payload";
    public static final String KEY = "key";
    public static final String MESSAGE_ID = "message-id";
    public static final String CONTENT_TYPE = "content-type";

    /** How fields of this service begin. */
    public static final String OWN = "latido-";

    /** The key of a message that was moved on, whatever else names it. */
    public static final String MOVED_KEY = "latido-key";

    /** What may stand for {@link #PAYLOAD} in a CloudEvent. */
    public static final String EVENT_DATA = "data";

    /** How attributes of CloudEvents in binary mode are called here, whichever binding their names are from. */
    private static final String EVENT = "ce-";

    private static final String EVENT_UNDERSCORED = "ce_";
    private static final String EVENT_ID = "ce-id";
    private static final String EVENT_ID_UNDERSCORED = "ce_id";

    /**
     * Reads fields.
     *
     * @param fault what is wrong with them already; null for nothing
     */
    public static MessageFields read(Map<String, String> texts, @Nullable String fault) {
        Map<String, String> others = new LinkedHashMap<>(texts);
        others.keySet().removeIf(name -> name.startsWith(OWN) && !name.equals(Delivery.ROUND));
        if (CloudEvent.isStructured(texts.get(CONTENT_TYPE))) {
            return ofStructured(others, texts.containsKey(MOVED_KEY), fault);
        } else if (isEvent(texts.keySet())) {
            return ofBinary(others, fault);
        } else if (texts.containsKey(PAYLOAD)) {
            others.remove(others.containsKey(KEY) ? KEY : MESSAGE_ID);
            return ofPayload(others.remove(PAYLOAD), others, fault);
        }
        String round = others.remove(Delivery.ROUND);
        Map<String, String> properties = round == null ? Map.of() : Map.of(Delivery.ROUND, round);
        return new MessageFields(null, JsonValue.textOf(others), properties, fault);
    }

    private static MessageFields ofPayload(
            @Nullable String payload, Map<String, String> properties, @Nullable String fault) {
        if (payload == null || payload.isEmpty()) {
            return new MessageFields(null, null, properties, fault);
        }
        String problem = fault == null ? Payload.problem(payload).orElse(null) : fault;
        return new MessageFields(null, payload, properties, problem);
    }

    private static MessageFields ofBinary(Map<String, String> others, @Nullable String fault) {
        Map<String, String> properties = new LinkedHashMap<>();
        String found = fault;
        for (Map.Entry<String, String> each : others.entrySet()) {
            boolean isUnderscored = each.getKey().startsWith(EVENT_UNDERSCORED);
            String name = isUnderscored ? EVENT + each.getKey().substring(EVENT_UNDERSCORED.length()) : each.getKey();
            if (properties.put(name, each.getValue()) != null) {
                found = "the attribute " + name + " is given twice";
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

    private static MessageFields ofStructured(Map<String, String> others, boolean isMoved, @Nullable String fault) {
        String payload = others.remove(PAYLOAD);
        if (fault != null) {
            return new MessageFields(null, payload, others, fault);
        }
        CloudEvent event = CloudEvent.read(payload == null ? "" : payload);
        if (event.problem() != null) {
            return new MessageFields(null, payload, others, "as a CloudEvent, " + event.problem());
        }
        others.put(Delivery.SOURCE, event.source());
        if (event.traceparent() != null) {
            others.putIfAbsent(Delivery.TRACEPARENT, event.traceparent());
        }
        String id = !isMoved && isKey(event.id()) ? event.id() : null;
        return new MessageFields(id, event.data(), others, null);
    }

    /** Tells whether these are the names of a CloudEvent's fields in binary mode. */
    public static boolean isEvent(Set<String> names) {
        return names.contains(EVENT_ID) || names.contains(EVENT_ID_UNDERSCORED);
    }

    /** Returns what names the message besides its payload; null when nothing does. */
    public static @Nullable String key(Map<String, String> fields) {
        List<String> names = fields.containsKey(PAYLOAD) || isEvent(fields.keySet())
                ? List.of(MOVED_KEY, EVENT_ID, EVENT_ID_UNDERSCORED, KEY, MESSAGE_ID)
                : List.of(MOVED_KEY);
        for (String name : names) {
            String key = fields.getOrDefault(name, "");
            if (isKey(key)) {
                return key;
            }
        }
        return null;
    }

    private static boolean isKey(String text) {
        return !text.isEmpty() && text.length() <= Message.MAX_KEY_LENGTH;
    }

    /** Tells whether a property may have this name: others have a meaning here. */
    public static boolean isProperty(String name) {
        return !Set.of(PAYLOAD, KEY, MESSAGE_ID, EVENT_ID, EVENT_ID_UNDERSCORED, CONTENT_TYPE)
                        .contains(name)
                && !name.startsWith(OWN);
    }
}

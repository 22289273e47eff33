package dev.latido.queue.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.LongString;
import dev.latido.job.Priority;
import dev.latido.queue.Delivery;
import dev.latido.queue.JobQueue;
import dev.latido.queue.Message;
import dev.latido.queue.MessageFields;
import dev.latido.queue.Payload;
import dev.latido.queue.Settlement;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A message as it stands at RabbitMQ. The body is the payload, JSON, or empty for none; {@code message-id} names it, and headers
 * are its properties. CloudEvents are known by the prefixes that their bindings have, also {@code cloudEvents:}. A message that
 * nothing names gets a name for each delivery, until it is moved on: RabbitMQ gives it none.
 *
 * @param key names the message
 * @param payload JSON text; null for none
 * @param payloadBytes how long that is in UTF-8
 * @param deliveries how often it was delivered, this time included
 * @param attempts how often it was tried before it was moved on
 * @param properties what else is said of it
 * @param refusal why it cannot be work; null when it can
 */
record Wire(
        String key,
        @Nullable String payload,
        int payloadBytes,
        int deliveries,
        int attempts,
        Map<String, String> properties,
        JobQueue.@Nullable Refused refusal) {

    /** How many bytes all but the payload of a message may have: headers have to fit in one frame, which has 128 KiB. */
    static final int MAX_OTHER_BYTES = 65_536;

    private static final int MAX_ERROR = 2_048;
    private static final int MAX_REASON = 100;

    /** How long the name of a header, and a message-id, may be. */
    private static final int MAX_SHORT_BYTES = 255;

    private static final String JSON = "application/json";
    private static final String ATTEMPTS = "latido-attempts";
    private static final String VERSION_HEADER = "latido-version";
    private static final int VERSION = 1;

    /** By which a returned message is known. */
    static final String NUMBER = "latido-number";

    static final String REASON = "latido-reason";
    static final String ERROR = "latido-error";
    static final String DIED_AT = "latido-died-at";
    static final String DEAD_ID = "latido-dead-id";

    static final String MALFORMED = "malformed";
    static final String TOO_LARGE = "too-large";
    static final String NEWER = "newer-version";

    private static final int DURABLE = 2;

    /** Headers that RabbitMQ adds: none of them goes along with what is published again, which is a message of its own. */
    private static final List<String> OF_BROKER =
            List.of("x-death", "x-first-death-", "x-last-death-", "x-delivery-count", "x-acquired-count");

    private static final List<String> EVENT_PREFIXES = List.of("cloudEvents:", "cloudEvents_");

    /**
     * Reads a message.
     *
     * @param newName makes a name for one that has none
     */
    static Wire of(BasicProperties properties, byte[] body, int maxPayloadBytes, Supplier<String> newName) {
        Map<String, Object> all = properties.getHeaders() == null ? Map.of() : properties.getHeaders();
        Map<String, Object> headers = new LinkedHashMap<>(all);
        headers.keySet().removeIf(Wire::isOfBroker);
        Map<String, String> texts = new LinkedHashMap<>();
        String fault = null;
        int others = 0;
        for (Map.Entry<String, Object> each : headers.entrySet()) {
            String value = text(each.getValue());
            others += bytes(each.getKey()) + (value == null ? 0 : bytes(value));
            if (value == null) {
                fault = "the header " + each.getKey() + " is not UTF-8";
            } else if (texts.put(nameOf(each.getKey()), value) != null) {
                fault = "the header " + each.getKey() + " is given twice";
            }
        }
        put(texts, "correlation-id", properties.getCorrelationId());
        put(texts, "reply-to", properties.getReplyTo());
        String type = properties.getContentType();
        if (type != null && !type.equals(JSON)) {
            texts.put(MessageFields.CONTENT_TYPE, type);
        }
        Map<String, String> alike = new HashMap<>(); // headers whose names mean something elsewhere
        for (String name : List.of(MessageFields.KEY, MessageFields.MESSAGE_ID, MessageFields.PAYLOAD)) {
            put(alike, name, texts.remove(name));
        }
        put(texts, MessageFields.MESSAGE_ID, properties.getMessageId());
        Optional<String> text = Payload.text(body);
        if (text.isEmpty()) {
            fault = "its body is not UTF-8";
        }
        texts.put(MessageFields.PAYLOAD, text.orElse(""));
        String named = MessageFields.key(texts);
        String key = named == null ? newName.get() : named;
        String version = texts.getOrDefault(VERSION_HEADER, "1");
        if (!version.matches("\\d{1,9}")) {
            fault = "its " + VERSION_HEADER + " is not a number";
        }
        MessageFields fields = MessageFields.read(texts, fault);
        if (fields.id() != null) {
            key = fields.id();
        }
        alike.putAll(fields.properties());
        String payload = fields.payload();
        int payloadBytes = payload == null ? 0 : bytes(payload);
        return new Wire(
                key,
                payload,
                payloadBytes,
                1 + Math.max(number(all.get("x-delivery-count")), number(all.get("x-acquired-count"))),
                number(headers.get(ATTEMPTS)),
                alike,
                refusal(key, fields.fault(), version, Math.max(payloadBytes, body.length), maxPayloadBytes, others));
    }

    private static JobQueue.@Nullable Refused refusal(
            String key, @Nullable String fault, String version, int payloadBytes, int maxPayloadBytes, int others) {
        if (payloadBytes > maxPayloadBytes) {
            return new JobQueue.Refused(
                    key, TOO_LARGE, "its payload has " + payloadBytes + " bytes, more than " + maxPayloadBytes);
        } else if (others > MAX_OTHER_BYTES) {
            return new JobQueue.Refused(
                    key, TOO_LARGE, "its headers have " + others + " bytes, more than " + MAX_OTHER_BYTES);
        } else if (fault == null && Integer.parseInt(version) > VERSION) {
            return new JobQueue.Refused(
                    key,
                    NEWER,
                    "it is of version " + version + ", and " + VERSION + " is the latest that is known here");
        }
        return fault == null ? null : new JobQueue.Refused(key, MALFORMED, fault);
    }

    private static void put(Map<String, String> texts, String name, @Nullable String value) {
        if (value != null) {
            texts.put(name, value);
        }
    }

    private static boolean isOfBroker(String name) {
        return OF_BROKER.stream().anyMatch(name::startsWith);
    }

    private static String nameOf(String header) {
        for (String prefix : EVENT_PREFIXES) {
            if (header.startsWith(prefix)) {
                return "ce-" + header.substring(prefix.length());
            }
        }
        return header;
    }

    /** Returns the value of a header as a text; null when it should be one and is none. */
    private static @Nullable String text(@Nullable Object value) {
        if (value instanceof LongString text) {
            return Payload.text(text.getBytes()).orElse(null);
        }
        if (value instanceof byte[] bytes) {
            return Payload.text(bytes).orElse(null);
        }
        return value instanceof Date date ? date.toInstant().toString() : String.valueOf(value);
    }

    private static int number(@Nullable Object value) {
        String text = String.valueOf(value);
        return text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    Delivery delivery(RabbitHandle handle, Priority lane) {
        return new Delivery(handle, key, lane, payload, payloadBytes, deliveries, attempts, properties);
    }

    // ---- what is published

    /** Returns why a message is too large; null when it is not. */
    static @Nullable String tooLarge(Message message, int maxPayloadBytes) {
        int payload = message.payload() == null ? 0 : bytes(message.payload());
        if (payload > maxPayloadBytes) {
            return "the payload has " + payload + " bytes, more than " + maxPayloadBytes;
        }
        int others = bytes(message.key());
        for (Map.Entry<String, String> each : message.properties().entrySet()) {
            int name = bytes(each.getKey());
            if (name > MAX_SHORT_BYTES) {
                return "the name of a property has " + name + " bytes, more than " + MAX_SHORT_BYTES;
            }
            others += name + bytes(each.getValue());
        }
        int most = MAX_OTHER_BYTES - 2 * 4 * MAX_ERROR; // what is added when it is moved on has room beside it
        return others > most ? "the properties have " + others + " bytes, more than " + most : null;
    }

    static byte[] body(Message message) {
        return message.payload() == null ? new byte[0] : message.payload().getBytes(StandardCharsets.UTF_8);
    }

    static BasicProperties properties(Message message) {
        Map<String, Object> headers = new HashMap<>(message.properties());
        if (!message.delay().isZero()) {
            headers.put(Topology.LANE, message.lane().wireName());
        }
        return named(new BasicProperties.Builder(), message.key(), headers)
                .contentType(message.payload() == null ? null : JSON)
                .deliveryMode(DURABLE)
                .headers(headers)
                .build();
    }

    private static BasicProperties.Builder named(
            BasicProperties.Builder builder, String key, Map<String, Object> headers) {
        if (bytes(key) <= MAX_SHORT_BYTES) {
            return builder.messageId(key);
        }
        headers.put(MessageFields.MOVED_KEY, key);
        return builder;
    }

    /** Returns the properties of what is published again in place of a message, under its key. */
    private static BasicProperties again(BasicProperties before, String key, Map<String, Object> own) {
        Map<String, Object> headers = new HashMap<>();
        if (before.getHeaders() != null) {
            before.getHeaders().forEach((name, value) -> {
                if (!isOfBroker(name) && (!name.startsWith(MessageFields.OWN) || name.equals(Delivery.ROUND))) {
                    headers.put(name, value);
                }
            });
        }
        headers.put(MessageFields.MOVED_KEY, key);
        headers.putAll(own);
        return before.builder()
                .headers(headers)
                .deliveryMode(DURABLE)
                .expiration(null) // it was taken in time
                .userId(null) // RabbitMQ would compare it with who publishes
                .build();
    }

    /** Returns the properties of a message that is to be tried later. */
    static BasicProperties later(BasicProperties before, String key, Priority lane, Settlement.Later later) {
        Map<String, Object> own = new HashMap<>();
        own.put(ATTEMPTS, later.attempts());
        own.put(ERROR, cut(later.error() == null ? "" : later.error(), MAX_ERROR));
        own.put(Topology.LANE, lane.wireName());
        return again(before, key, own);
    }

    /**
     * Returns the properties of a dead letter.
     *
     * @param id what names it among dead letters
     * @param at when it became one, in milliseconds since 1970
     */
    static BasicProperties dead(
            BasicProperties before, String key, Priority lane, String reason, String error, String id, long at) {
        Map<String, Object> own = new HashMap<>();
        own.put(REASON, cut(reason, MAX_REASON));
        own.put(ERROR, cut(error, MAX_ERROR));
        own.put(Topology.LANE, lane.wireName());
        own.put(DEAD_ID, id);
        own.put(DIED_AT, at);
        BasicProperties dead = again(before, key, own);
        if (size(dead) <= MAX_OTHER_BYTES + 8 * MAX_ERROR) {
            return dead;
        }
        return new BasicProperties.Builder() // so large that it may not fit in a frame with what was added
                .contentType(before.getContentType())
                .deliveryMode(DURABLE)
                .headers(again(new BasicProperties(), key, own).getHeaders())
                .build();
    }

    private static int size(BasicProperties properties) {
        int size = 0;
        for (Map.Entry<String, Object> each : properties.getHeaders().entrySet()) {
            String value = text(each.getValue());
            size += bytes(each.getKey()) + (value == null ? 0 : bytes(value));
        }
        return size;
    }

    /** Returns the properties of a dead letter that is work again, in its next round. */
    static BasicProperties replayed(BasicProperties dead, String key) {
        Map<String, Object> headers = dead.getHeaders() == null ? Map.of() : dead.getHeaders();
        return again(dead, key, Map.of(Delivery.ROUND, String.valueOf(number(headers.get(Delivery.ROUND)) + 1)));
    }

    /** Returns these properties with the number by which they are known when they come back. */
    static BasicProperties numbered(BasicProperties properties, long number) {
        Map<String, Object> headers =
                new HashMap<>(properties.getHeaders() == null ? Map.<String, Object>of() : properties.getHeaders());
        headers.put(NUMBER, number);
        return properties.builder().headers(headers).build();
    }

    private static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(most - 2)) ? most - 2 : most - 1;
        return text.substring(0, end) + "…";
    }
}

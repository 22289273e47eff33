package dev.latido.queue.servicebus;

import dev.latido.job.Priority;
import dev.latido.queue.Delivery;
import dev.latido.queue.JobQueue;
import dev.latido.queue.MessageFields;
import dev.latido.queue.Payload;
import dev.latido.queue.Settlement;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.amqp.messaging.Section;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * A message as it stands at Service Bus. The body is the payload, JSON in UTF-8, or empty for none; {@code message-id} names it,
 * and application properties are its properties. CloudEvents are known by the prefixes that their bindings have. A message that
 * nothing names goes by its lane, its sequence number, and when it came there.
 *
 * @param key names the message
 * @param payload JSON text; null for none
 * @param payloadBytes how long that is in UTF-8
 * @param deliveries how often it was delivered, this time included, but for those that were given back
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

    /** How many bytes all but the payload of a message may have: the service takes 64 KiB of properties. */
    static final int MAX_OTHER_BYTES = 32_768;

    /** How many of these are kept for what is added when a message is moved on. */
    private static final int RESERVE = 10_240;

    private static final int MAX_ERROR = 2_048;
    private static final int MAX_REASON = 100;

    /** The service takes no longer message-id. */
    private static final int MAX_ID = 128;

    private static final String JSON = "application/json";
    private static final String ATTEMPTS = "latido-attempts";
    private static final String LAST_ERROR = "latido-error";
    private static final String VERSION_PROPERTY = "latido-version";
    private static final int VERSION = 1;

    static final String DIED_AT = "latido-died-at";

    /** Properties by which the service tells of a dead letter: none of them goes along with what is sent again. */
    static final String REASON = "DeadLetterReason";

    static final String ERROR = "DeadLetterErrorDescription";
    private static final String DEAD_SOURCE = "DeadLetterSource";
    private static final List<String> OF_BROKER = List.of(REASON, ERROR, DEAD_SOURCE);

    static final Symbol SEQUENCE = Symbol.valueOf("x-opt-sequence-number");
    static final Symbol LOCKED_UNTIL = Symbol.valueOf("x-opt-locked-until");
    static final Symbol ENQUEUED = Symbol.valueOf("x-opt-enqueued-time");
    static final Symbol STATE = Symbol.valueOf("x-opt-message-state");
    private static final Symbol SCHEDULED = Symbol.valueOf("x-opt-scheduled-enqueue-time");

    private static final String MALFORMED = "malformed";
    private static final String TOO_LARGE = "too-large";
    private static final String NEWER = "newer-version";

    private static final List<String> EVENT_PREFIXES = List.of("cloudEvents:", "cloudEvents_");

    /** Reads a message of a lane. */
    static Wire of(Priority lane, Message message, int maxPayloadBytes) {
        Map<String, Object> all = propertiesOf(message);
        Map<String, String> texts = new LinkedHashMap<>();
        String fault = null;
        int others = 0;
        for (Map.Entry<String, Object> each : all.entrySet()) {
            if (OF_BROKER.contains(each.getKey())) {
                continue;
            }
            String value = text(each.getValue());
            others += bytes(each.getKey()) + (value == null ? 0 : bytes(value));
            if (value == null) {
                fault = "the property " + each.getKey() + " is not UTF-8";
            } else if (texts.put(nameOf(each.getKey()), value) != null) {
                fault = "the property " + each.getKey() + " stands twice";
            }
        }
        put(texts, "correlation-id", message.getCorrelationId());
        put(texts, "reply-to", message.getReplyTo());
        put(texts, "subject", message.getSubject());
        String type = message.getContentType();
        if (type != null && !type.equals(JSON)) {
            texts.put(MessageFields.CONTENT_TYPE, type);
        }
        Map<String, String> alike = new HashMap<>(); // properties whose names mean something elsewhere
        for (String name : List.of(MessageFields.KEY, MessageFields.MESSAGE_ID, MessageFields.PAYLOAD)) {
            put(alike, name, texts.remove(name));
        }
        if (!texts.containsKey(MessageFields.MOVED_KEY)) { // else it is of the copy alone
            put(texts, MessageFields.MESSAGE_ID, message.getMessageId());
        }
        byte[] body = body(message);
        Optional<String> text = body == null ? Optional.empty() : Payload.text(body);
        if (text.isEmpty()) {
            fault = "its body is no text in UTF-8";
        }
        texts.put(MessageFields.PAYLOAD, text.orElse(""));
        String named = MessageFields.key(texts);
        String key = named == null ? nameOf(lane, message) : named;
        String version = texts.getOrDefault(VERSION_PROPERTY, "1");
        if (!version.matches("\\d{1,9}")) {
            fault = "its " + VERSION_PROPERTY + " is no number";
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
                (int) Math.min(Integer.MAX_VALUE, 1 + message.getDeliveryCount()),
                number(all.get(ATTEMPTS)),
                alike,
                refusal(
                        key,
                        fields.fault(),
                        version,
                        Math.max(payloadBytes, body == null ? 0 : body.length),
                        maxPayloadBytes,
                        others));
    }

    /** The service counts messages for each queue, and anew when one is made again under its name. */
    private static String nameOf(Priority lane, Message message) {
        return lane.wireName() + "-" + sequence(message) + "-" + time(message, ENQUEUED);
    }

    private static JobQueue.@Nullable Refused refusal(
            String key, @Nullable String fault, String version, int payloadBytes, int maxPayloadBytes, int others) {
        if (payloadBytes > maxPayloadBytes) {
            return new JobQueue.Refused(
                    key, TOO_LARGE, "its payload has " + payloadBytes + " bytes, more than " + maxPayloadBytes);
        } else if (others > MAX_OTHER_BYTES) {
            return new JobQueue.Refused(
                    key, TOO_LARGE, "its properties have " + others + " bytes, more than " + MAX_OTHER_BYTES);
        } else if (fault == null && Integer.parseInt(version) > VERSION) {
            return new JobQueue.Refused(
                    key,
                    NEWER,
                    "it is of version " + version + ", and " + VERSION + " is the latest that is known here");
        }
        return fault == null ? null : new JobQueue.Refused(key, MALFORMED, fault);
    }

    static Map<String, Object> propertiesOf(Message message) {
        ApplicationProperties all = message.getApplicationProperties();
        return all == null || all.getValue() == null ? Map.of() : all.getValue();
    }

    static @Nullable Object annotation(Message message, Symbol name) {
        MessageAnnotations all = message.getMessageAnnotations();
        return all == null || all.getValue() == null ? null : all.getValue().get(name);
    }

    /** Returns the number that the service gave a message; -1 for none. */
    static long sequence(Message message) {
        return annotation(message, SEQUENCE) instanceof Number number ? number.longValue() : -1;
    }

    /** Returns a time in milliseconds since 1970; 0 for none. */
    static long time(Message message, Symbol name) {
        return annotation(message, name) instanceof Date date ? date.toInstant().toEpochMilli() : 0;
    }

    /** Returns the bytes of a body; null when it is neither bytes nor text. */
    static byte @Nullable [] body(Message message) {
        Section body = message.getBody();
        if (body == null) {
            return new byte[0];
        }
        if (body instanceof Data data) {
            Binary bytes = data.getValue();
            return bytes == null ? new byte[0] : copy(bytes);
        }
        if (body instanceof AmqpValue value) {
            if (value.getValue() instanceof String text) {
                return text.getBytes(StandardCharsets.UTF_8);
            }
            return value.getValue() instanceof Binary bytes ? copy(bytes) : null;
        }
        return null;
    }

    private static byte[] copy(Binary bytes) {
        byte[] copy = new byte[bytes.getLength()];
        System.arraycopy(bytes.getArray(), bytes.getArrayOffset(), copy, 0, copy.length);
        return copy;
    }

    private static void put(Map<String, String> texts, String name, @Nullable Object value) {
        if (value != null) {
            texts.put(name, value.toString());
        }
    }

    private static String nameOf(String property) {
        for (String prefix : EVENT_PREFIXES) {
            if (property.startsWith(prefix)) {
                return "ce-" + property.substring(prefix.length());
            }
        }
        return property;
    }

    /** Returns the value of a property as a text; null when it should be one and is none. */
    private static @Nullable String text(@Nullable Object value) {
        if (value instanceof Binary bytes) {
            return Payload.text(copy(bytes)).orElse(null);
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

    Delivery delivery(ServiceBusHandle handle, Priority lane) {
        return new Delivery(handle, key, lane, payload, payloadBytes, deliveries, attempts, properties);
    }

    // ---- what is sent

    /** Returns why a message is too large; null when it is not. */
    static @Nullable String tooLarge(dev.latido.queue.Message message, int maxPayloadBytes) {
        int payload = message.payload() == null ? 0 : bytes(message.payload());
        if (payload > maxPayloadBytes) {
            return "the payload has " + payload + " bytes, more than " + maxPayloadBytes;
        }
        int others = bytes(message.key());
        for (Map.Entry<String, String> each : message.properties().entrySet()) {
            others += bytes(each.getKey()) + bytes(each.getValue());
        }
        int most = MAX_OTHER_BYTES - RESERVE;
        return others > most ? "the properties have " + others + " bytes, more than " + most : null;
    }

    /**
     * Makes a message to be sent.
     *
     * @param id what names it where its key is not to: the service may drop what comes with one that it knows; null for the key
     * @param ttl how long it is kept at most; zero for as long as the queue says
     */
    static Message written(dev.latido.queue.Message message, @Nullable String id, Duration ttl) {
        Map<String, Object> properties = new HashMap<>(message.properties());
        Message written = Proton.message();
        written.setDurable(true);
        boolean fits = message.key().length() <= MAX_ID;
        if (id != null || !fits) {
            properties.put(MessageFields.MOVED_KEY, message.key());
        }
        if (id != null || fits) {
            written.setMessageId(id == null ? message.key() : id);
        }
        written.setApplicationProperties(new ApplicationProperties(properties));
        byte[] body =
                message.payload() == null ? new byte[0] : message.payload().getBytes(StandardCharsets.UTF_8);
        written.setBody(new Data(new Binary(body)));
        if (body.length > 0) {
            written.setContentType(JSON);
        }
        if (!ttl.isZero()) {
            written.setTtl(Math.min(ttl.toMillis(), 0xFFFFFFFFL));
        }
        return written;
    }

    /** Returns a name that two messages have in common when they have key, lane and payload. */
    static String digest(dev.latido.queue.Message message) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : List.of(
                    message.key(), message.lane().wireName(), message.payload() == null ? "" : message.payload())) {
                digest.update(part.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    /** Has a message not be there before {@code millis} since 1970, by the service's clock. */
    static Message scheduled(Message message, long millis) {
        Map<Symbol, Object> annotations = new HashMap<>();
        annotations.put(SCHEDULED, Date.from(Instant.ofEpochMilli(millis)));
        message.setMessageAnnotations(new MessageAnnotations(annotations));
        return message;
    }

    /**
     * Returns what is sent again in place of a message, under its key.
     *
     * @param id what names it, so that the service takes it for another
     */
    private static Message again(Message before, String key, String id, Map<String, Object> own) {
        Map<String, Object> properties = new HashMap<>();
        propertiesOf(before).forEach((name, value) -> {
            if (!OF_BROKER.contains(name) && (!name.startsWith(MessageFields.OWN) || name.equals(Delivery.ROUND))) {
                properties.put(name, value);
            }
        });
        Object named = before.getMessageId();
        if (named != null && !named.equals(key) && !propertiesOf(before).containsKey(MessageFields.MOVED_KEY)) {
            properties.put(MessageFields.MESSAGE_ID, named.toString());
        }
        properties.put(MessageFields.MOVED_KEY, key);
        properties.putAll(own);
        Message again = Proton.message();
        again.setDurable(true);
        again.setMessageId(id);
        again.setCorrelationId(before.getCorrelationId());
        again.setReplyTo(before.getReplyTo());
        again.setSubject(before.getSubject());
        again.setContentType(before.getContentType());
        again.setApplicationProperties(new ApplicationProperties(properties));
        again.setBody(before.getBody());
        return again;
    }

    /** Returns what is sent in place of a message that is to be tried later. */
    static Message later(Message before, String key, String id, Settlement.Later later) {
        Map<String, Object> own = new HashMap<>();
        own.put(ATTEMPTS, later.attempts());
        own.put(LAST_ERROR, cut(later.error() == null ? "" : later.error(), MAX_ERROR));
        return again(before, key, id, own);
    }

    /** Returns what is sent in place of a dead letter that is work again, in its next round. */
    static Message replayed(Message dead, String key, String id) {
        int round = number(propertiesOf(dead).get(Delivery.ROUND)) + 1;
        return again(dead, key, id, Map.of(Delivery.ROUND, String.valueOf(round)));
    }

    /** Returns what is said of a dead letter when it becomes one: its key too, as the service may number it anew. */
    static Map<String, Object> dead(Settlement.Dead dead, String key, long atMillis) {
        Map<String, Object> said = new HashMap<>();
        said.put(MessageFields.MOVED_KEY, key);
        said.put(REASON, cut(dead.reason(), MAX_REASON));
        said.put(ERROR, cut(dead.error(), MAX_ERROR));
        said.put(DIED_AT, atMillis);
        return said;
    }

    private static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(most - 2)) ? most - 2 : most - 1;
        return text.substring(0, end) + "…";
    }
}

package dev.latido.queue.storagequeue;

import dev.latido.job.Priority;
import dev.latido.json.JsonString;
import dev.latido.json.JsonValue;
import dev.latido.queue.Delivery;
import dev.latido.queue.JobQueue;
import dev.latido.queue.Message;
import dev.latido.queue.MessageFields;
import dev.latido.queue.Payload;
import dev.latido.queue.Settlement;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A message as it stands at Azure, which is one text and nothing beside it. Any program may have written it.
 *
 * <p>A text that is no {@link Envelope} is the payload, JSON, as it is or in base64, as some clients write it. No JSON reads as
 * base64 of JSON: its first byte would be that of a digit or of {@code true}, {@code false} and {@code null}, and none of these
 * four decodes to ASCII. The message's own id then names it. What is written here is an envelope, in base64, as XML has not all
 * characters that JSON has.
 *
 * @param key names the message
 * @param payload JSON text; null for none
 * @param payloadBytes how long that is in UTF-8
 * @param attempts how often it was tried before it was moved on
 * @param properties what else is said of it
 * @param refusal why it cannot be work; null when it can
 */
record Wire(
        String key,
        @Nullable String payload,
        int payloadBytes,
        int attempts,
        Map<String, String> properties,
        JobQueue.@Nullable Refused refusal) {

    /** How many bytes an envelope has at most: 64 KiB of base64. */
    static final int MAX_BYTES = 48 * 1024;

    /** How many of these are kept for what is added when a message is moved on. */
    static final int RESERVE = 1_024;

    /** How many bytes all but the payload of a message may have. */
    static final int MAX_OTHER_BYTES = 8_192;

    private static final int MAX_ERROR_BYTES = 600;
    private static final int MAX_REASON_BYTES = 100;
    private static final int MAX_LISTED_BYTES = 4_096;

    static final String MALFORMED = "malformed";
    static final String TOO_LARGE = "too-large";
    static final String NEWER = "newer-version";

    private static final String ID = "id";
    private static final String TYPE = "type";
    private static final String SOURCE = "source";
    private static final String DATA_BASE64 = "data_base64";
    private static final String PROPERTIES = "latidoproperties";
    private static final String ATTEMPTS = "latidoattempts";
    private static final String LANE = "latidolane";
    private static final String REASON = "latidoreason";
    private static final String ERROR = "latidoerror";
    private static final String DIED_AT = "latidodiedat";

    private static final Pattern NUMBER = Pattern.compile("\\d{1,15}");

    /** Base64 in one line, as all clients of Azure write it. */
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]+={0,2}");

    /**
     * Reads a text.
     *
     * @param id the message's own
     */
    static Wire of(String id, String text, int maxPayloadBytes) {
        String plain = plain(text);
        Envelope envelope = Envelope.of(plain);
        if (envelope == null) {
            return of(id, plain, 0, Map.of(), fault(plain), maxPayloadBytes, 0, 0);
        }
        String key = key(envelope, id);
        if (envelope.version() > Envelope.VERSION) {
            return refused(
                    key,
                    NEWER,
                    "it is of version " + envelope.version() + ", and " + Envelope.VERSION
                            + " is the latest that is known here");
        } else if (envelope.fault() != null) {
            return refused(key, MALFORMED, envelope.fault());
        }
        Map<String, String> properties = new LinkedHashMap<>();
        String fault = null;
        String others = envelope.texts().get(PROPERTIES);
        if (others != null && !readProperties(others, properties)) {
            fault = "its " + PROPERTIES + " are no object of texts";
        }
        String trace = envelope.texts().get(Delivery.TRACEPARENT);
        if (trace != null) {
            properties.put(Delivery.TRACEPARENT, trace);
        }
        String payload = envelope.data();
        String coded = envelope.texts().get(DATA_BASE64);
        if (coded != null) {
            Optional<String> decoded = decoded(coded);
            payload = decoded.orElse(coded);
            fault = decoded.isEmpty() ? "its " + DATA_BASE64 + " is not UTF-8 text" : fault;
        }
        if (fault == null && payload != null) {
            fault = fault(payload);
        }
        int otherBytes = bytes(key) + (others == null ? 0 : bytes(others)) + (trace == null ? 0 : bytes(trace));
        return of(
                key,
                payload,
                (int) number(envelope.texts().get(ATTEMPTS)),
                properties,
                fault,
                maxPayloadBytes,
                otherBytes,
                bytes(plain) + RESERVE);
    }

    private static Wire of(
            String key,
            @Nullable String payload,
            int attempts,
            Map<String, String> properties,
            @Nullable String fault,
            int maxPayloadBytes,
            int otherBytes,
            int allBytes) {
        int payloadBytes = payload == null ? 0 : bytes(payload);
        JobQueue.Refused refusal = null;
        if (payloadBytes > maxPayloadBytes) {
            refusal = new JobQueue.Refused(
                    key, TOO_LARGE, "its payload has " + payloadBytes + " bytes, more than " + maxPayloadBytes);
        } else if (otherBytes > MAX_OTHER_BYTES) {
            refusal = new JobQueue.Refused(
                    key, TOO_LARGE, "its properties have " + otherBytes + " bytes, more than " + MAX_OTHER_BYTES);
        } else if (fault != null) {
            refusal = new JobQueue.Refused(key, MALFORMED, fault);
        } else if (allBytes > MAX_BYTES) {
            refusal = new JobQueue.Refused(
                    key,
                    TOO_LARGE,
                    "it has " + allBytes + " bytes with what is added when it is moved on, more than " + MAX_BYTES);
        }
        return new Wire(key, payload, payloadBytes, attempts, properties, refusal);
    }

    private static Wire refused(String key, String reason, String detail) {
        return new Wire(key, null, 0, 0, Map.of(), new JobQueue.Refused(key, reason, detail));
    }

    private static @Nullable String fault(String json) {
        return Payload.problem(json).orElse(null);
    }

    private static String key(Envelope envelope, String id) {
        String key = envelope.texts().getOrDefault(ID, "");
        return key.isEmpty() || key.length() > Message.MAX_KEY_LENGTH ? id : key;
    }

    /** Returns the text that is meant by {@code text}: itself, or what it is in base64 of. */
    static String plain(String text) {
        if (text.length() % 4 != 0 || !BASE64.matcher(text).matches() || fault(text) == null) {
            return text;
        }
        return decoded(text).orElse(text);
    }

    private static Optional<String> decoded(String base64) {
        try {
            return Payload.text(Base64.getDecoder().decode(base64.getBytes(StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean readProperties(String json, Map<String, String> properties) {
        try {
            for (Map.Entry<String, Object> each : new JsonObject(json)) {
                String name = each.getKey();
                if (!(each.getValue() instanceof String value)) {
                    return false;
                }
                if (MessageFields.isProperty(name) || name.equals(Delivery.ROUND)) {
                    properties.put(name, value);
                }
            }
            return true;
        } catch (DecodeException e) {
            return false;
        }
    }

    private static long number(@Nullable String text) {
        return text != null && NUMBER.matcher(text).matches()
                ? Math.min(999_999_999_999_999L, Long.parseLong(text))
                : 0;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    Delivery delivery(StorageHandle handle, Priority lane, int deliveries) {
        return new Delivery(handle, key, lane, payload, payloadBytes, deliveries, attempts, properties);
    }

    // ---- what is written

    /**
     * A message as it is to be submitted.
     *
     * @param text for Azure
     * @param tooLarge why it cannot be; null when it can
     */
    record Written(String text, @Nullable String tooLarge) {}

    /** Writes a message. */
    static Written written(Message message, int maxPayloadBytes) {
        int payload = message.payload() == null ? 0 : bytes(message.payload());
        if (payload > maxPayloadBytes) {
            return new Written("", "the payload has " + payload + " bytes, more than " + maxPayloadBytes);
        }
        int others = bytes(message.key()) + bytes(propertiesText(message.properties()));
        if (others > MAX_OTHER_BYTES) {
            return new Written("", "the properties have " + others + " bytes, more than " + MAX_OTHER_BYTES);
        }
        String envelope = envelope(message.key(), message.payload(), message.properties(), Map.of());
        int all = bytes(envelope);
        return all > MAX_BYTES - RESERVE
                ? new Written(
                        "",
                        "payload, key and properties have " + all + " bytes together, more than "
                                + (MAX_BYTES - RESERVE))
                : new Written(coded(envelope), null);
    }

    private static String propertiesText(Map<String, String> properties) {
        return JsonValue.textOf(properties);
    }

    private static String envelope(
            String key, @Nullable String payload, Map<String, String> properties, Map<String, String> own) {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put(ID, key);
        texts.put(TYPE, "dev.latido.work");
        texts.put(SOURCE, "latido");
        Map<String, String> others = new LinkedHashMap<>(properties);
        String trace = others.remove(Delivery.TRACEPARENT);
        if (trace != null) {
            texts.put(Delivery.TRACEPARENT, trace);
        }
        if (!others.isEmpty()) {
            texts.put(PROPERTIES, propertiesText(others));
        }
        texts.putAll(own);
        if (payload == null) {
            return Envelope.text(texts, null);
        } else if (payload.strip().equals("null")
                || fault(payload) != null) { // as data it would say that there is none
            texts.put(DATA_BASE64, Base64.getEncoder().encodeToString(payload.getBytes(StandardCharsets.UTF_8)));
            return Envelope.text(texts, null);
        }
        return Envelope.text(texts, payload);
    }

    private static String coded(String envelope) {
        return Base64.getEncoder().encodeToString(envelope.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the text for this message when it is to be tried later. */
    String later(Settlement.Later later) {
        Map<String, String> own = new LinkedHashMap<>();
        own.put(ATTEMPTS, Integer.toString(later.attempts()));
        if (later.error() != null) {
            own.put(ERROR, fit(later.error(), MAX_ERROR_BYTES));
        }
        return coded(envelope(key, payload, properties, own));
    }

    /**
     * Returns the text for this message as a dead letter.
     *
     * @param at when it became one, in milliseconds since 1970
     * @param original its text: kept as it is where it cannot be part of another, or others are to read it
     */
    String dead(Priority lane, String reason, String error, long at, String original) {
        boolean isNewer = refusal != null && refusal.reason().equals(NEWER);
        Map<String, String> own = new LinkedHashMap<>();
        own.put(LANE, lane.wireName());
        own.put(REASON, fit(reason, MAX_REASON_BYTES));
        own.put(ERROR, fit(error, MAX_ERROR_BYTES));
        own.put(DIED_AT, Long.toString(at));
        boolean isUnread = refusal != null && payload == null;
        String envelope = envelope(key, isUnread ? plain(original) : payload, properties, own);
        return isNewer || bytes(envelope) > MAX_BYTES ? original : coded(envelope);
    }

    /**
     * A dead letter as it stands at Azure.
     *
     * @param at when it became one; 0 where that is not said
     * @param replayed the text for it as work again, in its next round
     */
    record Dead(
            String key,
            Priority lane,
            String payload,
            int payloadBytes,
            String reason,
            String error,
            long at,
            Map<String, String> properties,
            String replayed) {}

    /** Reads a dead letter. */
    static Dead dead(String id, String text) {
        Wire read = of(id, text, StorageBroker.CAPABILITIES.maxPayloadBytes());
        String plain = plain(text);
        Envelope envelope = Envelope.of(plain);
        Map<String, String> texts = envelope == null ? Map.of() : envelope.texts();
        String payload = read.payload == null && read.refusal != null ? plain : read.payload;
        JobQueue.Refused refusal = read.refusal;
        boolean isOriginal = !texts.containsKey(REASON);
        Map<String, String> again = new LinkedHashMap<>(read.properties);
        again.put(Delivery.ROUND, Long.toString(number(again.get(Delivery.ROUND)) + 1));
        return new Dead(
                read.key,
                Priority.ofWireName(texts.getOrDefault(LANE, "")).orElse(Priority.NORMAL),
                payload == null ? "" : cut(payload),
                payload == null ? 0 : bytes(payload),
                isOriginal && refusal != null ? refusal.reason() : texts.getOrDefault(REASON, ""),
                isOriginal && refusal != null ? refusal.detail() : texts.getOrDefault(ERROR, ""),
                number(texts.get(DIED_AT)),
                read.properties,
                isOriginal ? text : coded(envelope(read.key, read.payload, again, Map.of())));
    }

    private static String cut(String payload) {
        if (payload.length() <= MAX_LISTED_BYTES) {
            return payload;
        }
        return payload.substring(
                0,
                Character.isHighSurrogate(payload.charAt(MAX_LISTED_BYTES - 1))
                        ? MAX_LISTED_BYTES - 1
                        : MAX_LISTED_BYTES);
    }

    /** Returns {@code text}, or the beginning of it, that as JSON has up to so many bytes. */
    private static String fit(String text, int most) {
        int end = Math.min(text.length(), most);
        while (bytes(JsonString.of(text.substring(0, end))) > most) {
            end = end / 2 + end / 4;
        }
        if (end == text.length()) {
            return text;
        }
        return (end > 0 && Character.isHighSurrogate(text.charAt(end - 1))
                        ? text.substring(0, end - 1)
                        : text.substring(0, end))
                + "…";
    }
}

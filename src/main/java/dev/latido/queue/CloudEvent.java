package dev.latido.queue;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A CloudEvent in structured mode: one JSON object that has the attributes and the data, as the JSON format of CloudEvents 1.0
 * says. Whoever sends one says so beside it, by {@link #MEDIA_TYPE}: a payload that merely looks like one is a payload.
 *
 * @param id its {@code id}; unique together with {@code source} only
 * @param source who sent it
 * @param traceparent what it is part of, by the extension for distributed tracing; null when it does not tell
 * @param data JSON text as it stands there, or in {@code data_base64}; null for none
 * @param problem why it is no event that can be work, for people; null when it is, and else nothing else is known
 */
public record CloudEvent(
        String id,
        String source,
        @Nullable String traceparent,
        @Nullable String data,
        @Nullable String problem) {

    /** What is said of such an object; something about characters may follow. */
    public static final String MEDIA_TYPE = "application/cloudevents+json";

    /** Attributes that each event has, each of them a text. */
    private static final String ID = "id";

    private static final String SOURCE = "source";
    private static final String TYPE = "type";
    private static final String VERSION = "specversion";

    private static final String DATA = "data";
    private static final String DATA_BASE64 = "data_base64";

    /** Tells whether {@code contentType} is that of an event in structured mode. */
    public static boolean isStructured(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        int end = contentType.indexOf(';');
        String type = end < 0 ? contentType : contentType.substring(0, end);
        return type.strip().toLowerCase(Locale.ROOT).equals(MEDIA_TYPE);
    }

    /** Reads {@code json}, which may be anything. */
    public static CloudEvent read(String json) {
        String problem = Payload.problem(json).orElse(null);
        if (problem != null) {
            return broken(problem);
        }
        try (JsonParser parser = Payload.parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return broken("an event is a JSON object");
            }
            Map<String, String> texts = new HashMap<>();
            String data = null;
            boolean hasData = false;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken token = parser.nextToken();
                boolean isThere = token != JsonToken.VALUE_NULL; // null is as if it were not
                if (isThere && name.equals(DATA)) {
                    hasData = true;
                    data = value(parser, json);
                } else if (token == JsonToken.VALUE_STRING) {
                    texts.put(name, parser.getText());
                } else {
                    parser.skipChildren();
                }
            }
            return of(texts, hasData, data);
        } catch (IOException e) {
            return broken("it cannot be read"); // it was read before
        }
    }

    private static CloudEvent of(Map<String, String> texts, boolean hasData, @Nullable String data) {
        for (String name : new String[] {VERSION, ID, SOURCE, TYPE}) {
            if (!texts.containsKey(name)) {
                return broken("it has no '" + name + "' that is a text, as each event has");
            }
        }
        if (!texts.getOrDefault(VERSION, "").startsWith("1.")) {
            return broken("its specversion is not 1.0");
        }
        String id = texts.getOrDefault(ID, "");
        String source = texts.getOrDefault(SOURCE, "");
        String trace = texts.get(Delivery.TRACEPARENT);
        String coded = texts.get(DATA_BASE64);
        if (coded == null) {
            return new CloudEvent(id, source, trace, data, null);
        } else if (hasData) {
            return broken("it has both data and data_base64");
        }
        Optional<String> text = decoded(coded);
        if (text.isEmpty()) {
            return broken("its data_base64 is not UTF-8 text");
        }
        String problem = Payload.problem(text.get()).orElse(null);
        return problem == null
                ? new CloudEvent(id, source, trace, text.get(), null)
                : broken("in its data_base64, " + problem);
    }

    private static Optional<String> decoded(String base64) {
        try {
            return Payload.text(Base64.getDecoder().decode(base64.getBytes(StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Returns the value where {@code parser} is, as it stands in {@code json}: no digit of a number changes. */
    private static String value(JsonParser parser, String json) throws IOException {
        int begin = (int) parser.currentTokenLocation().getCharOffset();
        parser.skipChildren();
        parser.finishToken(); // a text is read when it is asked for
        return json.substring(begin, (int) parser.currentLocation().getCharOffset());
    }

    private static CloudEvent broken(String problem) {
        return new CloudEvent("", "", null, null, problem);
    }
}

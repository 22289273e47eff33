package dev.latido.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object of the service, read for people. Texts and numbers are kept as text, exactly as they came; what is absent is
 * null, zero, false or empty, so that answers of an older or newer service can be read as well.
 */
record Fields(Map<String, @Nullable Object> values) {

    /** What is nested deeper, which only payloads and results are, is not looked at: a result may be of any depth. */
    private static final int MAX_DEPTH = 50;

    /**
     * Reads an object.
     *
     * @throws IOException when {@code json} is none
     */
    static Fields parse(String json) throws IOException {
        try (JsonParser parser = RawJson.FACTORY.createParser(json)) {
            parser.nextToken();
            if (read(parser) instanceof Fields object && parser.nextToken() == null) {
                return object;
            }
        }
        throw new IOException("this is not one JSON object");
    }

    private static @Nullable Object read(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (parser.getParsingContext().getNestingDepth() > MAX_DEPTH) {
            parser.skipChildren();
            return null;
        }
        if (token == JsonToken.START_OBJECT) {
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                values.put(name, read(parser));
            }
            return new Fields(values);
        }
        if (token == JsonToken.START_ARRAY) {
            List<@Nullable Object> items = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                items.add(read(parser));
            }
            return items;
        }
        return token == null || token == JsonToken.VALUE_NULL ? null : parser.getText();
    }

    /** Returns the text, number, true or false of that name; null when it is absent, null, or something else. */
    @Nullable String text(String name) {
        return values.get(name) instanceof String text ? text : null;
    }

    String textOr(String name, String absent) {
        String text = text(name);
        return text == null ? absent : text;
    }

    long number(String name) {
        try {
            return Long.parseLong(textOr(name, "0"));
        } catch (NumberFormatException other) {
            return 0;
        }
    }

    boolean flag(String name) {
        return "true".equals(text(name));
    }

    Fields object(String name) {
        return values.get(name) instanceof Fields object ? object : new Fields(Map.of());
    }

    /** Returns the texts of an array. */
    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        if (values.get(name) instanceof List<?> items) {
            items.forEach(item -> {
                if (item instanceof String text) {
                    texts.add(text);
                }
            });
        }
        return texts;
    }

    List<Fields> objects(String name) {
        List<Fields> objects = new ArrayList<>();
        if (values.get(name) instanceof List<?> items) {
            items.forEach(item -> {
                if (item instanceof Fields object) {
                    objects.add(object);
                }
            });
        }
        return objects;
    }

    /** Shows the fields as {@code {name=value, …}}. */
    @Override
    public String toString() {
        return values.toString();
    }
}

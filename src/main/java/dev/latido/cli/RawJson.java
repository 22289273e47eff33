package dev.latido.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Cuts values out of JSON text exactly as they came, for those to whom they are handed on. */
final class RawJson {

    /** Without bounds for what is nested deep or is a long number, which a worker's result may be. */
    static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private RawJson() {}

    /** Returns a field's value in the object {@code json}; nothing where it is absent. */
    static Optional<String> field(String json, String name) {
        return cut(json, name, false).stream().findFirst();
    }

    /** Returns the items of an array that is a field of the object {@code json}; none where it is absent. */
    static List<String> items(String json, String name) {
        return cut(json, name, true);
    }

    private static List<String> cut(String json, String name, boolean items) {
        List<String> values = new ArrayList<>();
        try (JsonParser parser = FACTORY.createParser(json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isIt = parser.currentName().equals(name);
                JsonToken value = parser.nextToken();
                if (isIt && !items) {
                    values.add(value(parser, json));
                } else if (isIt && value == JsonToken.START_ARRAY) {
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        values.add(value(parser, json));
                    }
                } else {
                    parser.skipChildren();
                }
            }
        } catch (IOException malformed) {
            throw new UncheckedIOException("what was read once cannot be read again", malformed);
        }
        return values;
    }

    private static String value(JsonParser parser, String json) throws IOException {
        int start = Math.toIntExact(parser.currentTokenLocation().getCharOffset());
        parser.skipChildren();
        parser.finishToken();
        return json.substring(start, Math.toIntExact(parser.currentLocation().getCharOffset()));
    }
}

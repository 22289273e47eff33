package dev.latido.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A JSON pointer (RFC 6901), which finds one value in JSON text. */
public final class JsonPath {

    /** How many characters of a value are read at most; values that begin alike are taken for the same. */
    public static final int MAX_LENGTH = 256;

    private final JsonPointer pointer;

    private JsonPath(JsonPointer pointer) {
        this.pointer = pointer;
    }

    /**
     * Reads a pointer, such as {@code /customer/id}.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static JsonPath of(String pointer) {
        if (!pointer.startsWith("/")) {
            throw new IllegalArgumentException("a JSON pointer begins with '/'");
        }
        return new JsonPath(JsonPointer.compile(pointer));
    }

    /** Returns the text, number, true or false at this place in {@code json}; empty when there is none. */
    public String find(@Nullable String json) {
        if (json == null) {
            return "";
        }
        try (JsonParser parser = Unbounded.FACTORY.createParser(json)) {
            parser.nextToken();
            return find(parser, pointer);
        } catch (IOException noJson) {
            return "";
        }
    }

    private static String find(JsonParser parser, JsonPointer rest) throws IOException {
        if (rest.matches()) {
            String text =
                    parser.currentToken() != null && parser.currentToken().isScalarValue() ? parser.getText() : "";
            return text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH);
        }
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isIt = rest.matchesProperty(parser.currentName());
                parser.nextToken();
                if (isIt) {
                    return find(parser, rest.tail());
                }
                parser.skipChildren();
            }
        } else if (parser.currentToken() == JsonToken.START_ARRAY) {
            for (int index = 0; parser.nextToken() != JsonToken.END_ARRAY; index++) {
                if (rest.matchesElement(index)) {
                    return find(parser, rest.tail());
                }
                parser.skipChildren();
            }
        }
        return "";
    }
}

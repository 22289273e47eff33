package dev.latido.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;

/** Gives a line of a batch an idempotency key. */
final class LineKey {

    private LineKey() {}

    /** Returns {@code line} with the field "key"; as it is when it has one, or is not a JSON object, which the service tells. */
    static String put(String line, String key) {
        try (JsonParser parser = RawJson.FACTORY.createParser(line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return line;
            }
            int open = Math.toIntExact(parser.currentTokenLocation().getCharOffset());
            boolean isEmpty = true;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                isEmpty = false;
                if (parser.currentName().equals("key")) {
                    return line;
                }
                parser.nextToken();
                parser.skipChildren();
            }
            return line.substring(0, open + 1) + field(key) + (isEmpty ? "" : ",") + line.substring(open + 1);
        } catch (IOException malformed) {
            return line;
        }
    }

    private static String field(String key) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = RawJson.FACTORY.createGenerator(text)) {
            json.writeString(key);
        }
        return "\"key\":" + text;
    }
}

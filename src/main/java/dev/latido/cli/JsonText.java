package dev.latido.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** Writes JSON of the command line's own; what the service answered is handed on as it came. */
final class JsonText {

    /** How the types of problems begin, here as in the service. */
    private static final String TYPES = "urn:latido:problem:";

    private JsonText() {}

    /** Writes fields. */
    @FunctionalInterface
    interface Content {
        void writeTo(JsonGenerator json) throws IOException;
    }

    /** Returns an object with the fields that {@code content} writes. */
    static String object(Content content) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = RawJson.FACTORY.createGenerator(text)) {
            json.writeStartObject();
            content.writeTo(json);
            json.writeEndObject();
        } catch (IOException noIoInHere) {
            throw new UncheckedIOException(noIoInHere);
        }
        return text.toString();
    }

    /**
     * Returns a problem as RFC 9457 has it, without a status, as there is no answer of HTTP.
     *
     * @param type the last word of its type
     * @param more writes what else there is to say
     */
    static String problem(String type, String title, String detail, Content more) {
        return object(json -> {
            json.writeStringField("type", TYPES + type);
            json.writeStringField("title", title);
            json.writeStringField("detail", detail);
            more.writeTo(json);
        });
    }
}

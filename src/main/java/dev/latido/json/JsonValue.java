package dev.latido.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.jackson.JacksonCodec;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values as Vert.x has them on its bus, to and from JSON text. No digit of a number is lost either way. */
public final class JsonValue {

    /**
     * How deep a text may be nested to become a value. Vert.x, which reads it at the other end of the bus, goes to 1,000, and
     * what is sent is nested in an object or two.
     */
    static final int MAX_DEPTH = 900;

    /** How many digits a number may have to become a value, which is as many as Vert.x reads. */
    static final int MAX_DIGITS = 1_000;

    private static final JsonFactory READER = Unbounded.FACTORY
            .rebuild()
            .streamReadConstraints(Unbounded.FACTORY
                    .streamReadConstraints()
                    .rebuild()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_DIGITS)
                    .build())
            .build();

    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private JsonValue() {}

    /**
     * Reads JSON text; a decimal that a {@code double} would change is a {@link BigDecimal}.
     *
     * @throws DecodeException when it is not JSON, is nested too deep, or has a number that is too long or that no Java
     *     type holds
     */
    public static @Nullable Object of(String json) {
        try {
            return JacksonCodec.fromParser(new ExactParser(READER.createParser(json)), Object.class);
        } catch (IOException e) {
            throw new DecodeException("Failed to decode: " + e.getMessage(), e);
        }
    }

    /**
     * Writes a value, however deep it is nested. What JSON does not have is a string: bytes in base64 and times by RFC 3339,
     * as in Vert.x's JSON (RFC 7493), {@code NaN} and the infinities by their names, and everything else by its {@code
     * toString}. Lone surrogates are escaped.
     */
    public static String textOf(@Nullable Object value) {
        return textOf(value, Integer.MAX_VALUE);
    }

    /**
     * Does the same for one who has a bound.
     *
     * @param maxChars a longer text is not wanted: of one that has more characters, at least so many come and perhaps no
     *     more, so that it may be no JSON
     */
    public static String textOf(@Nullable Object value, int maxChars) {
        if (value instanceof String text) {
            return JsonString.of(text.length() <= maxChars ? text : text.substring(0, maxChars + 1));
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator out = Unbounded.FACTORY.createGenerator(text)) {
            write(value, out, text.getBuffer(), maxChars);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // there is no I/O in it
        }
        return JsonString.escaped(text.toString());
    }

    /** An object or an array of which the rest is to be written. */
    private record Open(Iterator<?> rest, boolean isObject) {}

    /** Without recursion, for which a thread's stack would be a bound. */
    private static void write(@Nullable Object value, JsonGenerator out, StringBuffer text, int maxChars)
            throws IOException {
        Deque<Open> open = new ArrayDeque<>();
        begin(value, out, open);
        while (!open.isEmpty() && text.length() <= maxChars) {
            Open inner = open.element();
            if (!inner.rest.hasNext()) {
                open.remove();
                if (inner.isObject) {
                    out.writeEndObject();
                } else {
                    out.writeEndArray();
                }
            } else if (inner.isObject) {
                Map.Entry<?, ?> field = (Map.Entry<?, ?>) inner.rest.next();
                out.writeFieldName(String.valueOf(field.getKey()));
                begin(field.getValue(), out, open);
            } else {
                begin(inner.rest.next(), out, open);
            }
        }
    }

    private static void begin(@Nullable Object value, JsonGenerator out, Deque<Open> open) throws IOException {
        if (value instanceof JsonObject object) {
            beginObject(object.getMap(), out, open);
        } else if (value instanceof Map<?, ?> map) {
            beginObject(map, out, open);
        } else if (value instanceof JsonArray array) {
            beginArray(array.getList(), out, open);
        } else if (value instanceof Iterable<?> items) {
            beginArray(items, out, open);
        } else if (value instanceof Number number) {
            write(number, out);
        } else if (value instanceof Boolean flag) {
            out.writeBoolean(flag);
        } else if (value instanceof byte[] bytes) {
            out.writeString(BASE64.encodeToString(bytes));
        } else if (value instanceof Buffer bytes) {
            out.writeString(BASE64.encodeToString(bytes.getBytes()));
        } else if (value == null) {
            out.writeNull();
        } else if (value instanceof Enum<?> constant) {
            out.writeString(constant.name());
        } else {
            out.writeString(value.toString()); // the text of an Instant is that of RFC 3339
        }
    }

    private static void beginObject(Map<?, ?> map, JsonGenerator out, Deque<Open> open) throws IOException {
        out.writeStartObject();
        open.push(new Open(map.entrySet().iterator(), true));
    }

    private static void beginArray(Iterable<?> items, JsonGenerator out, Deque<Open> open) throws IOException {
        out.writeStartArray();
        open.push(new Open(items.iterator(), false));
    }

    private static void write(Number number, JsonGenerator out) throws IOException {
        String text = number.toString();
        if (JsonSyntax.isJson(text)) {
            out.writeNumber(text);
        } else {
            out.writeString(text); // NaN, say
        }
    }
}

package dev.latido.json;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.jackson.JacksonCodec;
import io.vertx.core.json.jackson.JacksonFactory;
import io.vertx.core.spi.JsonFactory;
import io.vertx.core.spi.json.JsonCodec;
import java.util.List;
import java.util.Map;

/**
 * Vert.x's JSON, but for decimals that a {@code double} would change, which are a {@link java.math.BigDecimal}: what comes
 * over the bus from another node keeps its digits. Vert.x finds this as a service, see {@code META-INF/services}.
 */
public final class ExactJson implements JsonFactory {

    /** The classes that JSON as such is read as; others are mapped, where there is a library for that. */
    private static final List<Class<?>> PLAIN = List.of(Object.class, Map.class, List.class);

    @Override
    public JsonCodec codec() {
        return new Codec(JacksonFactory.CODEC);
    }

    private record Codec(JsonCodec others) implements JsonCodec {

        @Override
        public <T> T fromString(String json, Class<T> type) {
            return PLAIN.contains(type)
                    ? JacksonCodec.fromParser(new ExactParser(JacksonCodec.createParser(json)), type)
                    : others.fromString(json, type);
        }

        @Override
        public <T> T fromBuffer(Buffer json, Class<T> type) {
            return PLAIN.contains(type)
                    ? JacksonCodec.fromParser(new ExactParser(JacksonCodec.createParser(json)), type)
                    : others.fromBuffer(json, type);
        }

        @Override
        public <T> T fromValue(Object json, Class<T> type) {
            return others.fromValue(json, type);
        }

        @Override
        public String toString(Object value, boolean pretty) {
            return others.toString(value, pretty);
        }

        @Override
        public Buffer toBuffer(Object value, boolean pretty) {
            return others.toBuffer(value, pretty);
        }
    }
}

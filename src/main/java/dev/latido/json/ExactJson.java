package dev.latido.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.netty.buffer.ByteBufInputStream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.jackson.JacksonCodec;
import io.vertx.core.json.jackson.JacksonFactory;
import io.vertx.core.spi.JsonFactory;
import io.vertx.core.spi.json.JsonCodec;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/**
 * Vert.x's JSON, but for decimals that a {@code double} would change, which are a {@link java.math.BigDecimal}: what comes
 * over the bus from another node keeps its digits. Its parsers share nothing, see {@link JsonFactories}. Vert.x finds this
 * as a service, see {@code META-INF/services}.
 */
public final class ExactJson implements JsonFactory {

    /** The classes that JSON as such is read as; others are mapped, where there is a library for that. */
    private static final List<Class<?>> PLAIN = List.of(Object.class, Map.class, List.class);

    private static final com.fasterxml.jackson.core.JsonFactory PARSERS = JsonFactories.sharingNothing()
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS) // as Vert.x's own have it
            .build();

    @Override
    public JsonCodec codec() {
        return new Codec(JacksonFactory.CODEC);
    }

    private interface Opened {
        JsonParser open() throws IOException;
    }

    private record Codec(JsonCodec others) implements JsonCodec {

        @Override
        public <T> T fromString(String json, Class<T> type) {
            return PLAIN.contains(type) ? parse(() -> PARSERS.createParser(json), type) : others.fromString(json, type);
        }

        @Override
        public <T> T fromBuffer(Buffer json, Class<T> type) {
            return PLAIN.contains(type)
                    ? parse(
                            () -> PARSERS.createParser(
                                    (InputStream) new ByteBufInputStream(((BufferInternal) json).getByteBuf())),
                            type)
                    : others.fromBuffer(json, type);
        }

        private static <T> T parse(Opened json, Class<T> type) {
            try {
                return JacksonCodec.fromParser(new ExactParser(json.open()), type);
            } catch (IOException e) {
                throw new DecodeException("Failed to decode: " + e.getMessage(), e);
            }
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

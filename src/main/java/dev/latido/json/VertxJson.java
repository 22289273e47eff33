package dev.latido.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.netty.buffer.ByteBufInputStream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.jackson.JacksonCodec;
import io.vertx.core.spi.JsonFactory;
import io.vertx.core.spi.json.JsonCodec;
import java.io.IOException;
import java.io.InputStream;

/** Vert.x's JSON, but with parsers that share nothing; Vert.x finds it by its service loader. */
public final class VertxJson implements JsonFactory {

    private static final com.fasterxml.jackson.core.JsonFactory PARSERS = JsonFactories.sharingNothing()
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS) // as Vert.x's own have it
            .build();

    @Override
    public JsonCodec codec() {
        return new Codec();
    }

    private interface Opened {
        JsonParser open() throws IOException;
    }

    private static final class Codec extends JacksonCodec {

        @Override
        public <T> T fromString(String json, Class<T> type) {
            return parse(() -> PARSERS.createParser(json), type);
        }

        @Override
        public Object fromString(String json) {
            return fromString(json, Object.class);
        }

        @Override
        public <T> T fromBuffer(Buffer json, Class<T> type) {
            return parse(
                    () -> PARSERS.createParser(
                            (InputStream) new ByteBufInputStream(((BufferInternal) json).getByteBuf())),
                    type);
        }

        @Override
        public Object fromBuffer(Buffer json) {
            return fromBuffer(json, Object.class);
        }

        private static <T> T parse(Opened json, Class<T> type) {
            try {
                return fromParser(json.open(), type);
            } catch (IOException e) {
                throw new DecodeException("Failed to decode: " + e.getMessage(), e);
            }
        }
    }
}

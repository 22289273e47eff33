package dev.latido.worker;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import org.jspecify.annotations.Nullable;

/** What workers hand back, as JSON text that the rest of the service can rely on. */
final class JsonText {

    /** Longer results are not kept by the owner, so that there is no use in parsing them. */
    private static final int MAX_PARSED = 65_536;

    private JsonText() {}

    /**
     * Rewrites JSON text in its compact form; null for the JSON value {@code null}.
     *
     * @throws DecodeException when it is no JSON
     */
    static @Nullable String compact(@Nullable String text) {
        if (text == null || text.length() > MAX_PARSED) {
            return text;
        }
        return of(Json.decodeValue(text));
    }

    /** Returns the text of a JSON value; null for none. */
    static @Nullable String of(@Nullable Object value) {
        return value == null ? null : Json.encode(value);
    }
}

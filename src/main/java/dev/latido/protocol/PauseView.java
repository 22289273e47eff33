package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether everything is paused.
 *
 * @param pausedAt since when; null while it is not
 */
public record PauseView(@Nullable Instant pausedAt) implements Reply {
    @Override
    public JsonObject toJson() {
        return new JsonObject().put("isPaused", pausedAt != null).put("pausedAt", JsonForm.text(pausedAt));
    }

    static PauseView fromJson(JsonObject json) {
        return new PauseView(JsonForm.time(json, "pausedAt"));
    }
}

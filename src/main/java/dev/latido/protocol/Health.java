package dev.latido.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the owner is.
 *
 * @param degraded what works, but not as it should, one line each; empty when all is well
 * @param overdue for how long the work that is due longest has been waiting for the owner; zero when it keeps up
 * @param down why the service cannot take work; null when it can
 */
public record Health(
        List<String> degraded, Duration overdue, @Nullable String down) implements Reply {

    /** An owner that has work overdue for longer than this makes no progress. */
    public static final Duration MAX_OVERDUE = Duration.ofSeconds(10);

    /** Makes the health of an owner that keeps up. */
    public Health(List<String> degraded) {
        this(degraded, Duration.ZERO, null);
    }

    /** Tells whether the owner has due work and makes no progress with it. */
    public boolean isStalled() {
        return overdue.compareTo(MAX_OVERDUE) > 0;
    }

    @Override
    public JsonObject toJson() {
        JsonObject json =
                new JsonObject().put("degraded", new JsonArray(degraded)).put("overdueMillis", overdue.toMillis());
        JsonForm.put(json, "down", down);
        return json;
    }

    static Health fromJson(JsonObject json) {
        return new Health(
                JsonForm.strings(json, "degraded"),
                Duration.ofMillis(json.getLong("overdueMillis")),
                json.getString("down"));
    }
}

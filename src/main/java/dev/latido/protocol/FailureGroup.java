package dev.latido.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Attempts of a job that failed alike.
 *
 * @param kind what their errors have in common: the beginning, with {@code #} for each number
 * @param error the latest of them, or its beginning
 * @param count how many there were since {@code firstSeen}
 * @param perHour how many there were in each of the last 24 hours, the present one last
 */
public record FailureGroup(
        String kind, String error, Instant firstSeen, Instant lastSeen, long count, List<Integer> perHour) {

    /** How many hours the trend has. */
    public static final int HOURS = 24;

    public FailureGroup {
        perHour = List.copyOf(perHour);
    }

    JsonObject toJson() {
        return new JsonObject()
                .put("kind", kind)
                .put("error", error)
                .put("firstSeen", firstSeen.toString())
                .put("lastSeen", lastSeen.toString())
                .put("count", count)
                .put("perHour", new JsonArray(perHour));
    }

    static FailureGroup fromJson(JsonObject json) {
        List<Integer> perHour = new ArrayList<>();
        json.getJsonArray("perHour").forEach(count -> perHour.add(((Number) count).intValue()));
        return new FailureGroup(
                json.getString("kind"),
                json.getString("error"),
                Instant.parse(json.getString("firstSeen")),
                Instant.parse(json.getString("lastSeen")),
                json.getLong("count"),
                perHour);
    }
}

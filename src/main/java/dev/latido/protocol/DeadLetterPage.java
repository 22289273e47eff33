package dev.latido.protocol;

import dev.latido.job.Priority;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A page of the dead letters of a job at its broker.
 *
 * @param letters the oldest first
 * @param total how many there are
 * @param forgotten how many had to give way, because they were too many or too old
 * @param cursor what the command for the next page needs; null when this is the last
 */
public record DeadLetterPage(
        List<Letter> letters,
        long total,
        long forgotten,
        @Nullable String cursor) implements Reply {

    /**
     * One of them.
     *
     * @param id names it among the dead letters
     * @param key the key of its message
     * @param priority its lane
     * @param reason why it is one, in a word
     * @param error the same for people
     * @param diedAt when it became one, by the broker's clock
     * @param payload its payload, or the beginning of it, as it came: it may be no JSON
     * @param payloadBytes how long that is as a whole
     */
    public record Letter(
            String id,
            String key,
            Priority priority,
            String reason,
            String error,
            Instant diedAt,
            String payload,
            int payloadBytes) {

        JsonObject toJson() {
            return new JsonObject()
                    .put("id", id)
                    .put("key", key)
                    .put("priority", priority.wireName())
                    .put("reason", reason)
                    .put("error", error)
                    .put("diedAt", JsonForm.text(diedAt))
                    .put("payload", payload)
                    .put("payloadBytes", payloadBytes);
        }

        static Letter fromJson(JsonObject json) {
            return new Letter(
                    json.getString("id"),
                    json.getString("key"),
                    Priority.ofWireName(json.getString("priority")).orElseThrow(),
                    json.getString("reason"),
                    json.getString("error"),
                    Objects.requireNonNull(JsonForm.time(json, "diedAt")),
                    json.getString("payload"),
                    json.getInteger("payloadBytes"));
        }
    }

    @Override
    public JsonObject toJson() {
        return new JsonObject()
                .put("letters", JsonForm.array(letters, Letter::toJson))
                .put("total", total)
                .put("forgotten", forgotten)
                .put("cursor", cursor);
    }

    static DeadLetterPage fromJson(JsonObject json) {
        return new DeadLetterPage(
                JsonForm.list(json, "letters", Letter::fromJson),
                json.getLong("total"),
                json.getLong("forgotten"),
                json.getString("cursor"));
    }
}

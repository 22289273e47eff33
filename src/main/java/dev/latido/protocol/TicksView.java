package dev.latido.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When the timer of a job is due next.
 *
 * @param job its name
 * @param schedule its timer, in one line; null when it has none
 * @param ticks the next ones, in their order, without the job's {@code jitter}
 * @param note why there are none; null when there are some
 */
public record TicksView(
        String job,
        @Nullable String schedule,
        List<Instant> ticks,
        @Nullable String note) implements Reply {

    /** How many are told at most. */
    public static final int MAX = 100;

    /** How many are told when nothing else is said. */
    public static final int USUAL = 20;

    public TicksView {
        ticks = List.copyOf(ticks);
    }

    @Override
    public JsonObject toJson() {
        JsonArray times = new JsonArray();
        ticks.forEach(tick -> times.add(tick.toString()));
        JsonObject json =
                new JsonObject().put("job", job).put("schedule", schedule).put("ticks", times);
        JsonForm.put(json, "note", note);
        return json;
    }

    static TicksView fromJson(JsonObject json) {
        return new TicksView(
                json.getString("job"),
                json.getString("schedule"),
                JsonForm.strings(json, "ticks").stream().map(Instant::parse).toList(),
                json.getString("note"));
    }
}

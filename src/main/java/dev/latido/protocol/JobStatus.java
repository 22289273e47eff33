package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of a job at the moment of the answer. The same four fields, under the same names, over HTTP and the bus.
 *
 * @param isRunning whether the job is started
 * @param executionCount how many runs have begun since the job exists; kept over stop and start
 * @param lastExecutionTime when the latest run began; null before the first
 * @param message what happened, or how it stands, for people
 */
public record JobStatus(
        boolean isRunning, long executionCount, @Nullable Instant lastExecutionTime, String message) implements Reply {
    @Override
    public JsonObject toJson() {
        return new JsonObject()
                .put("isRunning", isRunning)
                .put("executionCount", executionCount)
                .put("lastExecutionTime", JsonForm.text(lastExecutionTime))
                .put("message", message);
    }

    static JobStatus fromJson(JsonObject json) {
        return new JobStatus(
                json.getBoolean("isRunning"),
                json.getLong("executionCount"),
                JsonForm.time(json, "lastExecutionTime"),
                json.getString("message"));
    }
}

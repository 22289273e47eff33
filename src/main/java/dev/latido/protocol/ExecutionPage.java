package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of executions.
 *
 * @param executions in the order in which they came into their state, queued ones the most urgent first, without payloads
 *     and results
 * @param cursor what the command for the next page needs; null when this is the last
 */
public record ExecutionPage(
        List<ExecutionView> executions, @Nullable String cursor) implements Reply {
    @Override
    public JsonObject toJson() {
        return new JsonObject()
                .put("executions", JsonForm.array(executions, ExecutionView::toJson))
                .put("cursor", cursor);
    }

    static ExecutionPage fromJson(JsonObject json) {
        return new ExecutionPage(JsonForm.list(json, "executions", ExecutionView::fromJson), json.getString("cursor"));
    }
}

package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Executions that were looked for, as far as was looked.
 *
 * @param executions those that were found, without payloads and results; none where they were only counted
 * @param matched how many were found
 * @param looked how many were looked at for this answer
 * @param of how many there are to look at in all, as seen when this look began
 * @param unread how many of those that were looked at have a payload that was not looked into: it is too long, or cannot be read now
 * @param cursor what the command that looks on needs; null when all were looked at
 */
public record FoundPage(
        List<ExecutionView> executions,
        int matched,
        int looked,
        int of,
        int unread,
        @Nullable String cursor) implements Reply {

    @Override
    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("executions", JsonForm.array(executions, ExecutionView::toJson))
                .put("matched", matched)
                .put("looked", looked)
                .put("of", of);
        if (unread > 0) {
            json.put("unread", unread);
        }
        return json.put("cursor", cursor);
    }

    static FoundPage fromJson(JsonObject json) {
        return new FoundPage(
                JsonForm.list(json, "executions", ExecutionView::fromJson),
                json.getInteger("matched"),
                json.getInteger("looked"),
                json.getInteger("of"),
                json.getInteger("unread", 0),
                json.getString("cursor"));
    }
}

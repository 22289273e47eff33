package dev.latido.protocol;

import io.vertx.core.json.JsonObject;

/**
 * How many executions a command for many applied to.
 *
 * @param matched how many there were that it could apply to
 * @param changed how many it did apply to: one command changes a bounded number, and is repeated for the rest
 */
public record Counted(int matched, int changed) implements Reply {
    @Override
    public JsonObject toJson() {
        return new JsonObject().put("matched", matched).put("changed", changed);
    }

    static Counted fromJson(JsonObject json) {
        return new Counted(json.getInteger("matched"), json.getInteger("changed"));
    }
}

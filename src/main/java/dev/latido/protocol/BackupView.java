package dev.latido.protocol;

import io.vertx.core.json.JsonObject;

/**
 * A copy of everything that was stored.
 *
 * @param place the file
 * @param bytes how large it is
 * @param sequence the number of the newest commit in it
 */
public record BackupView(String place, long bytes, long sequence) implements Reply {
    @Override
    public JsonObject toJson() {
        return new JsonObject().put("place", place).put("bytes", bytes).put("sequence", sequence);
    }

    static BackupView fromJson(JsonObject json) {
        return new BackupView(json.getString("place"), json.getLong("bytes"), json.getLong("sequence"));
    }
}

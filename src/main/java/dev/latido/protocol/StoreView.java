package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * How the store is at the moment of the answer.
 *
 * @param type what kind of store it is: {@code sqlite} or {@code memory}
 * @param place where it is; empty when it is nowhere
 * @param sequence the number of the newest commit
 * @param bytes how much space it takes
 * @param pendingRows how many rows wait to be written
 * @param problem why nothing can be written; null when it can
 */
public record StoreView(
        String type,
        String place,
        long sequence,
        long bytes,
        int pendingRows,
        @Nullable String problem) implements Reply {
    @Override
    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("type", type)
                .put("place", place)
                .put("sequence", sequence)
                .put("bytes", bytes)
                .put("pendingRows", pendingRows);
        JsonForm.put(json, "problem", problem);
        return json;
    }

    static StoreView fromJson(JsonObject json) {
        return new StoreView(
                json.getString("type"),
                json.getString("place"),
                json.getLong("sequence"),
                json.getLong("bytes"),
                json.getInteger("pendingRows"),
                json.getString("problem"));
    }
}

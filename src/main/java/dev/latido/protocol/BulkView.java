package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * What was done with executions that were looked for, as far as was looked.
 *
 * @param matched how many were found that it could be done with
 * @param changed with how many it was done
 * @param skipped with how many it was not: they had gone on meanwhile, or were refused
 * @param why why it was not done with the latest of these; null where there are none
 * @param looked how many were looked at for this answer
 * @param of how many there are to look at in all
 * @param unread how many of those that were looked at have a payload that was not looked into
 * @param cursor what the request that goes on needs; null when all were looked at
 */
public record BulkView(
        int matched,
        int changed,
        int skipped,
        @Nullable String why,
        int looked,
        int of,
        int unread,
        @Nullable String cursor)
        implements Reply {

    /** That of a request that has not begun. */
    public static final BulkView NONE = new BulkView(0, 0, 0, null, 0, 0, 0, null);

    /** Returns this with what a further page of what was found has come to. */
    public BulkView and(FoundPage page, int changedOfIt, int skippedOfIt, @Nullable String whyOfIt) {
        return new BulkView(
                matched + page.matched(),
                changed + changedOfIt,
                skipped + skippedOfIt,
                whyOfIt == null ? why : whyOfIt,
                looked + page.looked(),
                Math.max(of, page.of()),
                unread + page.unread(),
                page.cursor());
    }

    @Override
    public JsonObject toJson() {
        JsonObject json =
                new JsonObject().put("matched", matched).put("changed", changed).put("skipped", skipped);
        JsonForm.put(json, "why", why);
        json.put("looked", looked).put("of", of);
        if (unread > 0) {
            json.put("unread", unread);
        }
        return json.put("cursor", cursor);
    }
}

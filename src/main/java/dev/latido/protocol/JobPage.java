package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A page of jobs.
 *
 * @param jobs in the order that was asked for
 * @param cursor what the command for the next page needs; null when this is the last, or was asked for by its number
 * @param total how many jobs all pages have together; null when the page was not asked for by its number
 * @param groups how many jobs there are in each group, listed or not; null when no groups were asked for
 */
public record JobPage(
        List<JobView> jobs,
        @Nullable String cursor,
        @Nullable Integer total,
        @Nullable Map<JobGroup, Integer> groups) implements Reply {

    /** Makes a page that was asked for by a cursor, or without. */
    public JobPage(List<JobView> jobs, @Nullable String cursor) {
        this(jobs, cursor, null, null);
    }

    @Override
    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("jobs", JsonForm.array(jobs, JobView::toJson))
                .put("cursor", cursor);
        if (total != null) {
            json.put("total", total);
        }
        if (groups != null) {
            JsonObject counts = new JsonObject();
            groups.forEach((group, count) -> counts.put(group.wireName(), count));
            json.put("groups", counts);
        }
        return json;
    }

    static JobPage fromJson(JsonObject json) {
        JsonObject counts = json.getJsonObject("groups");
        Map<JobGroup, Integer> groups = counts == null ? null : new EnumMap<>(JobGroup.class);
        if (groups != null) {
            for (JobGroup group : JobGroup.values()) {
                groups.put(group, counts.getInteger(group.wireName(), 0));
            }
        }
        return new JobPage(
                JsonForm.list(json, "jobs", JobView::fromJson),
                json.getString("cursor"),
                json.getInteger("total"),
                groups);
    }
}

package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of jobs.
 *
 * @param jobs in the order of their names
 * @param cursor what the command for the next page needs; null when this is the last
 */
public record JobPage(List<JobView> jobs, @Nullable String cursor) implements Reply {
    @Override
    public JsonObject toJson() {
        return new JsonObject()
                .put("jobs", JsonForm.array(jobs, JobView::toJson))
                .put("cursor", cursor);
    }

    static JobPage fromJson(JsonObject json) {
        return new JobPage(JsonForm.list(json, "jobs", JobView::fromJson), json.getString("cursor"));
    }
}

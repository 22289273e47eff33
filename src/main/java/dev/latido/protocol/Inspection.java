package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How several things stand, all at the same moment.
 *
 * @param service what concerns all jobs
 * @param jobs those that were named and exist
 * @param executions those that were named and are known, without payload and result
 */
public record Inspection(ServiceFacts service, List<JobView> jobs, List<ExecutionView> executions) implements Reply {

    /**
     * What concerns all jobs.
     *
     * @param isStopping whether the service is shutting down
     * @param pausedAt since when everything is paused; null while it is not
     * @param storeProblem why nothing can be stored; null when it can
     */
    public record ServiceFacts(
            boolean isStopping,
            @Nullable Instant pausedAt,
            @Nullable String storeProblem) {

        JsonObject toJson() {
            return new JsonObject()
                    .put("isStopping", isStopping)
                    .put("pausedAt", JsonForm.text(pausedAt))
                    .put("storeProblem", storeProblem);
        }

        static ServiceFacts fromJson(JsonObject json) {
            return new ServiceFacts(
                    json.getBoolean("isStopping"), JsonForm.time(json, "pausedAt"), json.getString("storeProblem"));
        }
    }

    @Override
    public JsonObject toJson() {
        return new JsonObject()
                .put("service", service.toJson())
                .put("jobs", JsonForm.array(jobs, JobView::toJson))
                .put("executions", JsonForm.array(executions, ExecutionView::toJson));
    }

    static Inspection fromJson(JsonObject json) {
        return new Inspection(
                ServiceFacts.fromJson(json.getJsonObject("service")),
                JsonForm.list(json, "jobs", JobView::fromJson),
                JsonForm.list(json, "executions", ExecutionView::fromJson));
    }
}

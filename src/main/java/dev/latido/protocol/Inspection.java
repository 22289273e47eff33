package dev.latido.protocol;

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
            @Nullable String storeProblem) {}
}

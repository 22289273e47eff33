package dev.latido.config;

import dev.latido.cluster.ClusterConfig;
import dev.latido.command.CommandConfig;
import dev.latido.http.HttpConfig;
import dev.latido.job.JobDefinition;
import java.time.Duration;
import java.util.List;

/**
 * The whole configuration, checked.
 *
 * @param http the HTTP server
 * @param commands bounds of the commands that come over HTTP
 * @param cluster how to join a cluster
 * @param shutdown how to stop
 * @param defaultJob the job that {@code /api/job} and a command without a name mean
 * @param jobs all jobs, in the order of the file
 */
public record Config(
        HttpConfig http,
        CommandConfig commands,
        ClusterConfig cluster,
        Shutdown shutdown,
        String defaultJob,
        List<JobDefinition> jobs) {

    /**
     * How to stop.
     *
     * @param notReadyFor how long the service goes on answering, as not ready, before it stops accepting, so that a
     *     load balancer can notice
     * @param grace how long work and commands in flight may take to finish
     */
    public record Shutdown(Duration notReadyFor, Duration grace) {}
}

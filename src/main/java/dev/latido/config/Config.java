package dev.latido.config;

import dev.latido.client.CommandConfig;
import dev.latido.cluster.ClusterConfig;
import dev.latido.core.HistoryConfig;
import dev.latido.core.JobDefinition;
import dev.latido.http.HttpConfig;
import dev.latido.memory.MemoryConfig;
import dev.latido.metric.MetricsConfig;
import dev.latido.queue.BrokerConfig;
import dev.latido.setting.Section;
import dev.latido.store.StoreConfig;
import dev.latido.stream.StreamConfig;
import dev.latido.trace.TracingConfig;
import dev.latido.worker.WorkerConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration, checked.
 *
 * @param http the HTTP server
 * @param commands bounds of the commands that come over HTTP
 * @param cluster how to join a cluster
 * @param shutdown how to stop
 * @param defaultJob the job that {@code /api/job} and a command without a name mean
 * @param submissions bounds of the work that comes over HTTP
 * @param history how much of what has ended is kept
 * @param store where it is kept
 * @param concurrency how many executions may be with workers at once, over all jobs; 0 for no limit
 * @param memory how much memory work and what is kept of it may take
 * @param stream bounds of the event stream
 * @param metrics which series jobs have
 * @param tracing which traces are made
 * @param log how the log is written
 * @param brokers those that have queues of jobs, by their names
 * @param jobs all jobs, in the order of the file
 * @param warnings what was ignored and may surprise
 */
public record Config(
        HttpConfig http,
        CommandConfig commands,
        ClusterConfig cluster,
        Shutdown shutdown,
        String defaultJob,
        CommandConfig submissions,
        HistoryConfig history,
        StoreConfig store,
        int concurrency,
        MemoryConfig memory,
        StreamConfig stream,
        MetricsConfig metrics,
        TracingConfig tracing,
        LogConfig log,
        Map<String, BrokerConfig> brokers,
        List<Job> jobs,
        List<String> warnings) {

    /** Returns the same configuration with other settings of HTTP. */
    public Config withHttp(HttpConfig other) {
        return new Config(
                other,
                commands,
                cluster,
                shutdown,
                defaultJob,
                submissions,
                history,
                store,
                concurrency,
                memory,
                stream,
                metrics,
                tracing,
                log,
                brokers,
                jobs,
                warnings);
    }

    /**
     * One job.
     *
     * @param definition what the owner knows of it
     * @param worker who works for it
     * @param fallback who takes over when the breaker is open or attempts are out; null for nobody
     */
    public record Job(
            JobDefinition definition,
            WorkerConfig worker,
            @Nullable WorkerConfig fallback) {}

    /**
     * How to stop.
     *
     * @param notReadyFor how long the service goes on answering, as not ready, before it stops accepting, so that a
     *     load balancer can notice
     * @param grace how long work and commands in flight may take to finish
     */
    public record Shutdown(Duration notReadyFor, Duration grace) {

        private static final Shutdown DEFAULT = new Shutdown(Duration.ZERO, Duration.ofSeconds(20));

        static Shutdown read(Section section) {
            Shutdown shutdown = new Shutdown(
                    section.duration("notReadyFor", DEFAULT.notReadyFor, Duration.ZERO, Duration.ofMinutes(5)),
                    section.duration("grace", DEFAULT.grace, Duration.ZERO, Duration.ofHours(1)));
            section.end();
            return shutdown;
        }
    }
}

package dev.latido;

import dev.latido.client.CommandConfig;
import dev.latido.client.JobClient;
import dev.latido.config.Config;
import dev.latido.core.JobDefinition;
import dev.latido.core.JobRegistry;
import dev.latido.event.EventRelay;
import dev.latido.http.HttpVerticle;
import dev.latido.job.TimeSource;
import dev.latido.memory.MemoryBudget;
import dev.latido.metric.JobLevels;
import dev.latido.metric.Metrics;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.CommandType;
import dev.latido.protocol.JobFilter;
import dev.latido.protocol.JobView;
import dev.latido.stream.CutOff;
import dev.latido.stream.EventStream;
import dev.latido.stream.StreamObserver;
import dev.latido.trace.Tracing;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What stands between HTTP and the owner: the clients of commands and the stream of events. */
final class Edge {

    private static final CommandConfig PROBE =
            new CommandConfig(10, CommandConfig.WhenFull.WAIT, 10_000, Duration.ofSeconds(1));

    private static final int LEVELS_PAGE = 250;

    private final Config config;
    private final JobRegistry jobs;
    private final Vertx vertx;
    private final @Nullable Tracing tracing;
    private final Metrics metrics;
    private final EventRelay events;
    private final long eventBytes;
    private final TimeSource time;
    private final JobLevels levels;

    private Edge(
            Config config,
            JobRegistry jobs,
            Platform platform,
            Metrics metrics,
            EventRelay events,
            long eventBytes,
            TimeSource time) {
        this.config = config;
        this.jobs = jobs;
        this.vertx = platform.vertx();
        this.tracing = platform.tracing();
        this.metrics = metrics;
        this.events = events;
        this.eventBytes = eventBytes;
        this.time = time;
        this.levels = new JobLevels(time);
        platform.registry().getPrometheusRegistry().register(levels);
    }

    /**
     * Makes the verticle of HTTP, with all that it needs.
     *
     * @param jobs the jobs that the stream tells of
     * @param events where the stream gets its events
     * @param eventBytes how much memory those may take that the stream keeps
     * @param memory what bodies and answers are charged to
     */
    static HttpVerticle make(
            Config config,
            JobRegistry jobs,
            Platform platform,
            Metrics metrics,
            EventRelay events,
            long eventBytes,
            MemoryBudget memory,
            TimeSource time) {
        Edge edge = new Edge(config, jobs, platform, metrics, events, eventBytes, time);
        Tracing tracing = platform.tracing();
        return new HttpVerticle(
                config.http(),
                edge::clients,
                platform.registry()::scrape,
                time,
                memory,
                new LogControl(),
                tracing == null ? null : tracing::routed);
    }

    private HttpVerticle.Clients clients(Context context) {
        JobClient commands = commands();
        EventStream stream = stream(commands, context);
        events.attach(context, stream::take);
        JobClient probe = JobClient.inProcess(vertx, PROBE, PROBE, time, CommandObserver.NONE, () -> null);
        return new HttpVerticle.Clients(
                commands,
                probe,
                stream,
                () -> level(probe, null, new ArrayList<>()).map(all -> {
                    levels.take(all);
                    return null;
                }));
    }

    /** Reads how all jobs behind {@code after} stand, page by page, so that the owner does other things in between. */
    private static Future<List<JobView>> level(JobClient probe, @Nullable String after, List<JobView> read) {
        return probe.jobs(after, LEVELS_PAGE, JobFilter.ALL).compose(page -> {
            read.addAll(page.jobs());
            String next = page.cursor();
            return next == null ? Future.succeededFuture(read) : level(probe, next, read);
        });
    }

    private JobClient commands() {
        JobClient commands = JobClient.inProcess(
                vertx,
                config.commands(),
                config.submissions(),
                time,
                Service.observer(metrics, "http"),
                tracing == null ? () -> null : tracing::current);
        for (CommandType.Channel channel : CommandType.Channel.values()) {
            CommandConfig bounds = commands.config(channel);
            metrics.watchLane(
                    channel.name().toLowerCase(Locale.ROOT),
                    () -> commands.inFlight(channel),
                    bounds.maxInFlight(),
                    () -> commands.waiting(channel),
                    bounds.maxWaiting());
        }
        return commands;
    }

    private EventStream stream(JobClient commands, Context context) {
        EventStream stream = new EventStream(
                vertx,
                config.stream()
                        .withinMemory(eventBytes)
                        .beatingWithin(config.http().idleTimeout()),
                Long.toString(time.now().wall().toEpochMilli(), Character.MAX_RADIX),
                commands,
                readers(),
                time);
        stream.define(jobs.follow(job -> context.runOnContext(here -> stream.define(List.of(job.name())))).stream()
                .map(JobDefinition::name)
                .toList());
        return stream;
    }

    private StreamObserver readers() {
        for (CutOff reason : CutOff.values()) {
            metrics.streamCutOff(reason.wireName(), 0);
        }
        return new StreamObserver() {
            @Override
            public void readers(int now) {
                metrics.streamReaders(now);
            }

            @Override
            public void sent(int messages) {
                metrics.streamSent(messages);
            }

            @Override
            public void cutOff(CutOff reason) {
                metrics.streamCutOff(reason.wireName(), 1);
            }
        };
    }
}

package dev.latido;

import dev.latido.cluster.ClusterConfig;
import dev.latido.cluster.HazelcastCluster;
import dev.latido.cluster.OwnerClaim;
import dev.latido.command.Addresses;
import dev.latido.command.CommandConfig;
import dev.latido.command.CommandObserver;
import dev.latido.command.CommandType;
import dev.latido.command.JobClient;
import dev.latido.command.Wire;
import dev.latido.config.Config;
import dev.latido.control.JobControl;
import dev.latido.control.JobDefinition;
import dev.latido.control.JobVerticle;
import dev.latido.http.HttpVerticle;
import dev.latido.job.TimeSource;
import dev.latido.metric.EventLoopLag;
import dev.latido.metric.Metrics;
import dev.latido.metric.VertxMeters;
import dev.latido.queue.memory.MemoryQueue;
import dev.latido.worker.Worker;
import dev.latido.worker.Workers;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.spi.cluster.ClusterManager;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running service: builds its parts from a checked configuration, deploys them in order, stops them in reverse. */
public final class Service {

    private static final Logger LOG = LoggerFactory.getLogger(Service.class);

    private static final CommandConfig PROBE =
            new CommandConfig(10, CommandConfig.WhenFull.WAIT, 10_000, Duration.ofSeconds(1));

    private final Config config;
    private final Vertx vertx;
    private final PrometheusMeterRegistry registry;
    private final Workers workers;
    private final JobVerticle owner;
    private final HttpVerticle http;

    private Service(Config config, Vertx vertx, PrometheusMeterRegistry registry) {
        this.config = config;
        this.vertx = vertx;
        this.registry = registry;
        TimeSource time = TimeSource.system();
        List<JobDefinition> definitions =
                config.jobs().stream().map(Config.Job::definition).toList();
        Metrics metrics = new Metrics(
                registry, definitions.stream().map(JobDefinition::name).toList());
        workers = new Workers(vertx, Addresses.PROGRESS, Addresses.CANCEL);
        Map<String, Worker> workerOf = new HashMap<>();
        config.jobs().forEach(job -> workerOf.put(job.definition().name(), worker(job)));
        owner = new JobVerticle(
                new JobControl(config.defaultJob(), definitions, config.history(), MemoryQueue::new),
                workerOf,
                List.of(metrics),
                observer(metrics, "bus"),
                time);
        http = new HttpVerticle(config.http(), context -> clients(metrics, time), registry::scrape, time);
    }

    private Worker worker(Config.Job job) {
        JobDefinition definition = job.definition();
        return workers.make(definition.name(), definition.concurrency(), definition.timeout(), job.worker());
    }

    private HttpVerticle.Clients clients(Metrics metrics, TimeSource time) {
        JobClient commands =
                JobClient.inProcess(vertx, config.commands(), config.submissions(), time, observer(metrics, "http"));
        for (CommandType.Lane lane : CommandType.Lane.values()) {
            CommandConfig bounds = commands.config(lane);
            metrics.watchLane(
                    lane.name().toLowerCase(Locale.ROOT),
                    () -> commands.inFlight(lane),
                    bounds.maxInFlight(),
                    () -> commands.waiting(lane),
                    bounds.maxWaiting());
        }
        return new HttpVerticle.Clients(commands, JobClient.inProcess(vertx, PROBE, PROBE, time, CommandObserver.NONE));
    }

    private static CommandObserver observer(Metrics metrics, String source) {
        return (type, result, nanos) -> metrics.commandAnswered(source, type.wireName(), result, nanos);
    }

    /**
     * Starts a service and waits until it serves. Not to be called from an event loop.
     *
     * @throws RuntimeException when a part cannot start; what was started before is undone
     */
    public static Service start(Config config) {
        return start(config, new VertxOptions());
    }

    /** Starts a service on a Vert.x instance made with {@code options}, for tests that watch it more strictly. */
    static Service start(Config config, VertxOptions options) {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        VertxBuilder builder =
                Vertx.builder().with(complete(options, config.cluster())).withMetrics(new VertxMeters(registry));
        if (!config.cluster().enabled()) {
            return deployOrClose(config, builder.build(), registry, Future.succeededFuture());
        }
        ClusterManager cluster = HazelcastCluster.manager(config.cluster());
        Vertx vertx = builder.withClusterManager(cluster).buildClustered().await();
        return deployOrClose(config, vertx, registry, OwnerClaim.claim(vertx, cluster));
    }

    private static Service deployOrClose(
            Config config, Vertx vertx, PrometheusMeterRegistry registry, Future<Void> ownership) {
        try {
            ownership.await();
            Service service = new Service(config, vertx, registry);
            service.deploy();
            return service;
        } catch (Throwable failure) {
            vertx.close().await();
            throw failure;
        }
    }

    private static VertxOptions complete(VertxOptions options, ClusterConfig cluster) {
        return options.setEventBusOptions(new EventBusOptions().setHost(cluster.host()))
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false))
                .setMetricsOptions(VertxMeters.options());
    }

    private void deploy() {
        Wire.registerCodecs(vertx.eventBus());
        workers.start().await();
        vertx.deployVerticle(owner).await();
        vertx.deployVerticle(http).await();
        EventLoopLag.watch(vertx, owner.eventLoop(), "owner", registry);
        EventLoopLag.watch(vertx, http.eventLoop(), "http", registry);
    }

    /** Returns the port that HTTP is served on. */
    public int port() {
        return http.port();
    }

    /** Returns the Vert.x instance that everything runs on. */
    public Vertx vertx() {
        return vertx;
    }

    /**
     * Stops and waits until everything is closed: not ready at once; then no new connection and no new run, while what
     * is in flight may finish within the grace time. Not to be called from an event loop.
     *
     * @return whether all that was in flight finished in time
     */
    public boolean stop() {
        Duration grace = config.shutdown().grace();
        Duration notReadyFor = config.shutdown().notReadyFor();
        LOG.info("Stopping: not ready now; what is in flight has {} s to finish", grace.toSeconds());
        http.notReady();
        if (!notReadyFor.isZero()) {
            vertx.timer(notReadyFor.toMillis(), TimeUnit.MILLISECONDS).await();
        }
        Future<Void> drained = owner.drain().timeout(Math.max(1, grace.toMillis()), TimeUnit.MILLISECONDS);
        boolean inTime = finished(Future.join(drained, http.shutdown(grace)));
        vertx.close().await();
        return inTime;
    }

    private static boolean finished(Future<?> work) {
        try {
            work.await();
            return true;
        } catch (Exception late) {
            LOG.warn("Not all that was in flight finished in time: {}", late.getMessage());
            return false;
        }
    }
}

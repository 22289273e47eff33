package dev.latido;

import dev.latido.client.CommandConfig;
import dev.latido.client.JobClient;
import dev.latido.cluster.ClusterConfig;
import dev.latido.cluster.ClusterNode;
import dev.latido.cluster.OwnerClaim;
import dev.latido.config.Config;
import dev.latido.core.JobDefinition;
import dev.latido.core.JobEngine;
import dev.latido.event.EventLog;
import dev.latido.event.EventPublisher;
import dev.latido.event.EventRelay;
import dev.latido.http.HttpVerticle;
import dev.latido.job.TimeSource;
import dev.latido.memory.MemoryBudget;
import dev.latido.metric.EventLoopLag;
import dev.latido.metric.Metrics;
import dev.latido.metric.VertxMeters;
import dev.latido.owner.JobVerticle;
import dev.latido.owner.JobWorkers;
import dev.latido.process.ProcessEnd;
import dev.latido.protocol.Addresses;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.CommandType;
import dev.latido.protocol.Wire;
import dev.latido.room.memory.MemoryQueue;
import dev.latido.schedule.Schedule;
import dev.latido.store.Store;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoreException;
import dev.latido.store.memory.MemoryStore;
import dev.latido.store.sqlite.SqliteStore;
import dev.latido.stream.CutOff;
import dev.latido.stream.EventStream;
import dev.latido.stream.StreamObserver;
import dev.latido.trace.Tracing;
import dev.latido.worker.LocalBus;
import dev.latido.worker.WorkBus;
import dev.latido.worker.Worker;
import dev.latido.worker.WorkerConfig;
import dev.latido.worker.Workers;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.spi.VertxTracerFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running service: builds its parts from a checked configuration, deploys them in order, stops them in reverse. */
public final class Service {

    private static final Logger LOG = LoggerFactory.getLogger(Service.class);

    private static final CommandConfig PROBE =
            new CommandConfig(10, CommandConfig.WhenFull.WAIT, 10_000, Duration.ofSeconds(1));

    /** How long the store may take for what was given back, and again to close. A disk that hangs is not waited for. */
    private static final Duration LAST_COMMIT = Duration.ofSeconds(5);

    /** Events that are kept for readers take this part of what work may take, and those on their way as much again. */
    private static final int EVENTS_PART = 8;

    private final Config config;
    private final Vertx vertx;
    private final Watching watching;
    private final Workers workers;
    private final Store store;
    private final JobVerticle owner;
    private final HttpVerticle http;
    private final Endings endings;
    private final EventRelay events;
    private final MemoryBudget memory;
    private final Promise<Void> hurry = Promise.promise();

    private Service(Config config, Vertx vertx, WorkBus bus, Watching watching, Storage storage) {
        this.config = config;
        this.vertx = vertx;
        this.watching = watching;
        this.store = storage.store;
        this.endings = storage.endings;
        TimeSource time = storage.time;
        List<JobDefinition> definitions =
                config.jobs().stream().map(Config.Job::definition).toList();
        Metrics metrics = new Metrics(
                watching.registry,
                definitions.stream().collect(Collectors.toMap(JobDefinition::name, JobDefinition::concurrency)),
                definitions.stream()
                        .map(JobDefinition::breaker)
                        .filter(Objects::nonNull)
                        .map(JobDefinition.BreakerUse::name)
                        .collect(Collectors.toSet()));
        workers = new Workers(vertx, bus, () -> time.now().wall(), Addresses.PROGRESS, Addresses.CANCEL);
        Map<String, JobWorkers> workersOf = new HashMap<>();
        config.jobs().forEach(job -> workersOf.put(job.definition().name(), workers(job)));
        memory = new MemoryBudget(config.memory().of(Runtime.getRuntime().maxMemory()));
        events = EventRelay.within(memory.max() / EVENTS_PART);
        owner = new JobVerticle(
                new JobEngine(
                        config.defaultJob(),
                        definitions,
                        config.history(),
                        config.concurrency(),
                        MemoryQueue::new,
                        memory,
                        new SplittableRandom()),
                store,
                config.store(),
                workersOf,
                List.of(metrics, events, new EventLog()),
                new JobVerticle.Observer(
                        observer(metrics, "bus"),
                        metrics::committed,
                        endings.storeBroke(),
                        endings.ownerFaulted(),
                        watching.tracing),
                time);
        metrics.watchFaults(owner::setAside);
        metrics.watchMemory(memory::used, memory.max(), memory::refused);
        metrics.watchStore(owner::pendingRows, () -> store.status().bytes(), owner::isStoreUp);
        http = new HttpVerticle(
                config.http(), context -> clients(context, metrics, time), watching.registry::scrape, time, memory);
    }

    private JobWorkers workers(Config.Job job) {
        WorkerConfig fallback = job.fallback();
        return new JobWorkers(
                worker(job.definition(), "worker", job.worker()),
                fallback == null ? null : worker(job.definition(), "fallback", fallback));
    }

    private Worker worker(JobDefinition definition, String setting, WorkerConfig config) {
        Worker worker = workers.make(
                definition.name(),
                setting,
                definition.concurrency(),
                definition.timeout(),
                definition.results(),
                config);
        return watching.tracing == null ? worker : watching.tracing.traced(worker);
    }

    private HttpVerticle.Clients clients(Context context, Metrics metrics, TimeSource time) {
        JobClient commands = JobClient.inProcess(
                vertx,
                config.commands(),
                config.submissions(),
                time,
                observer(metrics, "http"),
                watching.tracing == null ? () -> null : watching.tracing::current);
        for (CommandType.Channel channel : CommandType.Channel.values()) {
            CommandConfig bounds = commands.config(channel);
            metrics.watchLane(
                    channel.name().toLowerCase(Locale.ROOT),
                    () -> commands.inFlight(channel),
                    bounds.maxInFlight(),
                    () -> commands.waiting(channel),
                    bounds.maxWaiting());
        }
        EventStream stream = new EventStream(
                vertx,
                config.stream()
                        .withinMemory(memory.max() / EVENTS_PART)
                        .beatingWithin(config.http().idleTimeout()),
                new EventStream.Source(
                        Long.toString(time.now().wall().toEpochMilli(), Character.MAX_RADIX),
                        config.jobs().stream()
                                .map(job -> job.definition().name())
                                .sorted()
                                .toList()),
                commands,
                observer(metrics),
                time);
        events.attach(context, stream::take);
        return new HttpVerticle.Clients(
                commands, JobClient.inProcess(vertx, PROBE, PROBE, time, CommandObserver.NONE, () -> null), stream);
    }

    private static StreamObserver observer(Metrics metrics) {
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

    private static CommandObserver observer(Metrics metrics, String source) {
        return (type, result, nanos) -> metrics.commandAnswered(source, type.wireName(), result, nanos);
    }

    /**
     * Starts a service and waits until it serves. Not to be called from an event loop.
     *
     * @param endings told when the service cannot go on
     * @throws RuntimeException when a part cannot start; what was started before is undone
     */
    public static Service start(Config config, Endings endings) {
        return start(config, new VertxOptions(), Service::store, endings);
    }

    static Store store(StoreConfig config, TimeSource time) {
        return switch (config.type()) {
            case SQLITE -> new SqliteStore(config, time);
            case MEMORY -> new MemoryStore();
        };
    }

    /** Makes a store as the configuration says. */
    @FunctionalInterface
    interface Stores {
        Store make(StoreConfig config, TimeSource time);
    }

    /** Starts a service on a Vert.x instance made with {@code options}, for tests that watch it more strictly. */
    static Service start(Config config, VertxOptions options, Stores stores, Endings endings) {
        TimeSource time = TimeSource.system();
        Store store = stores.make(config.store(), time);
        Future<Void> opening = store.open(); // that takes a while, and so does the rest
        try {
            return start(config, options, new Storage(store, opening, time, endings));
        } catch (Throwable failure) {
            store.close();
            throw failure;
        }
    }

    private record Watching(
            PrometheusMeterRegistry registry, @Nullable Tracing tracing) {
        void end() {
            if (tracing != null) {
                tracing.close();
            }
        }
    }

    private record Storage(Store store, Future<Void> opening, TimeSource time, Endings endings) {}

    private static Service start(Config config, VertxOptions options, Storage storage) {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        VertxMeters meters = new VertxMeters(registry);
        Tracing tracing = config.isTraced() ? Tracing.start() : null;
        VertxTracerFactory tracer = tracing == null ? null : tracing.vertx();
        Watching watching = new Watching(registry, tracing);
        VertxOptions complete = complete(options, config.cluster());
        if (!config.cluster().enabled()) {
            Vertx vertx = Vertx.builder()
                    .with(complete)
                    .withMetrics(meters)
                    .withTracer(tracer)
                    .build();
            WorkBus bus = new LocalBus(vertx.eventBus(), meters::hasConsumer);
            return deployOrClose(config, vertx, bus, watching, Future.succeededFuture(), storage);
        }
        ClusterNode node =
                ClusterNode.join(config.cluster(), complete, meters, tracer).await();
        Future<Void> ownership = OwnerClaim.claim(node.vertx(), node.manager());
        return deployOrClose(config, node.vertx(), node.bus(), watching, ownership, storage);
    }

    private static Service deployOrClose(
            Config config, Vertx vertx, WorkBus bus, Watching watching, Future<Void> ownership, Storage storage) {
        vertx.exceptionHandler(Service::unhandled);
        try {
            ownership.await();
            Service service = new Service(config, vertx, bus, watching, storage);
            service.deploy(storage.opening);
            return service;
        } catch (Throwable failure) {
            vertx.close().await();
            watching.end();
            throw failure;
        }
    }

    /** What leaves a handler, an {@link Error} too: whatever the log says to it, its event loop goes on. */
    private static void unhandled(Throwable failure) {
        ProcessEnd.endIfOutOfMemory(failure);
        try {
            LOG.error("Unhandled exception", failure);
        } catch (RuntimeException | Error unlogged) {
            ProcessEnd.endIfOutOfMemory(unlogged);
        }
    }

    private static VertxOptions complete(VertxOptions options, ClusterConfig cluster) {
        return options.setEventBusOptions(new EventBusOptions().setHost(cluster.host()))
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false))
                .setMetricsOptions(VertxMeters.options());
    }

    /** Deploys everything, while the store opens: that takes as long. Until both are done commands are answered with "starting". */
    private void deploy(Future<Void> opening) {
        config.jobs().forEach(job -> warn(job.definition()));
        Wire.registerCodecs(vertx.eventBus());
        workers.start().await();
        vertx.deployVerticle(owner).await();
        vertx.deployVerticle(http).await();
        events.attach(http.eventLoop(), new EventPublisher(vertx, Addresses.EVENTS)::take);
        EventLoopLag.watch(vertx, owner.eventLoop(), "owner", watching.registry);
        EventLoopLag.watch(vertx, http.eventLoop(), "http", watching.registry);
        opening.await();
        owner.begin().await();
    }

    private static void warn(JobDefinition job) {
        Schedule schedule = job.trigger().schedule();
        if (schedule != null) {
            schedule.warning().ifPresent(warning -> LOG.warn("{}, {}: {}", job.name(), schedule.describe(), warning));
        }
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
     * is in flight may finish within the grace time. What has not finished then is put back, to be run when the service
     * is back. Not to be called from an event loop.
     *
     * @return whether all that was in flight finished in time, and everything is stored
     */
    public boolean stop() {
        Duration grace = config.shutdown().grace();
        Duration notReadyFor = config.shutdown().notReadyFor();
        LOG.info("Stopping: not ready now; what is in flight has {} s to finish", grace.toSeconds());
        owner.end();
        http.notReady();
        if (!notReadyFor.isZero()) {
            inTime(vertx.timer(notReadyFor.toMillis(), TimeUnit.MILLISECONDS));
        }
        Future<Void> drained = owner.drain().timeout(Math.max(1, grace.toMillis()), TimeUnit.MILLISECONDS);
        boolean isDone = inTime(Future.join(drained, http.shutdown(grace)));
        if (!isDone) {
            LOG.warn("Not all that was in flight finished in time");
        }
        boolean isStored = finished("What was put back is not stored", owner.giveBack());
        vertx.close().await();
        watching.end();
        Future<Void> closing = store.close().onFailure(failure -> {
            if (failure instanceof StoreException known && known.kind() == StoreException.Kind.BROKEN) {
                endings.storeBroke().accept(known);
            }
        });
        return finished("The store did not close", closing) && isDone && isStored;
    }

    /** Has {@link #stop} wait for nothing in flight any more. May be called from any thread. */
    public void hurry() {
        hurry.tryComplete();
    }

    /** Waits for {@code work}; false when it fails, or there is no time for it any more. */
    private boolean inTime(Future<?> work) {
        if (hurry.future().succeeded()) {
            return false;
        }
        Promise<Boolean> first = Promise.promise();
        work.onComplete(done -> first.tryComplete(done.succeeded()));
        hurry.future().onSuccess(ignored -> first.tryComplete(false));
        return first.future().await();
    }

    private static boolean finished(String problem, Future<Void> writing) {
        try {
            writing.timeout(LAST_COMMIT.toMillis(), TimeUnit.MILLISECONDS).await();
            return true;
        } catch (Exception failure) {
            LOG.error("{}: {}", problem, failure.getMessage());
            return false;
        }
    }
}

package dev.latido;

import dev.latido.config.Config;
import dev.latido.core.JobDefinition;
import dev.latido.core.JobEngine;
import dev.latido.core.JobRegistry;
import dev.latido.event.EventLog;
import dev.latido.event.EventPublisher;
import dev.latido.event.EventRelay;
import dev.latido.http.HttpVerticle;
import dev.latido.job.TimeSource;
import dev.latido.memory.MemoryBudget;
import dev.latido.metric.EventLoopLag;
import dev.latido.metric.Metrics;
import dev.latido.owner.Endings;
import dev.latido.owner.JobVerticle;
import dev.latido.owner.Owner;
import dev.latido.protocol.Addresses;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.Wire;
import dev.latido.room.memory.MemoryRoom;
import dev.latido.schedule.Schedule;
import dev.latido.store.Store;
import dev.latido.store.StoreConfig;
import dev.latido.store.memory.MemoryStore;
import dev.latido.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running service. Its parts are made from a checked configuration, each from those before it: the store, the
 * {@link Platform}, the workers, the owner, the edge; {@link #deploy} starts them, {@link Shutdown} stops them in reverse.
 */
public final class Service {

    private static final Logger LOG = LoggerFactory.getLogger(Service.class);

    /** Events that are kept for readers take this part of what work may take, and those on their way as much again. */
    private static final int EVENTS_PART = 8;

    private final Platform platform;
    private final EventRelay events;
    private final WorkerSet workers;
    private final JobVerticle owner;
    private final HttpVerticle http;
    private final Shutdown shutdown;

    private Service(Config config, Store store, Platform platform, TimeSource time, Endings endings) {
        this.platform = platform;
        MemoryBudget memory =
                new MemoryBudget(config.memory().of(Runtime.getRuntime().maxMemory()));
        long eventBytes = memory.max() / EVENTS_PART;
        Metrics metrics = new Metrics(platform.registry(), config.metrics(), time::nanos);
        BrokerSet brokers = new BrokerSet(config, platform.vertx());
        workers = new WorkerSet(brokers, platform, time);
        JobRegistry jobs = new JobRegistry(config.defaultJob());
        jobs.follow(Service::warn);
        jobs.follow(job -> metrics.define(job.name(), job.concurrency(), breakerOf(job)));
        define(jobs, config.jobs());
        events = EventRelay.within(eventBytes);
        owner = new JobVerticle(
                new JobEngine(
                        jobs, config.history(), config.concurrency(), MemoryRoom::new, memory, new SplittableRandom()),
                store,
                config.store(),
                workers.byJob(),
                brokers.byName(),
                List.of(
                        metrics,
                        events,
                        new EventLog(
                                (delay, task) -> platform.vertx().setTimer(delay.toMillis(), fired -> task.run()))),
                new JobVerticle.Observer(
                        observer(metrics, "bus"), new Owner.Observer(metrics::committed, endings), platform.tracing()),
                time);
        metrics.showLimits(
                config.concurrency(),
                config.stream().maxReaders(),
                config.http().maxConnections(),
                config.store().maxPending());
        metrics.watchFaults(owner::setAside);
        metrics.watchLog(LogSafety.dropped());
        if (platform.tracing() != null) {
            metrics.watchTraces(platform.tracing().dropped());
        }
        metrics.watchMemory(memory::used, memory.max(), memory::refused);
        metrics.watchStore(owner::pendingRows, () -> store.status().bytes(), owner::isStoreUp);
        http = Edge.make(config, jobs, platform, metrics, events, eventBytes, memory, time);
        metrics.watchAnswers(http.unsent()::used, http.unsent().max(), http.unsent()::refused, http::slowReaders);
        shutdown = new Shutdown(config.shutdown(), owner, http, brokers, platform, store, endings);
    }

    private void define(JobRegistry registry, List<Config.Job> jobs) {
        workers.make(jobs);
        registry.define(jobs.stream().map(Config.Job::definition).toList());
    }

    private static @Nullable String breakerOf(JobDefinition job) {
        JobDefinition.BreakerUse breaker = job.breaker();
        return breaker == null ? null : breaker.name();
    }

    /** Returns who counts the commands that come from {@code source}. */
    static CommandObserver observer(Metrics metrics, String source) {
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
            Platform platform = Platform.start(config, options);
            try {
                platform.ownership().await();
                Service service = new Service(config, store, platform, time, endings);
                service.deploy(opening);
                return service;
            } catch (Throwable failure) {
                platform.close();
                throw failure;
            }
        } catch (Throwable failure) {
            store.close();
            throw failure;
        }
    }

    /** Starts all parts, while the store opens: that takes as long. Until both are done commands are answered with "starting". */
    private void deploy(Future<Void> opening) {
        Vertx vertx = platform.vertx();
        Wire.registerCodecs(vertx.eventBus());
        workers.start().await();
        vertx.deployVerticle(owner).await();
        vertx.deployVerticle(http).await();
        events.attach(http.eventLoop(), new EventPublisher(vertx, Addresses.EVENTS)::take);
        EventLoopLag.watch(vertx, owner.eventLoop(), "owner", platform.registry());
        EventLoopLag.watch(vertx, http.eventLoop(), "http", platform.registry());
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
        return platform.vertx();
    }

    /**
     * Stops and waits until everything is closed: not ready at once; then no new connection and no new run, while what
     * is in flight may finish within the grace time. What has not finished then is put back, to be run when the service
     * is back. Not to be called from an event loop.
     *
     * @return whether all that was in flight finished in time, and everything is stored
     */
    public boolean stop() {
        return shutdown.run();
    }

    /** Has {@link #stop} wait for nothing in flight any more. May be called from any thread. */
    public void hurry() {
        shutdown.hurry();
    }
}

package dev.latido;

import dev.latido.cluster.ClusterNode;
import dev.latido.cluster.OwnerClaim;
import dev.latido.config.Config;
import dev.latido.metric.VertxMeters;
import dev.latido.process.ProcessEnd;
import dev.latido.trace.Tracing;
import dev.latido.worker.LocalBus;
import dev.latido.worker.WorkBus;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.spi.VertxTracerFactory;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all parts run on: Vert.x, alone or as a member of a cluster, with its meters and traces.
 *
 * @param vertx what everything is deployed on
 * @param bus its event bus, for workers
 * @param registry all meters
 * @param tracing makes traces; null where none are made
 * @param ownership completes when the jobs are this node's; fails when they are another's
 */
record Platform(
        Vertx vertx,
        WorkBus bus,
        PrometheusMeterRegistry registry,
        @Nullable Tracing tracing,
        Future<Void> ownership) {

    private static final Logger LOG = LoggerFactory.getLogger(Service.class);

    /** Starts Vert.x, and joins the cluster if there is one. Not to be called from an event loop. */
    static Platform start(Config config, VertxOptions options) {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        VertxMeters meters = new VertxMeters(registry);
        Tracing tracing = config.tracing().enabled() ? Tracing.start(config.tracing(), instance()) : null;
        VertxTracerFactory tracer = tracing == null ? null : tracing.vertx();
        options.setEventBusOptions(
                        new EventBusOptions().setHost(config.cluster().host()))
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false))
                .setAddressResolverOptions(NameServers.ofMachine())
                .setMetricsOptions(VertxMeters.options());
        Platform platform;
        if (config.cluster().enabled()) {
            ClusterNode node =
                    ClusterNode.join(config.cluster(), options, meters, tracer).await();
            Future<Void> ownership = OwnerClaim.claim(node.vertx(), node.manager());
            platform = new Platform(node.vertx(), node.bus(), registry, tracing, ownership);
        } else {
            Vertx vertx = Vertx.builder()
                    .with(options)
                    .withMetrics(meters)
                    .withTracer(tracer)
                    .build();
            WorkBus bus = new LocalBus(vertx.eventBus(), meters::hasConsumer);
            platform = new Platform(vertx, bus, registry, tracing, Future.succeededFuture());
        }
        platform.vertx.exceptionHandler(Platform::unhandled);
        return platform;
    }

    private static Tracing.Instance instance() {
        String version = Platform.class.getPackage().getImplementationVersion();
        return new Tracing.Instance(
                version == null ? "unpackaged" : version, UUID.randomUUID().toString());
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

    /** Ends all that runs on it. Not to be called from an event loop. */
    void close() {
        vertx.close().await();
        if (tracing != null) {
            tracing.close();
        }
    }
}

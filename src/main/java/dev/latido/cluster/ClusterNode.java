package dev.latido.cluster;

import dev.latido.worker.WorkBus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.impl.VertxBootstrapImpl;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.core.spi.VertxTracerFactory;
import io.vertx.core.spi.cluster.ClusterManager;
import org.jspecify.annotations.Nullable;

/**
 * A node that has joined a cluster.
 *
 * @param vertx its Vert.x instance
 * @param manager who is in the cluster
 * @param bus the event bus for work
 */
public record ClusterNode(Vertx vertx, ClusterManager manager, WorkBus bus) {

    /**
     * Joins a cluster with a new Vert.x instance. What {@link Vertx#builder} does, with a node selector of our own, for
     * which it has no setting.
     *
     * @throws IllegalStateException when the port is taken
     */
    public static Future<ClusterNode> join(
            ClusterConfig config,
            VertxOptions options,
            VertxMetricsFactory metrics,
            @Nullable VertxTracerFactory tracer) {
        HazelcastMember member = HazelcastCluster.manager(config);
        RequestRoutes routes = new RequestRoutes(member::placeOf);
        member.watch(routes::membersRemoved, () -> routes.rejoined(member.getNodeId()));
        return new VertxBootstrapImpl(options)
                .metricsFactory(metrics)
                .tracerFactory(tracer)
                .clusterManager(member)
                .clusterNodeSelector(routes)
                .init()
                .clusteredVertx()
                .map(vertx -> new ClusterNode(vertx, member, new ClusterBus(vertx, routes)));
    }
}

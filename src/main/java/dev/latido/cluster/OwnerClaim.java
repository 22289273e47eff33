package dev.latido.cluster;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.core.spi.cluster.ClusterManager;

/**
 * Who is the one service node of a cluster. The claim is an entry in a map that all members share; it binds while the
 * node that made it is a member, and is taken over afterwards.
 *
 * <p>What it is not: a lock that survives a partition. When the network between two nodes breaks, each side sees the
 * other gone. It refuses the common mistake, a second service started beside the first.
 */
public final class OwnerClaim {

    private static final String MAP = "latido.owner";
    private static final String KEY = "owner";

    private OwnerClaim() {}

    /**
     * Claims ownership for this node.
     *
     * @return completes when this node is the owner; fails with {@link IllegalStateException} when another one is
     */
    public static Future<Void> claim(Vertx vertx, ClusterManager cluster) {
        return vertx.sharedData().<String, String>getClusterWideMap(MAP).compose(owners -> claim(owners, cluster));
    }

    private static Future<Void> claim(AsyncMap<String, String> owners, ClusterManager cluster) {
        String self = cluster.getNodeId();
        return owners.putIfAbsent(KEY, self).compose(holder -> {
            if (holder == null) {
                return Future.succeededFuture();
            }
            if (cluster.getNodes().contains(holder)) {
                return Future.failedFuture(new IllegalStateException("this cluster already has a service node ("
                        + holder + "), and two would both own the jobs. Stop that one first, or give this service"
                        + " another cluster.name."));
            }
            return owners.replaceIfPresent(KEY, holder, self)
                    .compose(replaced -> replaced ? Future.succeededFuture() : claim(owners, cluster));
        });
    }
}

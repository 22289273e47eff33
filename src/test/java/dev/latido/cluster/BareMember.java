package dev.latido.cluster;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import java.util.function.Consumer;

/** A member of a cluster that says it has consumers, at a port where the test itself decides what is done with messages. */
final class BareMember {

    private final Vertx vertx;
    private final HazelcastMember manager;

    /**
     * Joins.
     *
     * @param vertx what it uses for threads
     * @param busPort where its event bus is said to be
     */
    BareMember(Vertx vertx, ClusterConfig config, int busPort) {
        this.vertx = vertx;
        manager = HazelcastCluster.manager(config);
        manager.init(vertx);
        manager.registrationListener(new RegistrationListener() {});
        done(manager::join);
        done(promise -> manager.setNodeInfo(new NodeInfo(config.host(), busPort, null), promise));
    }

    private static void done(Consumer<Promise<Void>> action) {
        Promise<Void> promise = Promise.promise();
        action.accept(promise);
        promise.future().await();
    }

    private void onContext(Consumer<Promise<Void>> action) {
        Promise<Void> promise = Promise.promise();
        vertx.runOnContext(ignored -> action.accept(promise));
        promise.future().await();
    }

    void register(String address) {
        onContext(promise ->
                manager.addRegistration(address, new RegistrationInfo(manager.getNodeId(), 0, false), promise));
    }

    void leave() {
        done(manager::leave);
    }
}

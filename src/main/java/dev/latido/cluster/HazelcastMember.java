package dev.latido.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import io.vertx.core.Completable;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import org.jspecify.annotations.Nullable;

/** Says what did not work when joining fails, leaves nothing that was not joined, and tells at once who is gone. */
final class HazelcastMember extends HazelcastClusterManager {

    /** Where the cluster manager keeps a node's id with its member. */
    private static final String NODE_ID = "__vertx.nodeId";

    private final Config config;
    private volatile Runnable onRemoval = () -> {};
    private volatile Runnable onRejoin = () -> {};
    private volatile boolean joined;

    HazelcastMember(Config config) {
        super(config);
        this.config = config;
    }

    /**
     * Has actions run, not on an event loop; they must not block.
     *
     * @param onRemoval when members were removed
     * @param onRejoin when this node was cut off from the others and has joined them again
     */
    void watch(Runnable onRemoval, Runnable onRejoin) {
        this.onRemoval = onRemoval;
        this.onRejoin = onRejoin;
    }

    /** Returns where the member with a node id is, as {@code host:port}; null when there is none. */
    @Nullable String placeOf(String nodeId) {
        HazelcastInstance hazelcast = getHazelcastInstance();
        if (!hazelcast.getLifecycleService().isRunning()) {
            return null;
        }
        for (Member member : hazelcast.getCluster().getMembers()) {
            if (nodeId.equals(member.getAttribute(NODE_ID))) {
                return member.getAddress().getHost() + ":" + member.getAddress().getPort();
            }
        }
        return null;
    }

    /** The cluster manager first takes what the member had registered out of the maps, which may take long or fail. */
    @Override
    public void memberRemoved(MembershipEvent event) {
        try {
            onRemoval.run();
        } finally {
            super.memberRemoved(event);
        }
    }

    /** First the cluster manager says again where this node is; from then on others find it to answer it. */
    @Override
    public synchronized void stateChanged(LifecycleEvent event) {
        try {
            super.stateChanged(event);
        } finally {
            if (event.getState() == LifecycleEvent.LifecycleState.MERGED) {
                onRejoin.run();
            }
        }
    }

    @Override
    public void join(Completable<Void> promise) {
        super.join((nothing, failure) -> {
            joined = failure == null;
            promise.complete(null, failure == null ? null : failed(failure));
        });
    }

    private IllegalStateException failed(Throwable cause) {
        return new IllegalStateException(
                "the cluster '" + config.getClusterName() + "' could not be joined; looked for members at "
                        + config.getNetworkConfig().getJoin().getTcpIpConfig().getMembers() + ": " + cause.getMessage(),
                cause);
    }

    @Override
    public void leave(Completable<Void> promise) {
        if (joined) {
            super.leave(promise);
        } else {
            promise.succeed();
        }
    }
}

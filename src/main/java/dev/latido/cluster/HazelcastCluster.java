package dev.latido.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

/** Hazelcast as this service uses it: explicit members, no multicast, no detection, no calls home, no waiting. */
public final class HazelcastCluster {

    private HazelcastCluster() {}

    /** Makes a cluster manager that joins as {@code cluster} says. */
    public static ClusterManager manager(ClusterConfig cluster) {
        Config config = ConfigUtil.loadConfig(); // the maps that Vert.x needs
        config.setClusterName(cluster.name());
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.logging.type", "slf4j");
        config.setProperty("hazelcast.shutdownhook.enabled", "false"); // the service stops it, in order
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.setProperty("hazelcast.socket.bind.any", "false");

        NetworkConfig network = config.getNetworkConfig();
        network.setPort(cluster.port()).setPortAutoIncrement(false);
        network.setPublicAddress(cluster.host());
        network.getInterfaces().setEnabled(true).clear().addInterface(cluster.host());

        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setMembers(cluster.members());
        return new HazelcastClusterManager(config);
    }
}

package dev.latido.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;

/** Hazelcast as this service uses it: explicit members, no multicast, no detection, no calls home, no waiting. */
final class HazelcastCluster {

    /** How long joining may take. */
    static final Duration MAX_JOIN = Duration.ofSeconds(30);

    private static final String LOGGING = "hazelcast.logging.type";
    private static final String SLF4J = "slf4j";

    private HazelcastCluster() {}

    /**
     * Makes a cluster manager that joins as {@code cluster} says. Joining fails after {@link #MAX_JOIN} when a machine
     * in the list takes connections but does not answer: a member that hangs may wake up as the owner it was.
     *
     * @throws IllegalStateException when the port is taken; Hazelcast itself says so in three stack traces
     */
    static HazelcastMember manager(ClusterConfig cluster) {
        checkPort(cluster);
        // Some of Hazelcast's loggers are made before any configuration is read.
        System.getProperties().putIfAbsent(LOGGING, SLF4J);
        Config config = ConfigUtil.loadConfig(); // the maps that Vert.x needs
        config.setClusterName(cluster.name());
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty(LOGGING, SLF4J);
        config.setProperty("hazelcast.shutdownhook.enabled", "false"); // the service stops it, in order
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.setProperty("hazelcast.max.join.seconds", Long.toString(MAX_JOIN.toSeconds()));
        config.setProperty("hazelcast.socket.bind.any", "false");
        config.getMetricsConfig().setEnabled(false); // nobody reads them

        NetworkConfig network = config.getNetworkConfig();
        network.setPort(cluster.port()).setPortAutoIncrement(false);
        network.setPublicAddress(cluster.host());
        network.getInterfaces().setEnabled(true).clear().addInterface(cluster.host());

        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setMembers(cluster.members());
        return new HazelcastMember(config);
    }

    private static void checkPort(ClusterConfig cluster) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(cluster.host(), cluster.port()));
        } catch (IOException failure) {
            throw new IllegalStateException(
                    "cluster.port " + cluster.port() + " cannot be bound at " + cluster.host() + ": "
                            + failure.getMessage(),
                    failure);
        }
    }
}

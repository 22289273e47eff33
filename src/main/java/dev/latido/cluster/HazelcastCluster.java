package dev.latido.cluster;

import com.hazelcast.config.ClassFilter;
import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.SerializationConfig;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import java.io.EOFException;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.NotSerializableException;
import java.io.ObjectStreamException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/** Hazelcast as this service uses it: explicit members, no multicast, no detection, no calls home, no waiting. */
final class HazelcastCluster {

    /** How long joining may take. */
    static final Duration MAX_JOIN = Duration.ofSeconds(30);

    /**
     * After how long without a sign of life a member is taken for gone. One whose process died is known to be by its closed
     * connection, at once; this is for one that stands still, or that the network cuts off. Hazelcast's own default, a
     * minute, is how long the work of such a member would stand still too. Shorter than this, a long garbage collection or
     * a virtual machine that is moved to another host would count as an end.
     */
    static final Duration MAX_SILENCE = Duration.ofSeconds(15);

    /** How often a member gives a sign of life. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(3);

    /** How often a part of a cluster that was split off looks for the other part. */
    private static final Duration REUNION = Duration.ofSeconds(20);

    private static final String LOGGING = "hazelcast.logging.type";
    private static final String SLF4J = "slf4j";

    /** Of these packages come the failures of Hazelcast, and what it shades does not: that is other people's code. */
    private static final String OF_HAZELCAST = "com.hazelcast.";

    private static final String SHADED = "com.hazelcast.shaded.";

    /** What a failure consists of, and which failures of Java's own Hazelcast has members report. */
    private static final List<Class<?>> FAILURES_OF_JAVA = List.of(
            Throwable.class,
            StackTraceElement.class,
            StackTraceElement[].class,
            Collections.emptyList().getClass(),
            ArrayList.class,
            Number.class,
            Integer.class,
            Long.class,
            Enum.class,
            UUID.class,
            Exception.class,
            RuntimeException.class,
            ArithmeticException.class,
            ClassCastException.class,
            ClassNotFoundException.class,
            ConcurrentModificationException.class,
            IllegalArgumentException.class,
            IllegalMonitorStateException.class,
            IllegalStateException.class,
            IndexOutOfBoundsException.class,
            InterruptedException.class,
            NoSuchElementException.class,
            NullPointerException.class,
            NumberFormatException.class,
            ReflectiveOperationException.class,
            SecurityException.class,
            UnsupportedOperationException.class,
            Error.class,
            AssertionError.class,
            LinkageError.class,
            NoClassDefFoundError.class,
            OutOfMemoryError.class,
            StackOverflowError.class,
            VirtualMachineError.class,
            EOFException.class,
            InvalidClassException.class,
            IOException.class,
            NotSerializableException.class,
            ObjectStreamException.class,
            UncheckedIOException.class,
            ConnectException.class,
            SocketException.class,
            CancellationException.class,
            CompletionException.class,
            ExecutionException.class,
            RejectedExecutionException.class,
            TimeoutException.class);

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
        config.setProperty("hazelcast.heartbeat.interval.seconds", Long.toString(HEARTBEAT.toSeconds()));
        config.setProperty("hazelcast.max.no.heartbeat.seconds", Long.toString(MAX_SILENCE.toSeconds()));
        config.setProperty("hazelcast.merge.first.run.delay.seconds", Long.toString(REUNION.toSeconds()));
        config.setProperty("hazelcast.merge.next.run.delay.seconds", Long.toString(REUNION.toSeconds()));
        config.setProperty("hazelcast.socket.bind.any", "false");
        filterClasses(config.getSerializationConfig());
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

    /**
     * Lets in of Java's own serialisation what failures are made of: everything else that members say has forms of
     * Hazelcast's or of Vert.x's. Who reaches the port could otherwise have any class that is here read what they send.
     * A file of the user's own that has a filter keeps it.
     */
    private static void filterClasses(SerializationConfig serialization) {
        if (serialization.getJavaSerializationFilterConfig() == null) {
            ClassFilter failures = new ClassFilter()
                    .addPrefixes(OF_HAZELCAST)
                    .addClasses(FAILURES_OF_JAVA.stream().map(Class::getName).toArray(String[]::new));
            serialization.setJavaSerializationFilterConfig(new JavaSerializationFilterConfig()
                    .setDefaultsDisabled(true)
                    .setWhitelist(failures)
                    .setBlacklist(new ClassFilter().addPrefixes(SHADED)));
        }
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

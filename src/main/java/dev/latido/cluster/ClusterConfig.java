package dev.latido.cluster;

import java.util.List;

/**
 * How the service joins a cluster.
 *
 * @param enabled whether it does
 * @param name the cluster's name; members of another name are not joined
 * @param host the address that cluster and event bus bind and announce
 * @param port the port of the cluster's own protocol; the event bus takes a free one
 * @param members where to look for members, as {@code host:port}
 * @param trustNetwork whether {@code host} may be another than loopback: whoever reaches the cluster's ports controls
 *     all jobs, without any key
 */
public record ClusterConfig(
        boolean enabled, String name, String host, int port, List<String> members, boolean trustNetwork) {

    /** What the shipped configuration names. */
    public static final ClusterConfig DEFAULT =
            new ClusterConfig(false, "latido", "127.0.0.1", 5701, List.of("127.0.0.1:5701"), false);
}

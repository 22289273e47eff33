package dev.latido.cluster;

import dev.latido.setting.Hosts;
import dev.latido.setting.Section;
import java.util.List;

/**
 * How the service joins a cluster.
 *
 * @param enabled whether it does
 * @param name the cluster's name; members of another name are not joined. Empty only while the service joins none: with a
 *     name that is the same everywhere, two services of different owners would find each other
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
            new ClusterConfig(false, "", "127.0.0.1", 5701, List.of("127.0.0.1:5701"), false);

    /** Reads all of them. */
    public static ClusterConfig read(Section section) {
        ClusterConfig cluster = new ClusterConfig(
                section.bool("enabled", DEFAULT.enabled),
                section.optional("name"),
                section.string("host", DEFAULT.host),
                section.integer("port", DEFAULT.port, 1, 65_535),
                section.strings("members", DEFAULT.members),
                section.bool("trustNetwork", DEFAULT.trustNetwork));
        section.end();
        if (cluster.enabled && !cluster.trustNetwork && !Hosts.isLoopback(cluster.host)) {
            section.problem(
                    "host",
                    "'" + cluster.host + "' can be reached from other machines, and whoever reaches the cluster's"
                            + " ports controls all jobs without any key. Set cluster.trustNetwork to true if only"
                            + " trusted machines can, or bind 127.0.0.1");
        }
        if (cluster.enabled && cluster.name.isEmpty()) {
            section.problem(
                    "name",
                    "must be given when cluster.enabled is true, and there is no default: any member of the same name that"
                            + " reaches this service's port joins it. Choose one that nobody else uses, such as"
                            + " 'orders-production'");
        }
        if (cluster.enabled && cluster.name.equals("dev")) {
            section.problem("name", "'dev' is what any Hazelcast joins by default; choose a name of your own");
        }
        return cluster;
    }
}

package dev.latido;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The environment that the kubelet makes of the Services of a namespace ({@code pkg/kubelet/envvars}). */
public final class KubernetesLinks {

    private KubernetesLinks() {}

    /** Returns what stands in each container for a Service with one port, which is called "web". */
    public static Map<String, String> of(String service, String address, int port, String protocol) {
        String name = service.toUpperCase(Locale.ROOT).replace('-', '_');
        String url = protocol + "://" + (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
        String link = name + "_PORT_" + port + "_" + protocol.toUpperCase(Locale.ROOT);
        return Map.of(
                name + "_SERVICE_HOST",
                address,
                name + "_SERVICE_PORT",
                Integer.toString(port),
                name + "_SERVICE_PORT_WEB",
                Integer.toString(port),
                name + "_PORT",
                url,
                link,
                url,
                link + "_PROTO",
                protocol,
                link + "_PORT",
                Integer.toString(port),
                link + "_ADDR",
                address);
    }

    /** Returns what stands in a container of a namespace with six Services, four of which have names that begin with "latido". */
    public static Map<String, String> ofBusyNamespace() {
        Map<String, String> environment = new HashMap<>();
        environment.putAll(of("latido", "10.0.0.1", 8080, "tcp"));
        environment.putAll(of("latido-http", "10.0.0.2", 80, "tcp"));
        environment.putAll(of("latido-cluster", "fd00::7", 5701, "tcp"));
        environment.putAll(of("latido-grafana", "10.0.0.3", 53, "udp"));
        environment.putAll(of("latidocli", "10.0.0.4", 80, "tcp"));
        environment.putAll(of("postgres", "10.0.0.5", 5432, "tcp"));
        return environment;
    }
}

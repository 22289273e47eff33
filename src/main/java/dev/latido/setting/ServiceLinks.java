package dev.latido.setting;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The environment variables that Kubernetes sets in a container for every Service of its namespace (Kubernetes, "Accessing the
 * Service", "Environment variables"), as far as they look like settings: those of Services whose names begin with {@code latido}.
 *
 * <p>A Service is known by its {@code …_SERVICE_HOST}. Without that a variable with such a name is somebody's own.
 */
final class ServiceLinks {

    private static final Pattern HOST = Pattern.compile("(LATIDO(?:_[A-Z0-9_]+)?)_SERVICE_HOST");

    private static final Pattern LINK =
            Pattern.compile("_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT|PORT_\\d+_(TCP|UDP|SCTP)(_.+)?)");

    /** What {@code …_PORT} is: an address where a setting has a number. */
    private static final Pattern ADDRESS = Pattern.compile("(tcp|udp|sctp)://.*");

    /** The prefix of each Service's variables, and the name of the Service. */
    private final Map<String, String> services = new TreeMap<>();

    ServiceLinks(Map<String, String> environment) {
        environment.keySet().forEach(name -> {
            Matcher host = HOST.matcher(name);
            if (host.matches()) {
                String prefix = host.group(1);
                services.put(prefix, prefix.toLowerCase(Locale.ROOT).replace('_', '-'));
            }
        });
    }

    /** Tells whether Kubernetes sets a variable called {@code name}. */
    boolean contains(String name) {
        return services.keySet().stream()
                .anyMatch(prefix -> name.startsWith(prefix)
                        && LINK.matcher(name.substring(prefix.length())).matches());
    }

    /** Tells whether it has also set this one, which a setting is called like, and not the container's own definition. */
    boolean contains(String name, String value) {
        return ADDRESS.matcher(value).matches() && contains(name);
    }

    /** Returns the Services other than one called {@code latido}, which is this one's own. */
    Set<String> others() {
        Set<String> others = new TreeSet<>(services.values());
        others.remove("latido");
        return others;
    }
}

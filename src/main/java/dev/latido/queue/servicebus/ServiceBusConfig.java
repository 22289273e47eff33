package dev.latido.queue.servicebus;

import dev.latido.queue.BrokerConfig;
import dev.latido.queue.ConnectionString;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Which namespace, and how to come in.
 *
 * @param place where it is, for people: without what opens it
 * @param host its name or address
 * @param port its port
 * @param isSecure whether by TLS, with the certificate and its name checked
 * @param access what opens it, read again for each connection and each token, where it may block
 * @param caFile a file of certificates in PEM to trust; null for those that Java trusts
 */
public record ServiceBusConfig(
        String place,
        String host,
        int port,
        boolean isSecure,
        Callable<ConnectionString> access,
        @Nullable String caFile) {

    /** Makes one of what the configuration says. */
    public static ServiceBusConfig of(BrokerConfig config) {
        return new ServiceBusConfig(
                config.place(),
                config.host(),
                config.port(),
                config.isSecure(),
                config::connectionString,
                config.caFile());
    }

    @Override
    public String toString() {
        return place;
    }
}

package dev.latido.queue.rabbitmq;

import dev.latido.queue.BrokerConfig;
import dev.latido.queue.BrokerConfig.Login;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Where a RabbitMQ is, and how to come in.
 *
 * @param place where it is, for people: without user and password
 * @param host its name or address
 * @param port its port
 * @param isSecure whether by TLS, with the certificate and its name checked
 * @param vhost its virtual host
 * @param login read again at each connect, where it may block
 * @param caFile a file of certificates in PEM to trust; null for those that Java trusts
 */
public record RabbitConfig(
        String place,
        String host,
        int port,
        boolean isSecure,
        String vhost,
        Callable<Login> login,
        @Nullable String caFile) {

    /** Makes one of what the configuration says. */
    public static RabbitConfig of(BrokerConfig config) {
        return new RabbitConfig(
                config.place(),
                config.host(),
                config.port(),
                config.isSecure(),
                config.vhost(),
                config::login,
                config.caFile());
    }

    @Override
    public String toString() {
        return place;
    }
}

package dev.latido.queue.redis;

import dev.latido.queue.BrokerConfig;
import dev.latido.queue.BrokerConfig.Login;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Where a Redis is, and how to come in.
 *
 * @param host its name or address
 * @param port its port
 * @param isSecure whether by TLS, with the certificate and its name checked
 * @param login read again at each connect, where it may block
 * @param database its number
 * @param caFile a file of certificates in PEM to trust; null for those that Java trusts
 */
public record RedisConfig(
        String host,
        int port,
        boolean isSecure,
        Callable<Login> login,
        int database,
        @Nullable String caFile) {

    /** Makes one of what the configuration says. */
    public static RedisConfig of(BrokerConfig config) {
        return new RedisConfig(
                config.host(), config.port(), config.isSecure(), config::login, config.database(), config.caFile());
    }

    /** Returns the same with a login that is read again at each connect, where it may block. */
    public RedisConfig withLogin(Callable<Login> supplier) {
        return new RedisConfig(host, port, isSecure, supplier, database, caFile);
    }

    /** Returns where it is, for people: without user and password. */
    public String place() {
        return (isSecure ? "rediss://" : "redis://") + host + ":" + port + (database == 0 ? "" : "/" + database);
    }

    @Override
    public String toString() {
        return place();
    }
}

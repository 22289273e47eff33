package dev.latido.queue.redis;

import dev.latido.queue.BrokerConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Where a Redis is, and how to come in.
 *
 * @param host its name or address
 * @param port its port
 * @param isSecure whether by TLS, with the certificate and its name checked
 * @param user whom to come in as; null for the default user
 * @param password read again at each connect, where it may block; null when there is none
 * @param database its number
 * @param caFile a file of certificates in PEM to trust; null for those that Java trusts
 */
public record RedisConfig(
        String host,
        int port,
        boolean isSecure,
        @Nullable String user,
        Callable<@Nullable String> password,
        int database,
        @Nullable String caFile) {

    /** Makes one of what the configuration says. */
    public static RedisConfig of(BrokerConfig config) {
        String file = config.passwordFile();
        String password = config.password();
        return new RedisConfig(
                config.host(),
                config.port(),
                config.isSecure(),
                config.user(),
                file == null
                        ? () -> password
                        : () -> Files.readString(Path.of(file)).strip(),
                config.database(),
                config.caFile());
    }

    /** Returns the same with a password that is read again at each connect, where it may block. */
    public RedisConfig withPassword(Callable<@Nullable String> supplier) {
        return new RedisConfig(host, port, isSecure, user, supplier, database, caFile);
    }

    /** Returns the same for this user. */
    public RedisConfig withUser(String name) {
        return new RedisConfig(host, port, isSecure, name, password, database, caFile);
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

package dev.latido.queue.redis;

import dev.latido.queue.BrokerConfig;
import java.net.URI;
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

    public static final int DEFAULT_PORT = 6379;

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

    /**
     * Makes one of a URL, such as {@code rediss://redis.internal:6379/2}.
     *
     * @throws IllegalArgumentException when it is none, with a message that has no part of it that could be secret
     */
    public static RedisConfig of(String url) {
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("is no URL"); // its own message shows all of it
        }
        boolean isSecure = "rediss".equals(uri.getScheme());
        if (!isSecure && !"redis".equals(uri.getScheme())) {
            throw new IllegalArgumentException("must begin with redis:// or rediss://");
        }
        if (uri.getHost() == null || uri.getQuery() != null || uri.getFragment() != null) {
            throw new IllegalArgumentException("must be redis://host:port/database, the last two as needed");
        }
        String[] login =
                uri.getUserInfo() == null ? new String[0] : uri.getUserInfo().split(":", 2);
        String user = login.length > 0 && !login[0].isEmpty() ? login[0] : null;
        String password = login.length > 1 ? login[1] : null;
        return new RedisConfig(
                uri.getHost(),
                uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
                isSecure,
                user,
                () -> password,
                database(uri.getPath()),
                null);
    }

    private static int database(@Nullable String path) {
        if (path == null || path.isEmpty() || path.equals("/")) {
            return 0;
        }
        if (!path.matches("/\\d{1,9}")) {
            throw new IllegalArgumentException("must end with the number of a database, if with anything");
        }
        return Integer.parseInt(path.substring(1));
    }

    /** Returns the same with a password that is read again at each connect, where it may block. */
    public RedisConfig withPassword(Callable<@Nullable String> supplier) {
        return new RedisConfig(host, port, isSecure, user, supplier, database, caFile);
    }

    /** Returns the same for this user. */
    public RedisConfig withUser(String name) {
        return new RedisConfig(host, port, isSecure, name, password, database, caFile);
    }

    /** Returns the same with a file of certificates in PEM to trust. */
    public RedisConfig withCaFile(String file) {
        return new RedisConfig(host, port, isSecure, user, password, database, file);
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

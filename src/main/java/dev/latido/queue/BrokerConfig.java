package dev.latido.queue;

import dev.latido.setting.Secret;
import dev.latido.setting.Section;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * How to come to a broker.
 *
 * @param type its kind
 * @param host its name or address
 * @param port its port
 * @param isSecure whether by TLS, with the certificate and its name checked
 * @param user whom to come in as; null for the default user, or whom {@code url} names
 * @param password what to come in with; null when there is none, or it is in {@code url}
 * @param url the whole URL, where it is in a file; null for one that is not
 * @param database its number
 * @param caFile a file of certificates in PEM to trust; null for those that Java trusts
 */
public record BrokerConfig(
        BrokerType type,
        String host,
        int port,
        boolean isSecure,
        @Nullable String user,
        @Nullable Secret password,
        @Nullable Secret url,
        int database,
        @Nullable String caFile) {

    private static final int REDIS_PORT = 6379;
    private static final int MAX_DATABASE = 1_000_000;

    /** What a URL says. */
    private record Place(
            String host,
            int port,
            boolean isSecure,
            @Nullable String user,
            @Nullable String password,
            int database) {

        /**
         * Reads a URL, such as {@code rediss://redis.internal:6379/2}.
         *
         * @throws IllegalArgumentException when it is none, with a message that has no part of it, for that may be secret
         */
        static Place of(String url) {
            URI uri;
            try {
                uri = URI.create(url);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("must be a URL such as redis://127.0.0.1:6379"); // its own shows all
            }
            boolean isSecure = "rediss".equals(uri.getScheme());
            if (!isSecure && !"redis".equals(uri.getScheme())) {
                throw new IllegalArgumentException("must begin with redis:// or, for TLS, rediss://");
            }
            if (uri.getHost() == null || uri.getQuery() != null || uri.getFragment() != null) {
                throw new IllegalArgumentException("must be redis://host:port/database, the last two as needed");
            }
            String[] login = uri.getUserInfo() == null
                    ? new String[0]
                    : uri.getUserInfo().split(":", 2);
            return new Place(
                    uri.getHost(),
                    uri.getPort() < 0 ? REDIS_PORT : uri.getPort(),
                    isSecure,
                    login.length > 0 && !login[0].isEmpty() ? login[0] : null,
                    login.length > 1 ? login[1] : null,
                    database(uri.getPath()));
        }

        private boolean isAt(BrokerConfig config) {
            return host.equals(config.host) && port == config.port && isSecure == config.isSecure;
        }

        private static int database(@Nullable String path) {
            if (path == null || path.isEmpty() || path.equals("/")) {
                return 0;
            }
            if (!path.matches("/\\d{1,6}")) {
                throw new IllegalArgumentException("must end with the number of a database, if with anything");
            }
            return Integer.parseInt(path.substring(1));
        }
    }

    /**
     * What to come in with.
     *
     * @param user null for the default user
     * @param password null for none
     */
    public record Login(@Nullable String user, @Nullable String password) {
        /** Has no secrets. */
        @Override
        public String toString() {
            return "a login";
        }
    }

    /** Reads one; null when it is wrong, which is noted. */
    public static @Nullable BrokerConfig read(Section section) {
        BrokerType type = section.choice("type", BrokerType.REDIS, BrokerType.class);
        if (!section.has("type")) {
            section.problem("type", "must say which kind of broker it is: redis");
        }
        Secret url = section.secret("url");
        String user = section.optional("user");
        Secret password = section.secret("password");
        String caFile = section.optional("caFile");
        int database = section.integer("database", -1, 0, MAX_DATABASE);
        section.end();
        if (!type.isBuilt()) {
            section.problem("type", type.wireName() + " is not built yet; redis is");
            return null;
        }
        Place place = place(section, url);
        if (url == null || place == null) {
            return null;
        }
        if (place.password != null && password != null) {
            section.problem(named("url", url), "has a password, and there is another one: leave one of them out");
        }
        if (place.user != null && !user.isEmpty()) {
            section.problem("user", "is given, and the url has one too: leave one of them out");
        }
        if (!caFile.isEmpty() && !place.isSecure) {
            section.problem("caFile", "is for TLS, and the url does not begin with rediss://");
        }
        boolean isInFile = url.file() != null;
        return new BrokerConfig(
                type,
                place.host,
                place.port,
                place.isSecure,
                !user.isEmpty() ? user : isInFile ? null : place.user,
                isInFile || password != null ? password : secret(place.password),
                isInFile ? url : null,
                database < 0 ? place.database : database,
                caFile.isEmpty() ? null : caFile);
    }

    private static String named(String setting, Secret secret) {
        return secret.file() == null ? setting : setting + "File";
    }

    private static @Nullable Secret secret(@Nullable String text) {
        return text == null ? null : Secret.of(text);
    }

    /**
     * Makes that of a Redis which a URL says all of, such as {@code rediss://redis.internal:6379/2}.
     *
     * @throws IllegalArgumentException when it is none, with a message that has no part of it, for that may be secret
     */
    public static BrokerConfig ofRedis(String url) {
        Place place = Place.of(url);
        return new BrokerConfig(
                BrokerType.REDIS,
                place.host,
                place.port,
                place.isSecure,
                place.user,
                secret(place.password),
                null,
                place.database,
                null);
    }

    private static @Nullable Place place(Section section, @Nullable Secret url) {
        if (url == null) {
            section.problem("url", "must say where the broker is, such as redis://127.0.0.1:6379");
            return null;
        }
        String text = section.read("url", url);
        if (text == null) {
            return null;
        }
        try {
            return Place.of(text);
        } catch (IllegalArgumentException e) {
            section.problem(named("url", url), String.valueOf(e.getMessage()));
            return null;
        }
    }

    /**
     * Returns what to come in with, from its files as they are now; so this may block.
     *
     * @throws LoginException when they cannot be used
     */
    public Login login() throws LoginException {
        try {
            String secret = password == null ? null : password.read();
            if (url == null) {
                return new Login(user, secret);
            }
            Place place = Place.of(url.read());
            if (!place.isAt(this)) { // what is owed to one must not go to another unnoticed
                throw new LoginException("the URL in " + url.file() + " leads elsewhere than to " + place()
                        + ", where it did when this process started: start it anew if that is meant");
            }
            return new Login(user == null ? place.user : user, secret == null ? place.password : secret);
        } catch (Secret.UnreadableException e) {
            throw new LoginException(String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw new LoginException("the URL in " + (url == null ? "" : url.file()) + " " + e.getMessage());
        }
    }

    /** What to come in with cannot be read. The message is for people, and has no secrets. */
    public static final class LoginException extends Exception {

        private static final long serialVersionUID = 1L;

        LoginException(String message) {
            super(message, null, false, false);
        }
    }

    /** Returns where it is, for people: without user and password. */
    public String place() {
        return (isSecure ? "rediss://" : "redis://") + host + ":" + port + (database == 0 ? "" : "/" + database);
    }

    /** Has no secrets. */
    @Override
    public String toString() {
        return place();
    }
}

package dev.latido.queue;

import dev.latido.setting.Secret;
import dev.latido.setting.Section;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
 * @param url the whole URL, where it is in a file, or the connection string of a namespace of Azure Service Bus; null for none
 * @param database its number, of a Redis
 * @param vhost the virtual host, of a RabbitMQ; empty otherwise
 * @param caFile a file of certificates in PEM to trust; null for those that Java trusts
 * @param sentinels the Sentinels that know where a Redis is, of which {@code host} and {@code port} then say nothing; none otherwise
 * @param master what they call it; empty without them
 * @param sentinelPassword what to come in to them with; null for nothing
 * @param storage the account of Azure Storage; null for another kind of broker
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
        String vhost,
        @Nullable String caFile,
        List<Node> sentinels,
        String master,
        @Nullable Secret sentinelPassword,
        @Nullable StorageAccount storage) {

    /** The virtual host that is there from the start. */
    private static final String DEFAULT_VHOST = "/";

    private static final int REDIS_PORT = 6379;
    private static final int AMQP_PORT = 5672;
    private static final int AMQPS_PORT = 5671;
    private static final int SENTINEL_PORT = 26379;
    private static final int MAX_DATABASE = 1_000_000;
    private static final int MAX_SENTINELS = 20;

    public BrokerConfig {
        sentinels = List.copyOf(sentinels);
    }

    /** Makes one of a broker that is no account of Azure Storage. */
    public BrokerConfig(
            BrokerType type,
            String host,
            int port,
            boolean isSecure,
            @Nullable String user,
            @Nullable Secret password,
            @Nullable Secret url,
            int database,
            String vhost,
            @Nullable String caFile,
            List<Node> sentinels,
            String master,
            @Nullable Secret sentinelPassword) {
        this(
                type,
                host,
                port,
                isSecure,
                user,
                password,
                url,
                database,
                vhost,
                caFile,
                sentinels,
                master,
                sentinelPassword,
                null);
    }

    private static BrokerConfig ofStorage(StorageAccount account, @Nullable String caFile) {
        return new BrokerConfig(
                BrokerType.STORAGE_QUEUE,
                account.host(),
                account.port(),
                account.isSecure(),
                null,
                null,
                null,
                0,
                "",
                caFile,
                List.of(),
                "",
                null,
                account);
    }

    /** A host and its port. */
    public record Node(String host, int port) {

        private static final Pattern FORM = Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::(\\d{1,5}))?");

        /** Reads one, such as {@code redis.internal:26379}; empty when it is none. */
        static Optional<Node> of(String text) {
            Matcher node = FORM.matcher(text);
            if (!node.matches()) {
                return Optional.empty();
            }
            int port = node.group(2) == null ? SENTINEL_PORT : Integer.parseInt(node.group(2));
            return port == 0 || port > 65_535 ? Optional.empty() : Optional.of(new Node(node.group(1), port));
        }

        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /** What a URL says. */
    private record Place(
            String host,
            int port,
            boolean isSecure,
            @Nullable String user,
            @Nullable String password,
            int database,
            String vhost) {

        /**
         * Reads a URL, such as {@code rediss://redis.internal:6379/2} or {@code amqps://rabbit.internal:5671/shop}.
         *
         * @throws IllegalArgumentException when it is none, with a message that has no part of it, for that may be secret
         */
        static Place of(BrokerType type, String url) {
            boolean isRedis = type == BrokerType.REDIS;
            String scheme = scheme(type);
            URI uri;
            try {
                uri = URI.create(url);
            } catch (IllegalArgumentException e) { // its own shows all
                throw new IllegalArgumentException("must be a URL such as " + example(type));
            }
            boolean isSecure = (scheme + "s").equals(uri.getScheme());
            if (!isSecure && !scheme.equals(uri.getScheme())) {
                throw new IllegalArgumentException("must begin with " + scheme + ":// or, for TLS, " + scheme + "s://");
            }
            if (uri.getHost() == null || uri.getQuery() != null || uri.getFragment() != null) {
                throw new IllegalArgumentException("must be " + scheme + "://host:port/"
                        + (isRedis ? "database" : "vhost") + ", the last two as needed");
            }
            String[] login = uri.getUserInfo() == null
                    ? new String[0]
                    : uri.getUserInfo().split(":", 2);
            return new Place(
                    uri.getHost(),
                    uri.getPort() < 0 ? port(type, isSecure) : uri.getPort(),
                    isSecure,
                    login.length > 0 && !login[0].isEmpty() ? login[0] : null,
                    login.length > 1 ? login[1] : null,
                    isRedis ? database(uri.getPath()) : 0,
                    isRedis ? "" : vhost(uri.getPath()));
        }

        private static int port(BrokerType type, boolean isSecure) {
            return type == BrokerType.REDIS ? REDIS_PORT : isSecure ? AMQPS_PORT : AMQP_PORT;
        }

        private boolean isAt(BrokerConfig config) {
            return host.equals(config.host)
                    && port == config.port
                    && isSecure == config.isSecure
                    && vhost.equals(config.vhost);
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

        /** A path without a name is what people write who mean the default, though the AMQP URI specification reads it as a nameless one. */
        private static String vhost(@Nullable String path) {
            return path == null || path.length() <= 1 ? DEFAULT_VHOST : path.substring(1);
        }
    }

    private static String scheme(BrokerType type) {
        return type == BrokerType.REDIS ? "redis" : "amqp";
    }

    private static String example(BrokerType type) {
        return type == BrokerType.REDIS ? "redis://127.0.0.1:6379" : "amqp://127.0.0.1:5672";
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
            section.problem(
                    "type", "must say which kind of broker it is: redis, rabbitmq, service-bus or storage-queue");
        }
        if (type == BrokerType.STORAGE_QUEUE) {
            return readStorage(section);
        } else if (type == BrokerType.SERVICE_BUS) {
            return readServiceBus(section);
        }
        Secret url = section.secret("url");
        String user = section.optional("user");
        Secret password = section.secret("password");
        String caFile = section.optional("caFile");
        int database = section.integer("database", -1, 0, MAX_DATABASE);
        List<String> sentinels = section.strings("sentinels", List.of());
        String master = section.optional("master");
        Secret sentinelPassword = section.secret("sentinelPassword");
        boolean tls = section.bool("tls", false);
        section.end();
        if (type != BrokerType.REDIS) {
            refuseWhatIsOfRedis(section, type);
        }
        if (type == BrokerType.REDIS && !sentinels.isEmpty()) {
            if (url != null) {
                section.problem(
                        named("url", url),
                        "is given, and sentinels too, which know where it is: leave one of them out");
            }
            if (master.isEmpty()) {
                section.problem("master", "must say what the Sentinels call the Redis that is meant, such as mymaster");
            }
            if (!caFile.isEmpty() && !tls) {
                section.problem("caFile", "is for TLS; say tls: true");
            }
            return new BrokerConfig(
                    type,
                    "",
                    0,
                    tls,
                    user.isEmpty() ? null : user,
                    password,
                    null,
                    Math.max(0, database),
                    "",
                    caFile.isEmpty() ? null : caFile,
                    nodes(section, sentinels),
                    master,
                    sentinelPassword);
        }
        if (type == BrokerType.REDIS && !master.isEmpty()) {
            section.problem("master", "is for sentinels, and there are none");
        }
        if (type == BrokerType.REDIS && sentinelPassword != null) {
            section.problem(named("sentinelPassword", sentinelPassword), "is for sentinels, and there are none");
        }
        if (type == BrokerType.REDIS && tls) {
            section.problem("tls", "is for sentinels; begin the url with rediss://");
        }
        Place place = place(section, type, url);
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
            section.problem("caFile", "is for TLS, and the url does not begin with " + scheme(type) + "s://");
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
                place.vhost,
                caFile.isEmpty() ? null : caFile,
                List.of(),
                "",
                null);
    }

    private static @Nullable BrokerConfig readStorage(Section section) {
        StorageAccount account = StorageAccount.read(section);
        String caFile = section.optional("caFile");
        section.end();
        if (account != null && !caFile.isEmpty() && !account.isSecure()) {
            section.problem("caFile", "is for TLS, and the url does not begin with https://");
        }
        return account == null ? null : ofStorage(account, caFile.isEmpty() ? null : caFile);
    }

    private static @Nullable BrokerConfig readServiceBus(Section section) {
        Secret access = section.secret("connectionString");
        String caFile = section.optional("caFile");
        section.end();
        if (access == null) {
            section.problem(
                    "connectionStringFile",
                    "must name the file with the connection string of the namespace, as the portal shows it");
            return null;
        }
        String text = section.read("connectionString", access);
        if (text == null) {
            return null;
        }
        try {
            ConnectionString read = ConnectionString.of(text);
            if (!caFile.isEmpty() && !read.isSecure()) {
                section.problem("caFile", "is for TLS, which the emulator does not speak (UseDevelopmentEmulator)");
            }
            return ofServiceBus(read, access, caFile.isEmpty() ? null : caFile);
        } catch (IllegalArgumentException e) {
            section.problem(named("connectionString", access), String.valueOf(e.getMessage()));
            return null;
        }
    }

    private static BrokerConfig ofServiceBus(ConnectionString read, Secret access, @Nullable String caFile) {
        return new BrokerConfig(
                BrokerType.SERVICE_BUS,
                read.host(),
                read.port(),
                read.isSecure(),
                null,
                null,
                access,
                0,
                "",
                caFile,
                List.of(),
                "",
                null);
    }

    private static void refuseWhatIsOfRedis(Section section, BrokerType type) {
        for (String setting : List.of("database", "sentinels", "master", "sentinelPassword", "tls")) {
            if (section.has(setting)) {
                section.problem(setting, "is for redis, and not for " + type.wireName());
            }
        }
    }

    private static List<Node> nodes(Section section, List<String> texts) {
        if (texts.size() > MAX_SENTINELS) {
            section.problem("sentinels", "must be at most " + MAX_SENTINELS);
        }
        List<Node> nodes = new ArrayList<>();
        for (String text : texts) {
            Node.of(text)
                    .ifPresentOrElse(
                            nodes::add,
                            () -> section.problem(
                                    "sentinels",
                                    "must be hosts with their ports, such as redis-1.internal:26379, and one of them is"
                                            + " not"));
        }
        return nodes;
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
        return of(BrokerType.REDIS, url);
    }

    /**
     * Makes that of a broker which a URL says all of, such as {@code amqps://rabbit.internal:5671/shop}.
     *
     * @throws IllegalArgumentException when it is none, with a message that has no part of it, for that may be secret
     */
    public static BrokerConfig of(BrokerType type, String url) {
        Place place = Place.of(type, url);
        return new BrokerConfig(
                type,
                place.host,
                place.port,
                place.isSecure,
                place.user,
                secret(place.password),
                null,
                place.database,
                place.vhost,
                null,
                List.of(),
                "",
                null);
    }

    private static @Nullable Place place(Section section, BrokerType type, @Nullable Secret url) {
        if (url == null) {
            section.problem("url", "must say where the broker is, such as " + example(type));
            return null;
        }
        String text = section.read("url", url);
        if (text == null) {
            return null;
        }
        try {
            return Place.of(type, text);
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
            Place place = Place.of(type, url.read());
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

    /**
     * Returns what opens a namespace of Azure Service Bus, from its file as that is now; so this may block.
     *
     * @throws LoginException when it cannot be used
     */
    public ConnectionString connectionString() throws LoginException {
        if (url == null) {
            throw new IllegalStateException("it is no namespace of Azure Service Bus");
        }
        String where = url.file() == null ? "the connection string" : "the connection string in " + url.file();
        try {
            ConnectionString read = ConnectionString.of(url.read());
            if (!read.place().equals(place())) { // what is owed to one must not go to another unnoticed
                throw new LoginException(where + " leads elsewhere than to " + place()
                        + ", where it did when this process started: start it anew if that is meant");
            }
            return read;
        } catch (Secret.UnreadableException e) {
            throw new LoginException(String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw new LoginException(where + " " + e.getMessage());
        }
    }

    /**
     * Returns what to come in to Sentinels with; see {@link #login}.
     *
     * @throws LoginException when it cannot be used
     */
    public Login sentinelLogin() throws LoginException {
        try {
            return new Login(null, sentinelPassword == null ? null : sentinelPassword.read());
        } catch (Secret.UnreadableException e) {
            throw new LoginException(String.valueOf(e.getMessage()));
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
        if (storage != null) {
            return storage.place();
        }
        if (type == BrokerType.SERVICE_BUS) {
            return ConnectionString.place(host, port, isSecure);
        }
        String name = type == BrokerType.REDIS ? database == 0 ? "" : String.valueOf(database) : vhost;
        String end = name.isEmpty() || name.equals(DEFAULT_VHOST) ? "" : "/" + name;
        String scheme = isSecure ? scheme(type) + "s" : scheme(type);
        return sentinels.isEmpty()
                ? scheme + "://" + host + ":" + port + end
                : scheme + "-sentinel://"
                        + sentinels.stream().map(Node::toString).collect(Collectors.joining(",")) + end + "#" + master;
    }

    /** Has no secrets. */
    @Override
    public String toString() {
        return place();
    }
}

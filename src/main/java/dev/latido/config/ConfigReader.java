package dev.latido.config;

import dev.latido.client.CommandConfig;
import dev.latido.cluster.ClusterConfig;
import dev.latido.core.HistoryConfig;
import dev.latido.http.HttpConfig;
import dev.latido.memory.MemoryConfig;
import dev.latido.store.StoreConfig;
import dev.latido.stream.StreamConfig;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Turns the raw configuration into a {@link Config}, or into the list of everything that is wrong with it. */
public final class ConfigReader {

    /** A bearer token by RFC 6750, 2.1, and long enough not to be guessed. */
    private static final Pattern API_KEY = Pattern.compile("[A-Za-z0-9._~+/-]{16,}=*");

    private static final Pattern ALLOWED_HOST = Pattern.compile("\\*|[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]");

    private static final String DEFAULT_JOB = JobReader.HEARTBEAT.definition().name();
    private static final Config.Shutdown SHUTDOWN = new Config.Shutdown(Duration.ZERO, Duration.ofSeconds(20));

    private final List<String> problems = new ArrayList<>();

    private ConfigReader() {}

    /**
     * Reads the configuration.
     *
     * @param file what the file says; empty when there is none
     * @param environment all environment variables
     * @param properties all system properties
     * @throws InvalidConfigException with every problem
     */
    public static Config read(JsonObject file, Map<String, String> environment, Map<String, String> properties)
            throws InvalidConfigException {
        return new ConfigReader().config(file, new Overrides(environment, properties));
    }

    private Config config(JsonObject file, Overrides overrides) throws InvalidConfigException {
        Section root = new Section("", file, overrides, problems);
        HttpConfig http = http(root.section("http"));
        CommandConfig commands = commands(root.section("commands"), CommandConfig.DEFAULT);
        CommandConfig submissions = commands(root.section("submissions"), CommandConfig.SUBMISSIONS);
        HistoryConfig history = history(root.section("history"));
        StoreConfig store = store(root.section("store"));
        StreamConfig stream = stream(root.section("stream"));
        if (http.idleTimeout().compareTo(commands.timeout()) <= 0
                || http.idleTimeout().compareTo(submissions.timeout()) <= 0) {
            root.problem(
                    "http.idleTimeout",
                    "must be longer than commands.timeout and submissions.timeout, or connections close under callers"
                            + " who wait");
        }
        ClusterConfig cluster = cluster(root.section("cluster"));
        Config.Shutdown shutdown = shutdown(root.section("shutdown"));
        boolean isTraced = isTraced(root.section("tracing"));
        int concurrency = root.integer("concurrency", 0, 0, 10_000_000);
        MemoryConfig memory = root.memory("maxMemory", MemoryConfig.DEFAULT);
        List<Config.Job> jobs = JobReader.read(root, store.type());
        List<String> names = jobs.stream().map(job -> job.definition().name()).toList();
        String defaultJob =
                root.string("defaultJob", names.isEmpty() || names.contains(DEFAULT_JOB) ? DEFAULT_JOB : names.get(0));
        if (names.isEmpty()) {
            if (problems.stream().noneMatch(problem -> problem.startsWith("jobs"))) {
                root.problem("jobs", "must name at least one job; leave it out for the default one");
            }
        } else if (!names.contains(defaultJob)) {
            root.problem("defaultJob", "must be the name of a job, was '" + defaultJob + "'");
        }
        overrides.of("config"); // where the file is; read before it
        root.end();
        overrides.end(problems);
        if (!problems.isEmpty()) {
            throw new InvalidConfigException(problems);
        }
        return new Config(
                http,
                commands,
                cluster,
                shutdown,
                defaultJob,
                submissions,
                history,
                store,
                concurrency,
                memory,
                stream,
                isTraced,
                jobs);
    }

    private HttpConfig http(Section section) {
        HttpConfig absent = HttpConfig.DEFAULT;
        HttpConfig http = new HttpConfig(
                section.string("host", absent.host()),
                section.integer("port", absent.port(), 0, 65_535),
                section.secrets("apiKeys", absent.apiKeys()),
                section.bool("metricsNeedKey", absent.metricsNeedKey()),
                section.strings("allowedHosts", absent.allowedHosts()),
                section.integer("maxConnections", absent.maxConnections(), 1, 1_000_000),
                section.integer("maxHeaderBytes", absent.maxHeaderBytes(), 256, 1_048_576),
                section.integer("maxRequestLineBytes", absent.maxRequestLineBytes(), 128, 65_536),
                section.integer("maxBodyBytes", absent.maxBodyBytes(), 1, 268_435_456),
                section.duration(
                        "requestTimeout", absent.requestTimeout(), Duration.ofMillis(100), Duration.ofHours(1)),
                section.duration("idleTimeout", absent.idleTimeout(), Duration.ofMillis(100), Duration.ofHours(24)));
        section.end();
        if (!http.apiKeys().stream().allMatch(key -> API_KEY.matcher(key).matches())) {
            section.problem(
                    "apiKeys",
                    "each key needs at least 16 characters, all of them letters, digits or one of - . _ ~ + /");
        }
        if (http.apiKeys().isEmpty() && !isLoopback(http.host())) {
            section.problem(
                    "host",
                    "'" + http.host() + "' can be reached from other machines, and without http.apiKeys anybody there"
                            + " could control the jobs. Set a key, or bind 127.0.0.1");
        }
        if (http.allowedHosts().isEmpty()) {
            section.problem("allowedHosts", "must name at least one host, or '*' for any");
        }
        for (String host : http.allowedHosts()) {
            if (!ALLOWED_HOST.matcher(host).matches()) {
                section.problem(
                        "allowedHosts",
                        "must be names or addresses without port (IPv6 in brackets) or '*', was '" + host + "'");
            }
        }
        return http;
    }

    private static CommandConfig commands(Section section, CommandConfig absent) {
        CommandConfig commands = new CommandConfig(
                section.integer("maxInFlight", absent.maxInFlight(), 1, 100_000),
                section.choice("whenFull", absent.whenFull(), CommandConfig.WhenFull.class),
                section.integer("maxWaiting", absent.maxWaiting(), 0, 1_000_000),
                section.duration("timeout", absent.timeout(), Duration.ofMillis(10), Duration.ofMinutes(1)));
        section.end();
        return commands;
    }

    private ClusterConfig cluster(Section section) {
        ClusterConfig absent = ClusterConfig.DEFAULT;
        ClusterConfig cluster = new ClusterConfig(
                section.bool("enabled", absent.enabled()),
                section.string("name", absent.name()),
                section.string("host", absent.host()),
                section.integer("port", absent.port(), 1, 65_535),
                section.strings("members", absent.members()),
                section.bool("trustNetwork", absent.trustNetwork()));
        section.end();
        if (cluster.enabled() && !cluster.trustNetwork() && !isLoopback(cluster.host())) {
            section.problem(
                    "host",
                    "'" + cluster.host() + "' can be reached from other machines, and whoever reaches the cluster's"
                            + " ports controls all jobs without any key. Set cluster.trustNetwork to true if only"
                            + " trusted machines can, or bind 127.0.0.1");
        }
        if (cluster.enabled() && cluster.name().equals("dev")) {
            section.problem("name", "'dev' is what any Hazelcast joins by default; choose a name of your own");
        }
        return cluster;
    }

    private static boolean isTraced(Section section) {
        boolean isTraced = section.bool("enabled", false);
        section.end();
        return isTraced;
    }

    private static Config.Shutdown shutdown(Section section) {
        Config.Shutdown shutdown = new Config.Shutdown(
                section.duration("notReadyFor", SHUTDOWN.notReadyFor(), Duration.ZERO, Duration.ofMinutes(5)),
                section.duration("grace", SHUTDOWN.grace(), Duration.ZERO, Duration.ofHours(1)));
        section.end();
        return shutdown;
    }

    private static StoreConfig store(Section section) {
        StoreConfig absent = StoreConfig.DEFAULT;
        StoreConfig.Type type = section.choice("type", absent.type(), StoreConfig.Type.class);
        String directory = section.string("directory", absent.directory().toString());
        int maxPending = section.integer("maxPending", absent.maxPending(), 1, 10_000_000);
        int keepBackups = section.integer("keepBackups", absent.keepBackups(), 1, 1_000_000);
        String acceptLoss = section.optional("acceptLoss");
        section.end();
        try {
            return new StoreConfig(type, Path.of(directory), maxPending, keepBackups, acceptLoss);
        } catch (InvalidPathException e) {
            section.problem("directory", "must be the path of a directory, was '" + directory + "'");
            return absent;
        }
    }

    private static StreamConfig stream(Section section) {
        StreamConfig absent = StreamConfig.DEFAULT;
        StreamConfig stream = new StreamConfig(
                section.integer("maxReaders", absent.maxReaders(), 0, 100_000),
                section.integer("windowEvents", absent.windowEvents(), 1, 1_000_000),
                section.integer("windowBytes", absent.windowBytes(), 1_024, 1_073_741_824),
                section.integer("readerBytes", absent.readerBytes(), 1_024, 1_073_741_824),
                section.duration("heartbeat", absent.heartbeat(), Duration.ofMillis(100), Duration.ofHours(1)));
        section.end();
        return stream;
    }

    private static HistoryConfig history(Section section) {
        HistoryConfig absent = HistoryConfig.DEFAULT;
        Section deadLetters = section.section("deadLetters");
        HistoryConfig history =
                new HistoryConfig(bounds(section, absent.ended()), bounds(deadLetters, absent.deadLetters()));
        deadLetters.end();
        section.end();
        return history;
    }

    private static HistoryConfig.Bounds bounds(Section section, HistoryConfig.Bounds absent) {
        return new HistoryConfig.Bounds(
                section.integer("maxPerJob", absent.maxPerJob(), 0, 1_000_000),
                section.integer("maxTotal", absent.maxTotal(), 0, 10_000_000),
                section.duration("maxAge", absent.maxAge(), Duration.ofSeconds(1), Duration.ofDays(3_660)));
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}

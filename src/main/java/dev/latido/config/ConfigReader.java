package dev.latido.config;

import dev.latido.client.CommandConfig;
import dev.latido.cluster.ClusterConfig;
import dev.latido.core.HistoryConfig;
import dev.latido.http.HttpConfig;
import dev.latido.memory.MemoryConfig;
import dev.latido.metric.MetricsConfig;
import dev.latido.queue.BrokerConfig;
import dev.latido.setting.EffectiveSetting;
import dev.latido.setting.Overrides;
import dev.latido.setting.Section;
import dev.latido.store.StoreConfig;
import dev.latido.stream.StreamConfig;
import dev.latido.trace.TraceVariables;
import dev.latido.trace.TracingConfig;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Turns the raw configuration into a {@link Config}, or into the list of everything that is wrong with it. */
public final class ConfigReader {

    private static final String DEFAULT_JOB = JobReader.HEARTBEAT.definition().name();

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
        return read(SettingsFile.of(file), environment, properties, null);
    }

    /**
     * Reads the configuration like {@link #read(JsonObject, Map, Map)}.
     *
     * @param effective gets each setting that is read, in the order of reading; null where nobody wants to know
     */
    static Config read(
            SettingsFile file,
            Map<String, String> environment,
            Map<String, String> properties,
            @Nullable Consumer<EffectiveSetting> effective)
            throws InvalidConfigException {
        ConfigReader reader = new ConfigReader();
        return reader.config(
                file,
                new Overrides(environment, properties),
                () -> TraceVariables.problems(environment, properties),
                effective);
    }

    /** Reads the bounds of a client; what is not given is as in {@code absent}. */
    private static CommandConfig commands(Section section, CommandConfig absent) {
        CommandConfig commands = new CommandConfig(
                section.integer("maxInFlight", absent.maxInFlight(), 1, 100_000),
                section.choice("whenFull", absent.whenFull(), CommandConfig.WhenFull.class),
                section.integer("maxWaiting", absent.maxWaiting(), 0, 1_000_000),
                section.duration("timeout", absent.timeout(), Duration.ofMillis(10), Duration.ofMinutes(1)));
        section.end();
        return commands;
    }

    private Config config(
            SettingsFile file,
            Overrides overrides,
            Supplier<List<String>> ofTraces,
            @Nullable Consumer<EffectiveSetting> effective)
            throws InvalidConfigException {
        Section root = Section.root(file.settings(), file.lines(), overrides, problems, effective);
        HttpConfig http = HttpConfig.read(root.section("http"));
        CommandConfig commands = commands(root.section("commands"), CommandConfig.DEFAULT);
        CommandConfig submissions = commands(root.section("submissions"), CommandConfig.SUBMISSIONS);
        HistoryConfig history = HistoryConfig.read(root.section("history"));
        StoreConfig store = StoreConfig.read(root.section("store"));
        StreamConfig stream = StreamConfig.read(root.section("stream"));
        if (http.idleTimeout().compareTo(commands.timeout()) <= 0
                || http.idleTimeout().compareTo(submissions.timeout()) <= 0) {
            root.problem(
                    "http.idleTimeout",
                    "must be longer than commands.timeout and submissions.timeout, or connections close under callers"
                            + " who wait");
        }
        ClusterConfig cluster = ClusterConfig.read(root.section("cluster"));
        Config.Shutdown shutdown = Config.Shutdown.read(root.section("shutdown"));
        MetricsConfig metrics = MetricsConfig.read(root.section("metrics"));
        TracingConfig tracing = TracingConfig.read(root.section("tracing"));
        LogConfig log = LogConfig.read(root.section("log"));
        if (tracing.enabled()) {
            problems.addAll(ofTraces.get());
        }
        int concurrency = root.integer("concurrency", 0, 0, 10_000_000);
        MemoryConfig memory = MemoryConfig.read(root, "maxMemory");
        Map<String, BrokerConfig> brokers = JobReader.brokers(root);
        List<Config.Job> jobs = JobReader.read(root, store.type(), brokers);
        List<String> names = jobs.stream().map(job -> job.definition().name()).toList();
        String defaultJob =
                root.string("defaultJob", names.isEmpty() || names.contains(DEFAULT_JOB) ? DEFAULT_JOB : names.get(0));
        if (names.isEmpty()) {
            if (problems.stream().noneMatch(problem -> problem.startsWith("jobs"))) {
                root.problem("jobs", "must name at least one job; leave it out for the default one");
            }
        } else if (!names.contains(defaultJob)) {
            root.problem("defaultJob", "must be the name of a job, was " + Section.shown(defaultJob));
        }
        metrics.histograms().stream()
                .filter(name -> !names.contains(name))
                .sorted()
                .forEach(name -> root.problem("metrics.histograms", "must name jobs, and there is no '" + name + "'"));
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
                metrics,
                tracing,
                log,
                brokers,
                jobs,
                overrides.warnings());
    }
}

package dev.latido.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.KubernetesLinks;
import dev.latido.client.CommandConfig;
import dev.latido.cluster.ClusterConfig;
import dev.latido.core.HistoryConfig;
import dev.latido.core.JobDefinition;
import dev.latido.http.HttpConfig;
import dev.latido.job.RetryPolicy;
import dev.latido.metric.MetricsConfig;
import dev.latido.schedule.Interval;
import dev.latido.trace.TracingConfig;
import dev.latido.worker.WorkerConfig;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class ConfigReaderTest {

    private static final String KEY = "a-key-that-is-long-enough";

    private static Config read(String json) throws InvalidConfigException {
        return ConfigReader.read(new JsonObject(json), Map.of(), Map.of());
    }

    private static List<String> problems(
            JsonObject file, Map<String, String> environment, Map<String, String> properties) {
        try {
            return List.of("no problem but " + ConfigReader.read(file, environment, properties));
        } catch (InvalidConfigException invalid) {
            assertThat(invalid.problems())
                    .allSatisfy(problem -> assertThat(invalid).hasMessageContaining(problem));
            return invalid.problems();
        }
    }

    private static List<String> problems(String json) {
        return problems(new JsonObject(json), Map.of(), Map.of());
    }

    /** Reads a configuration with just {@code path} set. */
    private static List<String> problemsWith(String path, Object value) {
        JsonObject file = new JsonObject();
        JsonObject at = file;
        String[] names = path.split("\\.", -1);
        for (int i = 0; i < names.length - 1; i++) {
            JsonObject child = new JsonObject();
            at.put(names[i], child);
            at = child;
        }
        at.put(names[names.length - 1], value);
        return problems(file, Map.of(), Map.of());
    }

    @Test
    void emptyConfigurationMeansTheDefaults() throws Exception {
        Config config = read("{}");
        assertThat(config.http()).isEqualTo(HttpConfig.DEFAULT);
        assertThat(config.commands()).isEqualTo(CommandConfig.DEFAULT);
        assertThat(config.cluster()).isEqualTo(ClusterConfig.DEFAULT);
        assertThat(config.http().host()).isEqualTo("127.0.0.1");
        assertThat(config.defaultJob()).isEqualTo("heartbeat");
        assertThat(config.submissions()).isEqualTo(CommandConfig.SUBMISSIONS);
        assertThat(config.history()).isEqualTo(HistoryConfig.DEFAULT);
        assertThat(config.jobs())
                .containsExactly(new Config.Job(
                        JobDefinition.named("heartbeat")
                                .withSchedule(new Interval(Duration.ofSeconds(5)))
                                .withAutoStart(false)
                                .withRetry(RetryPolicy.DEFAULT),
                        new WorkerConfig.Log(),
                        null));
    }

    @Test
    void emptySectionsMeanTheDefaultsToo() throws Exception {
        assertThat(read("""
                        {"http": null, "commands": {}, "cluster": {"port": null}, "shutdown": null,
                         "jobs": {"heartbeat": null}}""")).isEqualTo(read("{}"));
    }

    @Test
    void readsJobsInTheOrderOfTheFile() throws Exception {
        Config config = read("""
                {"defaultJob": "b", "jobs": {"c": {"every": "10ms", "autoStart": true}, "a.1": {}, "b": {"worker": "log"}}}""");
        assertThat(config.jobs()).extracting(job -> job.definition().name()).containsExactly("c", "a.1", "b");
        assertThat(config.jobs().get(0).definition().trigger().schedule())
                .isEqualTo(new Interval(Duration.ofMillis(10)));
        assertThat(config.jobs().get(0).definition().trigger().autoStart()).isTrue();
        assertThat(config.defaultJob()).isEqualTo("b");
    }

    @Test
    void reportsAllProblemsAtOnceEachWithItsPath() {
        assertThat(problems("""
                        {"http": {"port": "high", "maxBodyBytes": 0, "prot": 80}, "commands": {"whenFull": "explode"},
                         "cluster": 5, "shutdown": {"grace": "soon"}, "defaultJob": "nope", "http2": {},
                         "jobs": {"heartbeat": {"every": "0s", "worker": "elf", "evry": "1s"}, "Bad Name": {}}}"""))
                .satisfiesExactlyInAnyOrder(
                        starts("http.port: must be a whole number from 0 to 65535, was 'high'"),
                        starts("http.maxBodyBytes: must be a whole number from 1 to 268435456, was 0"),
                        starts("http.prot: is not a setting; known here: host, port, "),
                        starts("commands.whenFull: must be one of wait, reject, was 'explode'"),
                        starts("cluster: must be a group of settings, was 5"),
                        starts("shutdown.grace: must be a time from 0ms to 1h, such as 500ms, 5s, 10m, 1h, was 'soon'"),
                        starts("defaultJob: must be the name of a job, was 'nope'"),
                        starts("http2: is not a setting; known here: http, commands, "),
                        starts("jobs.heartbeat.every: must be a time from 1ms to 366d, "),
                        starts(
                                "jobs.heartbeat.worker.type: must be one of log, event-bus, http, class, queue, was 'elf'"),
                        starts("jobs.heartbeat.evry: is not a setting; known here: cron, at, every, zone, autoStart, "),
                        starts("jobs.Bad Name: a job's name must be "));
    }

    private static org.assertj.core.api.ThrowingConsumer<String> starts(String beginning) {
        return problem -> assertThat(problem).startsWith(beginning);
    }

    @ParameterizedTest
    @CsvSource({
        "http.port, -1",
        "http.port, 65536",
        "http.port, 80.5",
        "http.port, ''",
        "http.port, 1e3",
        "http.port, 99999999999999999999",
        "http.maxConnections, 0",
        "http.maxConnectionsPerClient, -1",
        "http.maxUnsentBytes, 65535",
        "http.maxUnsentBytes, 0",
        "http.minReadRate, 0",
        "http.minReadRate, 1048577",
        "http.maxHeaderBytes, 10",
        "http.maxRequestLineBytes, 10",
        "http.maxBodyBytes, 0",
        "http.requestTimeout, 5",
        "http.requestTimeout, 5 s",
        "http.requestTimeout, -5s",
        "http.requestTimeout, 1.5s",
        "http.requestTimeout, 99ms",
        "http.requestTimeout, 2h",
        "http.requestTimeout, 9999999999s",
        "http.idleTimeout, 25h",
        "http.metricsNeedKey, perhaps",
        "http.host, ' '",
        "http.allowedHosts, ''",
        "http.allowedHosts, localhost:8080",
        "http.allowedHosts, http://localhost",
        "http.allowedHosts, 'a,,b'",
        "http.allowedHosts, ::1",
        "http.allowedHosts, 10.0.0.0/33",
        "http.allowedHosts, 10.1.2.3/8",
        "http.allowedHosts, a.example/8",
        "commands.maxInFlight, 0",
        "commands.whenFull, WAIT",
        "commands.maxWaiting, -1",
        "commands.timeout, 5ms",
        "commands.timeout, 61s",
        "cluster.enabled, 1",
        "cluster.port, 0",
        "shutdown.notReadyFor, 6m",
        "shutdown.grace, 61m",
        "defaultJob, ''",
        "jobs.heartbeat.every, 0ms",
        "jobs.heartbeat.every, 367d",
        "jobs.heartbeat.autoStart, maybe"
    })
    void refusesWrongValue(String path, String value) {
        assertThat(problemsWith(path, value))
                .isNotEmpty()
                .allSatisfy(problem -> assertThat(problem).startsWith(path + ": "));
    }

    @Test
    void refusesValuesOfTheWrongType() {
        assertThat(problemsWith("http.port", true)).singleElement().asString().startsWith("http.port: ");
        assertThat(problemsWith("http.port", 80.0)).singleElement().asString().startsWith("http.port: ");
        assertThat(problemsWith("http.host", 127)).isNotEmpty();
        assertThat(problemsWith("http.allowedHosts", new JsonArray().add(1)))
                .singleElement()
                .asString()
                .startsWith("http.allowedHosts: ");
        assertThat(problemsWith("http.allowedHosts", new JsonObject()))
                .singleElement()
                .asString()
                .startsWith("http.allowedHosts: ");
        assertThat(problemsWith("http.requestTimeout", 5))
                .singleElement()
                .asString()
                .startsWith("http.requestTimeout: ");
        assertThat(problemsWith("http", new JsonArray()))
                .singleElement()
                .asString()
                .startsWith("http: ");
        assertThat(problemsWith("jobs", "heartbeat")).anySatisfy(starts("jobs: must be a group of settings"));
        assertThat(problemsWith("jobs.heartbeat", 1)).singleElement().asString().startsWith("jobs.heartbeat: ");
    }

    @ParameterizedTest
    @CsvSource({"1ms, 1", "500ms, 500", "5s, 5000", "10m, 600000", "1h, 3600000", "2d, 172800000", "007s, 7000"})
    void readsTimes(String text, long millis) throws Exception {
        assertThat(read("{\"jobs\": {\"heartbeat\": {\"every\": \"" + text + "\"}}}")
                        .jobs()
                        .get(0)
                        .definition()
                        .trigger()
                        .schedule())
                .isEqualTo(new Interval(Duration.ofMillis(millis)));
    }

    @Test
    void takesNumbersAndFlagsThatAreWrittenAsText() throws Exception {
        Config config = read("{\"http\": {\"port\": \"9090\", \"metricsNeedKey\": \"false\"}}");
        assertThat(config.http().port()).isEqualTo(9090);
        assertThat(config.http().metricsNeedKey()).isFalse();
    }

    @Test
    void propertyComesBeforeVariableComesBeforeFile() throws Exception {
        JsonObject file = new JsonObject("{\"http\": {\"port\": 1, \"host\": \"localhost\", \"maxConnections\": 3}}");
        Map<String, String> environment = Map.of("LATIDO_HTTP_PORT", "2", "LATIDO_HTTP_MAXCONNECTIONS", "4");
        Map<String, String> properties = Map.of("latido.http.port", "5");
        HttpConfig http = ConfigReader.read(file, environment, properties).http();
        assertThat(http.port()).isEqualTo(5);
        assertThat(http.maxConnections()).isEqualTo(4);
        assertThat(http.host()).isEqualTo("localhost");
    }

    @Test
    void readsListsFromOutsideSeparatedByCommas() throws Exception {
        HttpConfig http = ConfigReader.read(
                        new JsonObject("{\"http\": {\"allowedHosts\": [\"x\"]}}"),
                        Map.of("LATIDO_HTTP_ALLOWEDHOSTS", "a.example, b.example,[::1]", "LATIDO_HTTP_APIKEYS", KEY),
                        Map.of())
                .http();
        assertThat(http.allowedHosts()).containsExactly("a.example", "b.example", "[::1]");
        assertThat(http.apiKeys()).containsExactly(KEY);
    }

    @Test
    void saysHowARangeOfHostsIsWritten() throws Exception {
        assertThat(problemsWith("http.allowedHosts", "10.1.2.3/8"))
                .containsExactly(
                        "http.allowedHosts: the range '10.1.2.3/8' does not begin at its address; write 10.0.0.0/8");
        assertThat(read("{\"http\": {\"allowedHosts\": [\"10.0.0.0/8\", \"fd00::/8\"]}}")
                        .http()
                        .allowedHosts())
                .containsExactly("10.0.0.0/8", "fd00::/8");
    }

    @Test
    void overridesJobsOfTheFileByName() throws Exception {
        Config config = ConfigReader.read(
                new JsonObject("{\"jobs\": {\"night-report\": {}}, \"defaultJob\": \"night-report\"}"),
                Map.of("LATIDO_JOBS_NIGHT_REPORT_EVERY", "9s"),
                Map.of("latido.jobs.night-report.autoStart", "true"));
        assertThat(config.jobs())
                .extracting(Config.Job::definition)
                .containsExactly(JobDefinition.named("night-report")
                        .withRetry(RetryPolicy.DEFAULT)
                        .withSchedule(new Interval(Duration.ofSeconds(9))));
    }

    @Test
    void refusesOverridesThatNameNoSetting() {
        assertThat(problems(
                        new JsonObject(),
                        Map.of(
                                "LATIDO_HTTP_PROT",
                                "1",
                                "LATIDO_",
                                "1",
                                "PATH",
                                "/bin",
                                "LATIDO_JOBS_OTHER_EVERY",
                                "1s"),
                        Map.of("latido.http.Port", "1", "latido.x", "1", "java.home", "/", "latido", "1")))
                .satisfiesExactlyInAnyOrder(
                        starts("LATIDO_HTTP_PROT: this environment variable names no setting"),
                        starts("LATIDO_: "),
                        starts("LATIDO_JOBS_OTHER_EVERY: "),
                        starts("latido.http.Port: this system property names no setting"),
                        starts("latido.x: "));
    }

    @Test
    void wrongValueFromOutsideIsReportedUnderItsPath() {
        assertThat(problems(new JsonObject(), Map.of("LATIDO_HTTP_PORT", "x"), Map.of()))
                .singleElement()
                .asString()
                .startsWith("http.port: ")
                .endsWith("was 'x' (from LATIDO_HTTP_PORT)");
        assertThat(problems(new JsonObject(), Map.of("LATIDO_HTTP_PORT", "1"), Map.of("latido.http.port", "y")))
                .singleElement()
                .asString()
                .endsWith("was 'y' (from latido.http.port)");
    }

    @Test
    void knowsTheVariableThatNamesTheFile() throws Exception {
        assertThat(ConfigReader.read(
                        new JsonObject(), Map.of("LATIDO_CONFIG", "x.yaml"), Map.of("latido.config", "y.yaml")))
                .isEqualTo(read("{}"));
        assertThat(problemsWith("config", "x.yaml")).singleElement().asString().startsWith("config: ");
    }

    @Test
    void ignoresWhatKubernetesSetsNextToServiceOfThatName() throws Exception {
        Map<String, String> links = KubernetesLinks.of("latido", "10.0.0.1", 8080, "tcp");
        assertThat(ConfigReader.read(new JsonObject(), links, Map.of())).isEqualTo(read("{}"));
    }

    @Test
    void ignoresWhatKubernetesSetsForServicesWhoseNamesBeginLikeASetting() throws Exception {
        Config config = ConfigReader.read(
                new JsonObject().put("http", new JsonObject().put("port", 7070)),
                KubernetesLinks.ofBusyNamespace(),
                Map.of());

        assertThat(config.http().port()).isEqualTo(7070);
        assertThat(config.cluster()).isEqualTo(read("{}").cluster());
        assertThat(config.warnings())
                .singleElement()
                .asString()
                .contains(
                        "Services latido-cluster, latido-grafana, latido-http;",
                        "LATIDO_HTTP_PORT is one of them and does not set http.port",
                        "LATIDO_CLUSTER_PORT is one of them and does not set cluster.port",
                        "enableServiceLinks: false");
    }

    @Test
    void variableOfTheContainerItselfIsStillASettingNextToAServiceOfThatName() throws Exception {
        Map<String, String> environment = new HashMap<>(KubernetesLinks.of("latido-http", "10.0.0.2", 80, "tcp"));
        environment.put("LATIDO_HTTP_PORT", "9090");
        environment.put("LATIDO_HTTP_HOST", "127.0.0.2");

        Config config = ConfigReader.read(new JsonObject(), environment, Map.of());

        assertThat(config.http().port()).isEqualTo(9090);
        assertThat(config.http().host()).isEqualTo("127.0.0.2");
    }

    @Test
    void refusesWhatLooksLikeKubernetesWithoutTheHostOfItsService() {
        Map<String, String> environment = new HashMap<>(KubernetesLinks.of("latido-grafana", "10.0.0.3", 80, "tcp"));
        environment.remove("LATIDO_GRAFANA_SERVICE_HOST");
        environment.put("LATIDO_PORT", "9090");
        environment.put("LATIDO_HTTP_PORT", "tcp://10.0.0.2:80");
        environment.put("LATIDO_HTTP_PORT_PUBLIC", "80"); // neither a link nor a setting
        environment.put("LATIDO_CLUSTER_SERVICE_HOST", "10.0.0.4");
        environment.put("LATIDO_CLUSTER_PORT_PUBLIC", "80");

        assertThat(problems(new JsonObject(), environment, Map.of()))
                .satisfiesExactlyInAnyOrder(
                        starts("http.port: must be a whole number"),
                        starts("LATIDO_PORT: this environment variable names no setting"),
                        starts("LATIDO_HTTP_PORT_PUBLIC: "),
                        starts("LATIDO_CLUSTER_PORT_PUBLIC: "),
                        starts("LATIDO_GRAFANA_SERVICE_PORT: "),
                        starts("LATIDO_GRAFANA_SERVICE_PORT_WEB: "),
                        starts("LATIDO_GRAFANA_PORT: "),
                        starts("LATIDO_GRAFANA_PORT_80_TCP: "),
                        starts("LATIDO_GRAFANA_PORT_80_TCP_PROTO: "),
                        starts("LATIDO_GRAFANA_PORT_80_TCP_PORT: "),
                        starts("LATIDO_GRAFANA_PORT_80_TCP_ADDR: "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1", "host.invalid"})
    void refusesPublicAddressWithoutKeyAndSaysWhy(String host) throws Exception {
        assertThat(problemsWith("http.host", host))
                .singleElement()
                .asString()
                .startsWith("http.host: '" + host + "' can be reached from other machines")
                .contains("http.apiKeys", "127.0.0.1");
        JsonObject withKey = new JsonObject()
                .put("http", new JsonObject().put("host", host).put("apiKeys", new JsonArray().add(KEY)));
        assertThat(ConfigReader.read(withKey, Map.of(), Map.of()).http().host()).isEqualTo(host);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.8.8.8", "localhost", "::1"})
    void takesLoopbackAddressWithoutKey(String host) throws Exception {
        assertThat(read("{\"http\": {\"host\": \"" + host + "\"}}").http().host())
                .isEqualTo(host);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ", \"name\": \"\"", ", \"name\": null"})
    void refusesToJoinAClusterWithoutAName(String name) throws Exception {
        assertThat(problems("{\"cluster\": {\"enabled\": true" + name + "}}"))
                .singleElement()
                .asString()
                .startsWith("cluster.name: must be given when cluster.enabled is true, and there is no default")
                .contains("Choose one that nobody else uses");
        read("{\"cluster\": {\"enabled\": false" + name + "}}");
    }

    @Test
    void refusesPublicClusterAddressWithoutTrust() throws Exception {
        assertThat(problems("{\"cluster\": {\"enabled\": true, \"name\": \"ours\", \"host\": \"0.0.0.0\"}}"))
                .singleElement()
                .asString()
                .startsWith("cluster.host: ")
                .contains("trustNetwork");
        assertThat(problems("{\"cluster\": {\"enabled\": true, \"name\": \"dev\"}}"))
                .singleElement()
                .asString()
                .startsWith("cluster.name: ");
        read("{\"cluster\": {\"enabled\": true, \"name\": \"ours\", \"host\": \"0.0.0.0\","
                + " \"trustNetwork\": true}}");
        read("{\"cluster\": {\"enabled\": false, \"host\": \"0.0.0.0\"}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "short",
                "fifteen-letters",
                "with space in-the-middle",
                "ümläut-in-this-long-key",
                "no,\"quotes\"-please!"
            })
    void refusesUnfitKeyWithoutShowingIt(String key) {
        assertThat(problemsWith("http.apiKeys", new JsonArray().add(KEY).add(key)))
                .singleElement()
                .asString()
                .startsWith("http.apiKeys: each key needs at least 16 characters")
                .doesNotContain(key)
                .doesNotContain(KEY);
    }

    /** What a variable without a value leaves, in the file or around it, must not open the service. */
    @Test
    void refusesKeysThatAreSetAndEmpty() throws Exception {
        JsonObject withKey = new JsonObject().put("http", new JsonObject().put("apiKeys", new JsonArray().add(KEY)));
        for (JsonObject file : List.of(new JsonObject(), withKey)) {
            for (String empty : List.of("", " ", "\t")) {
                assertThat(problems(file.copy(), Map.of("LATIDO_HTTP_APIKEYS", empty), Map.of()))
                        .singleElement()
                        .asString()
                        .startsWith("http.apiKeys: is set, and there is no key in it")
                        .endsWith("(from LATIDO_HTTP_APIKEYS)");
                assertThat(problems(file.copy(), Map.of(), Map.of("latido.http.apiKeys", empty)))
                        .singleElement()
                        .asString()
                        .startsWith("http.apiKeys: is set");
            }
        }
        assertThat(problems("{\"http\": {\"apiKeys\": \"\"}}"))
                .singleElement()
                .asString()
                .startsWith("http.apiKeys: is set");
        assertThat(problems("{\"http\": {\"apiKeys\": null}}"))
                .singleElement()
                .asString()
                .startsWith("http.apiKeys: is set");
        for (String list : List.of("[\"\"]", "[\" \"]", "[null]", "[\"" + KEY + "\", \"\"]")) {
            assertThat(problems("{\"http\": {\"apiKeys\": " + list + "}}"))
                    .singleElement()
                    .asString()
                    .startsWith("http.apiKeys: must be a list of texts that are not blank");
        }
        assertThat(read("{\"http\": {\"apiKeys\": []}}").http().apiKeys())
                .as("said in so many words")
                .isEmpty();
        assertThat(read("{\"http\": {}}").http().apiKeys()).isEmpty();
    }

    /** Nor may any other protection be gone with the value of a variable. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "http.host",
                "http.metricsNeedKey",
                "http.allowedHosts",
                "http.maxConnections",
                "http.maxConnectionsPerClient",
                "http.maxUnsentBytes",
                "http.minReadRate",
                "http.maxHeaderBytes",
                "http.maxRequestLineBytes",
                "http.maxBodyBytes",
                "http.requestTimeout",
                "http.idleTimeout",
                "cluster.host",
                "cluster.trustNetwork",
                "maxMemory"
            })
    void refusesProtectionsThatAreSetAndEmpty(String setting) {
        String variable = "LATIDO_" + setting.toUpperCase(Locale.ROOT).replace('.', '_');
        assertThat(problems(new JsonObject(), Map.of(variable, ""), Map.of()))
                .anySatisfy(problem ->
                        assertThat(problem).startsWith(setting + ": ").endsWith("(from " + variable + ")"));
    }

    @Test
    void showsNoKeyWhenKeysHaveTheWrongType() {
        for (Object wrong :
                List.of(1234567890123456L, new JsonArray().add(1234567890123456L), new JsonObject().put("k", KEY))) {
            assertThat(problemsWith("http.apiKeys", wrong))
                    .singleElement()
                    .asString()
                    .startsWith("http.apiKeys: ")
                    .doesNotContain("1234567890123456")
                    .doesNotContain(KEY);
        }
    }

    @Test
    void refusesIdleTimeoutThatCutsOffWaitingCallers() {
        assertThat(problems("{\"http\": {\"idleTimeout\": \"5s\"}, \"commands\": {\"timeout\": \"5s\"}}"))
                .singleElement()
                .asString()
                .startsWith("http.idleTimeout: must be longer than commands.timeout");
    }

    @Test
    void exceptionListsOneProblemPerLine() {
        assertThatThrownBy(() -> read("{\"a\": 1, \"b\": 2}"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageStartingWith("The configuration has 2 problems:\n  a: ")
                .hasMessageContaining("\n  b: ");
    }

    @Test
    void readsWhichSeriesJobsHave() throws Exception {
        assertThat(read("{}").metrics()).isEqualTo(MetricsConfig.DEFAULT);
        assertThat(read("""
                {"jobs": {"a": {}, "b": {}}, "metrics": {"perJob": "full", "histograms": ["a", "b"]}}""").metrics()).isEqualTo(new MetricsConfig(MetricsConfig.PerJob.FULL, Set.of("a", "b")));
    }

    @Test
    void whatIsWrongWithTheSeriesOfJobsIsNamed() {
        assertThat(problemsWith("metrics.perJob", "some"))
                .singleElement(InstanceOfAssertFactories.STRING)
                .startsWith("metrics.perJob: must be one of basic, full");
        assertThat(problemsWith(
                        "metrics.histograms", new JsonArray().add("heartbeat").add("nobody")))
                .containsExactly("metrics.histograms: must name jobs, and there is no 'nobody'");
        JsonArray many = new JsonArray();
        JsonObject jobs = new JsonObject();
        for (int i = 0; i < 101; i++) {
            many.add("j" + i);
            jobs.put("j" + i, new JsonObject());
        }
        JsonObject file = new JsonObject().put("jobs", jobs).put("metrics", new JsonObject().put("histograms", many));
        assertThat(problems(file, Map.of(), Map.of()))
                .containsExactly(
                        "metrics.histograms: must be at most 100 jobs, was 101; 'perJob: full' has them for all");
    }

    @Test
    void readsWhichTracesAreMade() throws Exception {
        assertThat(read("{}").tracing()).isEqualTo(TracingConfig.DEFAULT);
        assertThat(read("""
                {"tracing": {"enabled": true, "attempts": "link", "requests": "all"}}""").tracing())
                .isEqualTo(new TracingConfig(true, TracingConfig.Attempts.LINK, TracingConfig.Requests.ALL, null));
        assertThat(problemsWith("tracing.attempts", "child"))
                .containsExactly("tracing.attempts: must be one of parent, link, was 'child'");
        assertThat(problemsWith("tracing.requests", "none"))
                .containsExactly("tracing.requests: must be one of changes, all, was 'none'");
    }

    @Test
    void looksAtTheVariablesOfOpenTelemetryWhereTracesAreMade() throws Exception {
        Map<String, String> wrong = Map.of("OTEL_TRACES_EXPORTER", "jaeger");
        assertThat(problems(new JsonObject("{\"tracing\": {\"enabled\": true}}"), wrong, Map.of()))
                .containsExactly("OTEL_TRACES_EXPORTER: must be one of otlp, none, was 'jaeger'");
        assertThat(ConfigReader.read(new JsonObject(), wrong, Map.of()).warnings())
                .isEmpty();
    }

    @Test
    void whatIsSecretInAUrlIsNotRepeated() {
        assertThat(problems("""
                {"jobs": {"a": {"worker": {"type": "http", "url": "http://user:secret@host/x?token=secret"}}}}"""))
                .containsExactly("jobs.a.worker.url: must be an http or https URL without user and fragment, was"
                        + " 'http://***@host/x?***'");
    }
}

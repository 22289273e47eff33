package dev.latido.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.core.JobDefinition;
import dev.latido.job.Durability;
import dev.latido.job.Priority;
import dev.latido.job.ResultBound;
import dev.latido.job.RetryPolicy;
import dev.latido.job.WorkPlace;
import dev.latido.policy.BreakerConfig;
import dev.latido.policy.FailingConfig;
import dev.latido.policy.RateConfig;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Schedule;
import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import dev.latido.worker.WorkerConfig;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands under {@code jobs}. Texts are JSON with {@code '} for {@code "}. */
@Tag("fast")
class JobReaderTest {

    private static JsonObject file(String jobs) {
        return new JsonObject().put("jobs", new JsonObject(jobs.replace('\'', '"')));
    }

    private static Config read(String jobs) throws InvalidConfigException {
        return ConfigReader.read(file(jobs), Map.of(), Map.of());
    }

    private static Config.Job only(String job) throws InvalidConfigException {
        return read("{'a': " + job + "}").jobs().get(0);
    }

    private static List<String> problems(JsonObject file, Map<String, String> environment) {
        try {
            return List.of("no problem but " + ConfigReader.read(file, environment, Map.of()));
        } catch (InvalidConfigException invalid) {
            return invalid.problems();
        }
    }

    private static List<String> problems(String jobs) {
        return problems(file(jobs), Map.of());
    }

    private static org.assertj.core.api.ThrowingConsumer<String> starts(String beginning) {
        return problem -> assertThat(problem).startsWith(beginning);
    }

    @Test
    void jobThatSaysNothingWorksOffSubmissions() throws Exception {
        assertThat(only("{}"))
                .isEqualTo(new Config.Job(
                        JobDefinition.named("a").withRetry(RetryPolicy.DEFAULT), new WorkerConfig.Log(), null));
        assertThat(only("{}").definition().trigger().autoStart()).isTrue();
        assertThat(only("null")).isEqualTo(only("{}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'log'                                                             | log",
                "'event-bus'                                                       | event-bus latido.work.a",
                "{'type': 'event-bus', 'address': 'mail'}                          | event-bus mail",
                "{'type': 'http', 'url': 'https://pay.example:8443/x?key=secret'}  | http https://pay.example:8443",
                "{'type': 'class', 'class': 'dev.latido.config.JobReaderTest$Idle'} | class dev.latido.config.JobReaderTest$Idle",
            },
            quoteCharacter = '"')
    void saysWhoWorksAndNoSecretOfHis(String worker, String said) throws Exception {
        assertThat(only("{'worker': " + worker + "}").definition().worker()).isEqualTo(said);
    }

    /** Does nothing. */
    public static final class Idle implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            return Future.succeededFuture();
        }
    }

    @Test
    void readsEverySetting() throws Exception {
        String file = """
                {'breakers': {'payments': {'window': 9, 'minimumCalls': 8, 'failureRate': 7, 'slowRate': 6,
                                           'slowCall': '5s', 'openFor': '4s', 'probes': 3}},
                 'jobs': {'a': {'every': '2s', 'misfire': 'once', 'autoStart': true, 'concurrency': 7, 'timeout': '90s',
                       'maxMissed': 3, 'overlap': 'queue-one', 'jitter': '10ms', 'expires': '1h',
                       'retry': {'attempts': 4, 'backoff': 'fixed', 'delay': '2s', 'maxDelay': '3s', 'jitter': false},
                       'rateLimit': {'permits': 10, 'per': '1m', 'algorithm': 'token-bucket', 'burst': 5},
                       'rateLimitByKey': {'permits': 1, 'algorithm': 'sliding-window'},
                       'key': '/customer/id', 'concurrencyByKey': 2,
                       'breaker': {'enabled': true, 'shared': 'payments', 'whileOpen': 'fallback'},
                       'fallback': 'log', 'maxCrashes': 5, 'durability': 'relaxed',
                       'failing': {'inARow': 4, 'window': 9, 'failureRate': 33},
                       'next': ['b', 'c'], 'maxResult': 1000, 'worker': 'log',
                       'queue': {'capacity': 50, 'whenFull': 'drop-newest', 'maxWaiting': 0,
                                 'priorities': {'low': 5, 'critical': 0}}},
                 'b': {}, 'c': {}}}""";
        JobDefinition job = ConfigReader.read(new JsonObject(file.replace('\'', '"')), Map.of(), Map.of())
                .jobs()
                .get(0)
                .definition();
        assertThat(job)
                .isEqualTo(new JobDefinition(
                        "a",
                        new JobDefinition.Trigger(
                                new Interval(Duration.ofSeconds(2)),
                                Schedule.Misfire.ONCE,
                                3,
                                JobDefinition.Overlap.QUEUE_ONE,
                                Duration.ofMillis(10),
                                true),
                        new QueueConfig(50, FullMode.DROP_NEWEST, Map.of(Priority.LOW, 5, Priority.CRITICAL, 0), 0),
                        7,
                        JobDefinition.MAX_CONCURRENCY,
                        Duration.ofSeconds(90),
                        Duration.ofHours(1),
                        new RetryPolicy(
                                4, RetryPolicy.Backoff.FIXED, Duration.ofSeconds(2), Duration.ofSeconds(3), false),
                        new JobDefinition.Throttle(
                                new RateConfig(RateConfig.Algorithm.TOKEN_BUCKET, 10, Duration.ofMinutes(1), 5),
                                "/customer/id",
                                new RateConfig(RateConfig.Algorithm.SLIDING_WINDOW, 1, Duration.ofSeconds(1), 1),
                                2),
                        new JobDefinition.BreakerUse(
                                "payments",
                                new BreakerConfig(9, 8, 7, 6, Duration.ofSeconds(5), Duration.ofSeconds(4), 3),
                                JobDefinition.WhileOpen.FALLBACK),
                        "log",
                        WorkPlace.INSIDE,
                        true,
                        "log",
                        WorkPlace.INSIDE,
                        Durability.RELAXED,
                        5,
                        new FailingConfig(4, 9, 33),
                        List.of("b", "c"),
                        new ResultBound(1_000),
                        null,
                        null,
                        List.of()));
    }

    @Test
    void boundsWhatIsKeptOfAResult() throws Exception {
        assertThat(only("{}").definition().results().maxResult()).isEqualTo(65_536);
        assertThat(only("{'maxResult': 1}").definition().results().maxResult()).isEqualTo(1);
        assertThat(only("{'maxResult': 1048576}").definition().results().maxResult())
                .isEqualTo(1_048_576);
        assertThat(problems("{'a': {'maxResult': 0}, 'b': {'maxResult': 1048577}, 'c': {'maxResult': '1k'}}"))
                .containsExactly(
                        "jobs.a.maxResult: must be a whole number from 1 to 1048576, was 0",
                        "jobs.b.maxResult: must be a whole number from 1 to 1048576, was 1048577",
                        "jobs.c.maxResult: must be a whole number from 1 to 1048576, was '1k'");
    }

    @Test
    void jobWithTimerIsStartedOnPurpose() throws Exception {
        assertThat(only("{'every': '1s'}").definition().trigger().autoStart()).isFalse();
        assertThat(only("{'cron': '* * * * *'}").definition().trigger().autoStart())
                .isFalse();
        assertThat(read("{'heartbeat': {}}")
                        .jobs()
                        .get(0)
                        .definition()
                        .trigger()
                        .schedule())
                .isEqualTo(new Interval(Duration.ofSeconds(5)));
    }

    @ParameterizedTest
    @CsvSource({
        "'0 3 * * *',         UTC,             cron 0 3 * * * UTC",
        "'*/5 * * * * *',     Europe/Madrid,   cron */5 * * * * * Europe/Madrid",
        "' 0 12 1 1 * ',      Z,               cron 0 12 1 1 * Z",
        "'0 0 * * 1-5',       +02:00,          cron 0 0 * * 1-5 +02:00",
        "'@daily',            Asia/Kathmandu,  cron @daily Asia/Kathmandu"
    })
    void readsCronWithItsZone(String cron, String zone, String shown) throws Exception {
        Schedule schedule = only("{'cron': '" + cron + "', 'zone': '" + zone + "'}")
                .definition()
                .trigger()
                .schedule();
        assertThat(schedule).extracting(Schedule::describe).isEqualTo(shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "* * * *",
                "* * * * * * *",
                "61 * * * *",
                "* 25 * * *",
                "* * 32 * *",
                "* * * 13 *",
                "a b c d e",
                "@reboot",
                "0 0 30 2 *",
                "*/0 * * * *",
                "5-1-2 * * * *",
                "* * * * * ? * *"
            })
    void refusesWhatIsNoCronExpression(String cron) {
        assertThat(problems("{'a': {'cron': '" + cron + "'}}"))
                .singleElement()
                .satisfies(starts("jobs.a.cron: is not a cron expression: "));
    }

    @Test
    void saysWhatIsWrongWithACronExpression() {
        assertThat(problems("{'a': {'cron': '0 0 32 * *'}, 'b': {'cron': '0 0 30 2 *'}}"))
                .containsExactly(
                        "jobs.a.cron: is not a cron expression: day of month: 32 is not from 1 to 31",
                        "jobs.b.cron: is not a cron expression: it is never due: no such time ever comes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Mars/Olympus", "GMT+99", "utc!", "europe/madrid"})
    void refusesUnknownZoneAlsoWithoutCron(String zone) {
        String problem = "jobs.a.zone: must be a time zone such as UTC or Europe/Madrid, was '" + zone + "'";
        assertThat(problems("{'a': {'cron': '* * * * *', 'zone': '" + zone + "'}}"))
                .containsExactly(problem);
        assertThat(problems("{'a': {'zone': '" + zone + "'}}")).containsExactly(problem);
    }

    @Test
    void refusesTwoTimers() {
        assertThat(problems("{'a': {'every': '1s', 'cron': '* * * * *'}}"))
                .containsExactly("jobs.a.cron: a job has only one of 'every', 'cron' and 'at'");
        assertThat(problems(file("{'a': {'cron': '* * * * *'}}"), Map.of("LATIDO_JOBS_A_EVERY", "1s")))
                .containsExactly("jobs.a.cron: a job has only one of 'every', 'cron' and 'at'");
    }

    @Test
    void reportsAllProblemsOfAllJobsAtOnce() {
        assertThat(problems("""
                        {'a': {'every': 'often', 'misfire': 'sometimes', 'autoStart': 'perhaps', 'concurrency': 0,
                               'timeout': '0ms', 'next': 'nobody', 'worker': 'elf', 'colour': 'red',
                               'queue': {'capacity': 0, 'whenFull': 'burst', 'maxWaiting': -1, 'size': 1,
                                         'priorities': {'low': -1, 'urgent': 5}}},
                         'b': {'cron': 'x', 'zone': 'y', 'worker': {'type': 'http', 'url': 'ftp://h', 'verb': 'PUT'},
                               'next': [1]},
                         'C': {}}"""))
                .satisfiesExactlyInAnyOrder(
                        starts("jobs.a.every: must be a time from 1ms to 366d"),
                        starts("jobs.a.misfire: must be one of skip, once, all, was 'sometimes'"),
                        starts("jobs.a.autoStart: must be true or false"),
                        starts("jobs.a.concurrency: must be a whole number from 1 to 100000, was 0"),
                        starts("jobs.a.timeout: must be a time from 1ms to 1d"),
                        starts("jobs.a.next: there is no job 'nobody'"),
                        starts("jobs.a.worker.type: must be one of log, event-bus, http, class, queue, was 'elf'"),
                        starts("jobs.a.colour: is not a setting; known here: "),
                        starts("jobs.a.queue.capacity: must be a whole number from 1 to 10000000, was 0"),
                        starts("jobs.a.queue.whenFull: must be one of wait, drop-write, drop-oldest, drop-newest,"
                                + " reject, was 'burst'"),
                        starts("jobs.a.queue.maxWaiting: must be a whole number from 0"),
                        starts("jobs.a.queue.size: is not a setting"),
                        starts("jobs.a.queue.priorities.low: must be a whole number from 0"),
                        starts("jobs.a.queue.priorities.urgent: is not a setting; known here: low, normal, high,"
                                + " critical"),
                        starts("jobs.b.cron: is not a cron expression"),
                        starts("jobs.b.zone: must be a time zone"),
                        starts("jobs.b.worker.url: must be an http or https URL"),
                        starts("jobs.b.worker.verb: is not a setting; known here: type, urlFile, url, allowPrivate"),
                        starts("jobs.b.next: must be a list of texts"),
                        starts("jobs.C: a job's name must be "));
    }

    @Test
    void narrowerOfCapacityAndPriorityHolds() throws Exception {
        QueueConfig queue = only("{'queue': {'capacity': 10, 'priorities': {'low': 3, 'high': 5000}}}")
                .definition()
                .queue();
        assertThat(queue.capacityOf(Priority.LOW)).isEqualTo(3);
        assertThat(queue.capacityOf(Priority.HIGH)).isEqualTo(10);
        assertThat(queue.capacityOf(Priority.NORMAL)).isEqualTo(10);
    }

    // Workers

    @Test
    void readsTheKindsOfWorkers() throws Exception {
        assertThat(only("{'worker': 'log'}").worker()).isEqualTo(new WorkerConfig.Log());
        assertThat(only("{'worker': {}}").worker()).isEqualTo(new WorkerConfig.Log());
        assertThat(only("{'worker': 'event-bus'}").worker()).isEqualTo(new WorkerConfig.EventBus("latido.work.a"));
        assertThat(only("{'worker': {'type': 'event-bus', 'address': 'mail'}}").worker())
                .isEqualTo(new WorkerConfig.EventBus("mail"));
        assertThat(only("{'worker': {'type': 'http', 'url': 'https://example.org/a?b=c'}}")
                        .worker())
                .isEqualTo(new WorkerConfig.Http(URI.create("https://example.org/a?b=c"), false));
        assertThat(only("{'worker': {'type': 'http', 'url': 'http://[::1]:80', 'allowPrivate': true}}")
                        .worker())
                .isEqualTo(new WorkerConfig.Http(URI.create("http://[::1]:80"), true));
        assertThat(only("{'worker': {'type': 'http', 'url': 'http://my_service:8080/run'}}")
                        .worker())
                .isEqualTo(new WorkerConfig.Http(URI.create("http://my_service:8080/run"), false));
        assertThat(only("{'worker': {'type': 'class', 'class': 'dev.latido.HaltingWorker', 'blocking': 'true'}}")
                        .worker())
                .isEqualTo(new WorkerConfig.JavaClass("dev.latido.HaltingWorker", true));
    }

    @Test
    void classesThatCanBeNoWorkersAreToldWithAllOtherMistakes() {
        assertThat(
                        problems(
                                "{'a': {'worker': {'type': 'class', 'class': 'com.example.Missing'}},"
                                        + " 'b': {'worker': {'type': 'class', 'class': 'java.lang.String', 'blocking': 'x'}},"
                                        + " 'c': {'fallback': {'type': 'class', 'class': 'dev.latido.worker.Worker'}},"
                                        + " 'd': {'worker': {'type': 'class', 'class': 'dev.latido.worker.ClassWorker'}, 'timeout': 'x'}}"))
                .satisfiesExactlyInAnyOrder(
                        starts(
                                "jobs.a.worker.class: there is no class com.example.Missing on the class path; start with java -cp"),
                        starts("jobs.b.worker.class: java.lang.String does not implement dev.latido.worker.Worker"),
                        starts("jobs.b.worker.blocking: must be true or false"),
                        starts("jobs.c.fallback.class: dev.latido.worker.Worker is abstract"),
                        starts("jobs.d.worker.class: dev.latido.worker.ClassWorker has no public constructor"),
                        starts("jobs.d.timeout: must be a time"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "5                                                            | jobs.a.worker:",
                "[]                                                           | jobs.a.worker:",
                "''                                                           | jobs.a.worker.type:",
                "'Log'                                                        | jobs.a.worker.type:",
                "{'type': 7}                                                  | jobs.a.worker.type:",
                "{'type': 'log', 'url': 'http://x'}                           | jobs.a.worker.url:",
                "{'type': 'event-bus', 'address': ' '}                        | jobs.a.worker.address:",
                "'http'                                                       | jobs.a.worker.url:",
                "{'type': 'http', 'url': 'http://'}                           | jobs.a.worker.url:",
                "{'type': 'http', 'url': '/path'}                             | jobs.a.worker.url:",
                "{'type': 'http', 'url': 'file:///etc/passwd'}                | jobs.a.worker.url:",
                "{'type': 'http', 'url': 'http://user:secret@example.org/'}   | jobs.a.worker.url:",
                "{'type': 'http', 'url': 'http://example.org/#x'}             | jobs.a.worker.url:",
                "{'type': 'http', 'url': 'http://example.org:70000/'}         | jobs.a.worker.url:",
                "{'type': 'http', 'url': 'http://a b/'}                       | jobs.a.worker.url:",
                "{'type': 'http', 'url': 'http://x', 'allowPrivate': 1}       | jobs.a.worker.allowPrivate:",
                "'class'                                                      | jobs.a.worker.class:",
                "{'type': 'class', 'class': 'dev.latido.HaltingWorker', 'blocking': 'not'}          | jobs.a.worker.blocking:"
            })
    void refusesWorkerThatIsNone(String worker, String path) {
        assertThat(problems("{'a': {'worker': " + worker + "}}"))
                .singleElement()
                .satisfies(starts(path));
    }

    // Pipelines

    @Test
    void refusesJobThatIsItsOwnNext() {
        assertThat(problems("{'a': {'next': ['a']}}"))
                .containsExactly("jobs.a.next: 'a' leads back to 'a'; a pipeline has an end");
    }

    @Test
    void refusesCirclesHoweverOneGetsIntoThem() {
        assertThat(problems("""
                        {'in': {'next': ['a']}, 'a': {'next': ['b']}, 'b': {'next': ['c', 'out']}, 'c': {'next': ['a']},
                         'out': {}, 'x': {'next': ['y']}, 'y': {'next': ['x']}}"""))
                .containsExactlyInAnyOrder(
                        "jobs.c.next: 'a' leads back to 'c'; a pipeline has an end",
                        "jobs.y.next: 'x' leads back to 'y'; a pipeline has an end");
    }

    @Test
    void takesPipelinesThatPartAndMeetAgain() throws Exception {
        assertThat(read("{'a': {'next': ['b', 'c']}, 'b': {'next': ['d']}, 'c': {'next': ['d']}, 'd': {}}")
                        .jobs())
                .hasSize(4);
    }

    @Test
    void looksThroughLongPipelinesQuickly() throws Exception {
        int length = 20_000;
        JsonObject jobs = new JsonObject();
        IntStream.range(0, length)
                .forEach(i -> jobs.put("j" + i, new JsonObject().put("next", new JsonArray().add("j" + (i + 1)))));
        jobs.put("j" + length, new JsonObject());
        assertThat(ConfigReader.read(new JsonObject().put("jobs", jobs.copy()), Map.of(), Map.of())
                        .jobs())
                .hasSize(length + 1);
        jobs.getJsonObject("j" + length).put("next", new JsonArray().add("j0"));
        assertThat(problems(new JsonObject().put("jobs", jobs), Map.of()))
                .containsExactly("jobs.j20000.next: 'j0' leads back to 'j20000'; a pipeline has an end");
    }

    @Test
    void refusesUnknownAndRepeatedNextJobs() {
        assertThat(problems("{'a': {'next': ['b', 'x', 'b', 'y']}, 'b': {}}"))
                .containsExactly(
                        "jobs.a.next: there is no job 'x'",
                        "jobs.a.next: names 'b' twice",
                        "jobs.a.next: there is no job 'y'");
    }

    // The default job

    @Test
    void defaultJobIsHeartbeatOrElseTheFirst() throws Exception {
        assertThat(read("{'a': {}, 'heartbeat': {}}").defaultJob()).isEqualTo("heartbeat");
        assertThat(read("{'b': {}, 'a': {}}").defaultJob()).isEqualTo("b");
        assertThat(ConfigReader.read(file("{'b': {}, 'a': {}}"), Map.of("LATIDO_DEFAULTJOB", "a"), Map.of())
                        .defaultJob())
                .isEqualTo("a");
        assertThat(problems(file("{'b': {}}"), Map.of("LATIDO_DEFAULTJOB", "heartbeat")))
                .containsExactly("defaultJob: must be the name of a job, was 'heartbeat' (from LATIDO_DEFAULTJOB)");
    }

    @Test
    void refusesNoJobsAtAll() {
        assertThat(problems("{}")).singleElement().satisfies(starts("jobs: must name at least one job"));
    }

    // Overrides

    @ParameterizedTest
    @ValueSource(strings = {"night-report", "night.report", "night_report"})
    void variablesReachJobsWhateverTheirNames(String name) throws Exception {
        Config config = ConfigReader.read(
                file("{'" + name + "': {}, 'other': {}}"),
                Map.of(
                        "LATIDO_JOBS_NIGHT_REPORT_QUEUE_PRIORITIES_LOW", "7",
                        "LATIDO_JOBS_NIGHT_REPORT_WORKER", "event-bus",
                        "LATIDO_JOBS_NIGHT_REPORT_NEXT", "other"),
                Map.of("latido.jobs." + name + ".concurrency", "3"));
        JobDefinition job = config.jobs().get(0).definition();
        assertThat(job.queue().capacityOf(Priority.LOW)).isEqualTo(7);
        assertThat(job.next()).containsExactly("other");
        assertThat(job.concurrency()).isEqualTo(3);
        assertThat(config.jobs().get(0).worker()).isEqualTo(new WorkerConfig.EventBus("latido.work." + name));
    }

    @Test
    void refusesVariableThatMeansSeveralJobs() throws Exception {
        JsonObject file = file("{'a-b': {}, 'a.b': {}, 'a_c': {}}");
        assertThat(problems(file, Map.of("LATIDO_JOBS_A_B_CONCURRENCY", "2")))
                .containsExactly("LATIDO_JOBS_A_B_CONCURRENCY: this environment variable names several settings:"
                        + " jobs.a-b.concurrency, jobs.a.b.concurrency; set a system property or the file instead");
        Config config = ConfigReader.read(
                file, Map.of("LATIDO_JOBS_A_C_CONCURRENCY", "2"), Map.of("latido.jobs.a.b.concurrency", "3"));
        assertThat(config.jobs())
                .extracting(job -> job.definition().concurrency())
                .containsExactly(1, 3, 2);
    }

    @Test
    void variableTakesThePlaceOfTheWholeWorker() throws Exception {
        Config config = ConfigReader.read(
                file("{'a': {'worker': {'type': 'http', 'url': 'http://example.org'}}}"),
                Map.of("LATIDO_JOBS_A_WORKER", "log"),
                Map.of());
        assertThat(config.jobs().get(0).worker()).isEqualTo(new WorkerConfig.Log());
        assertThat(ConfigReader.read(
                                file("{'a': {'worker': {'type': 'http', 'url': 'http://example.org'}}}"),
                                Map.of("LATIDO_JOBS_A_WORKER_URL", "http://example.com"),
                                Map.of())
                        .jobs()
                        .get(0)
                        .worker())
                .isEqualTo(new WorkerConfig.Http(URI.create("http://example.com"), false));
    }

    @Test
    void refusesVariableOfUnknownJob() {
        assertThat(problems(file("{'a': {}}"), Map.of("LATIDO_JOBS_B_EVERY", "1s")))
                .containsExactly("LATIDO_JOBS_B_EVERY: this environment variable names no setting");
    }
}

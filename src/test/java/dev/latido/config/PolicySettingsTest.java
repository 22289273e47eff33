package dev.latido.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.core.JobDefinition;
import dev.latido.core.JobDefinition.Overlap;
import dev.latido.core.JobDefinition.Throttle;
import dev.latido.core.JobDefinition.WhileOpen;
import dev.latido.job.RetryPolicy;
import dev.latido.job.RetryPolicy.Backoff;
import dev.latido.policy.BreakerConfig;
import dev.latido.policy.RateConfig;
import dev.latido.policy.RateConfig.Algorithm;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Once;
import dev.latido.schedule.Schedule.Misfire;
import dev.latido.worker.WorkerConfig;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The policies of a job, and the breakers that jobs share. Texts are JSON with {@code '} for {@code "}. */
@Tag("fast")
class PolicySettingsTest {

    private static JsonObject file(String text) {
        return new JsonObject(text.replace('\'', '"'));
    }

    /** Reads what stands in the file in place of the job {@code a}. */
    private static Config.Job job(String job) throws InvalidConfigException {
        return ConfigReader.read(file("{'jobs': {'a': " + job + "}}"), Map.of(), Map.of())
                .jobs()
                .get(0);
    }

    private static JobDefinition definition(String job) throws InvalidConfigException {
        return job(job).definition();
    }

    private static List<String> problemsOf(String file) {
        return problemsOf(file, Map.of());
    }

    private static List<String> problemsOf(String file, Map<String, String> environment) {
        try {
            return List.of("no problem but " + ConfigReader.read(file(file), environment, Map.of()));
        } catch (InvalidConfigException invalid) {
            return invalid.problems();
        }
    }

    private static List<String> problems(String job) {
        return problemsOf("{'jobs': {'a': " + job + "}}");
    }

    // Retries

    @Test
    void aJobThatSaysNothingIsTriedFiveTimesWithGrowingPauses() throws Exception {
        assertThat(definition("{}").retry())
                .isEqualTo(new RetryPolicy(5, Backoff.EXPONENTIAL, Duration.ofSeconds(1), Duration.ofMinutes(5), true));
    }

    @Test
    void readsRetries() throws Exception {
        assertThat(definition("{'retry': {'attempts': 1}}").retry().attempts()).isEqualTo(1);
        assertThat(definition("{'retry': {'attempts': 100, 'delay': '1d', 'maxDelay': '1d', 'jitter': 'false'}}")
                        .retry())
                .isEqualTo(new RetryPolicy(100, Backoff.EXPONENTIAL, Duration.ofDays(1), Duration.ofDays(1), false));
        assertThat(definition("{'retry': {'delay': '0ms', 'maxDelay': '0ms'}}")
                        .retry()
                        .delay())
                .isZero();
    }

    /** Equal pauses have no longest one, so one need not name it. */
    @Test
    void fixedPausesMayBeLongerThanTheLongestOfGrowingOnes() throws Exception {
        RetryPolicy retry =
                definition("{'retry': {'backoff': 'fixed', 'delay': '1h'}}").retry();
        assertThat(retry.delay()).isEqualTo(Duration.ofHours(1));
        assertThat(retry.maxDelay()).isEqualTo(Duration.ofHours(1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'attempts': 0}                   | attempts: must be a whole number from 1 to 100, was 0",
                "{'attempts': 101}                 | attempts: must be a whole number from 1 to 100, was 101",
                "{'attempts': 'many'}              | attempts: must be a whole number from 1 to 100, was 'many'",
                "{'attempts': 2.5}                 | attempts: must be a whole number from 1 to 100, was 2.5",
                "{'backoff': 'linear'}             | backoff: must be one of fixed, exponential, was 'linear'",
                "{'delay': '25h'}                  | delay: must be a time from 0ms to 1d,",
                "{'delay': 5}                      | delay: must be a time from 0ms to 1d,",
                "{'maxDelay': '2d'}                | maxDelay: must be a time from 0ms to 1d,",
                "{'delay': '6m'}                   | maxDelay: must not be less than delay",
                "{'delay': '2s', 'maxDelay': '1s'} | maxDelay: must not be less than delay",
                "{'jitter': 'some'}                | jitter: must be true or false, was 'some'",
                "{'tries': 5}                      | tries: is not a setting; known here: attempts, backoff, delay,"
            })
    void saysWhatIsWrongWithRetries(String retry, String problem) {
        assertThat(problems("{'retry': " + retry + "}"))
                .singleElement()
                .satisfies(found -> assertThat(found).startsWith("jobs.a.retry." + problem));
    }

    @Test
    void retryIsAGroup() {
        assertThat(problems("{'retry': 5}")).containsExactly("jobs.a.retry: must be a group of settings, was 5");
    }

    // Rates and keys

    @Test
    void aJobThatSaysNothingIsNotLimited() throws Exception {
        assertThat(definition("{}").throttle()).isEqualTo(Throttle.NONE);
        assertThat(definition("{'rateLimit': {'permits': 0, 'per': '1h'}, 'key': '', 'concurrencyByKey': 0}")
                        .throttle())
                .isEqualTo(Throttle.NONE);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void readsEachAlgorithm(Algorithm algorithm) throws Exception {
        String text = "{'rateLimit': {'permits': 7, 'per': '2s', 'algorithm': '" + algorithm.wireName() + "'}}";
        assertThat(definition(text).throttle().rate())
                .isEqualTo(new RateConfig(algorithm, 7, Duration.ofSeconds(2), 7));
    }

    @Test
    void aBucketHoldsAsMuchAsItIsTold() throws Exception {
        assertThat(definition("{'rateLimit': {'permits': 7, 'burst': 1}}")
                        .throttle()
                        .rate())
                .isEqualTo(new RateConfig(Algorithm.TOKEN_BUCKET, 7, Duration.ofSeconds(1), 1));
        assertThat(definition("{'rateLimit': {'permits': 1000000, 'per': '1ms', 'burst': 1000000}}")
                        .throttle()
                        .rate())
                .isEqualTo(new RateConfig(Algorithm.TOKEN_BUCKET, 1_000_000, Duration.ofMillis(1), 1_000_000));
    }

    @Test
    void readsLimitsByKey() throws Exception {
        assertThat(definition("{'key': '/customer/id', 'concurrencyByKey': 1}").throttle())
                .isEqualTo(new Throttle(null, "/customer/id", null, 1));
        assertThat(definition("{'key': '/', 'rateLimitByKey': {'permits': 1, 'per': '1m', 'algorithm': 'leaky'}}")
                        .throttle())
                .isEqualTo(new Throttle(null, "/", new RateConfig(Algorithm.LEAKY, 1, Duration.ofMinutes(1), 1), 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rateLimit", "rateLimitByKey"})
    void saysWhatIsWrongWithRates(String limit) {
        assertThat(problems("{'key': '/k', 'concurrencyByKey': 1, '" + limit + "': {'permits': -1, 'per': '0ms',"
                        + " 'algorithm': 'token_bucket', 'burst': 1000001, 'rate': 1}}"))
                .containsExactlyInAnyOrder(
                        "jobs.a." + limit + ".permits: must be a whole number from 0 to 1000000, was -1",
                        "jobs.a." + limit
                                + ".per: must be a time from 1ms to 1d, such as 500ms, 5s, 10m, 1h, was '0ms'",
                        "jobs.a." + limit + ".algorithm: must be one of token-bucket, leaky, fixed-window,"
                                + " sliding-window, was 'token_bucket'",
                        "jobs.a." + limit + ".burst: must be a whole number from 0 to 1000000, was 1000001",
                        "jobs.a." + limit + ".rate: is not a setting; known here: permits, per, algorithm, burst");
    }

    @ParameterizedTest
    @ValueSource(strings = {"leaky", "fixed-window", "sliding-window"})
    void onlyABucketBursts(String algorithm) {
        String limit = "{'permits': 5, 'algorithm': '" + algorithm + "', 'burst': 2}";
        assertThat(problems("{'rateLimit': " + limit + "}"))
                .containsExactly("jobs.a.rateLimit.burst: goes with the algorithm token-bucket only");
        assertThat(problems("{'key': '/k', 'rateLimitByKey': " + limit + "}"))
                .containsExactly("jobs.a.rateLimitByKey.burst: goes with the algorithm token-bucket only");
    }

    @Test
    void aKeyAndWhatIsLimitedByItGoTogether() {
        String missing = "jobs.a.key: must say where in the payload the key is, such as /customer/id";
        assertThat(problems("{'concurrencyByKey': 1}")).containsExactly(missing);
        assertThat(problems("{'rateLimitByKey': {'permits': 1}, 'key': ''}")).containsExactly(missing);
        assertThat(problems("{'key': '/k'}"))
                .containsExactly("jobs.a.key: goes with rateLimitByKey or concurrencyByKey, and neither is set");
        assertThat(problems("{'key': '/k', 'rateLimit': {'permits': 1}}")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"customer", "customer/id", "$.customer", "#/customer"})
    void aKeyIsAJsonPointer(String key) {
        assertThat(problems("{'key': '" + key + "', 'concurrencyByKey': 1}"))
                .containsExactly("jobs.a.key: must be a JSON pointer such as /customer/id, was '" + key + "'");
    }

    @Test
    void boundsConcurrency() {
        assertThat(problemsOf("{'concurrency': -1, 'jobs': {'a': {'concurrency': 100001, 'concurrencyByKey': 100001,"
                        + " 'key': '/k'}}}"))
                .contains(
                        "concurrency: must be a whole number from 0 to 10000000, was -1",
                        "jobs.a.concurrency: must be a whole number from 1 to 100000, was 100001",
                        "jobs.a.concurrencyByKey: must be a whole number from 0 to 100000, was 100001");
    }

    /** There are so many threads; more executions at once would find no worker. */
    @Test
    void concurrencyOfWhatBlocksCannotBeRaised() throws Exception {
        String blocking = "{'type': 'class', 'class': 'dev.latido.HaltingWorker', 'blocking': true}";
        String free = "{'type': 'class', 'class': 'dev.latido.HaltingWorker'}";
        assertThat(definition("{'concurrency': 3, 'worker': " + blocking + "}").maxConcurrency())
                .isEqualTo(3);
        assertThat(definition("{'concurrency': 3, 'fallback': " + blocking + "}")
                        .maxConcurrency())
                .isEqualTo(3);
        assertThat(definition("{'concurrency': 3, 'worker': " + free + ", 'fallback': 'log'}")
                        .maxConcurrency())
                .isEqualTo(JobDefinition.MAX_CONCURRENCY);
    }

    // Breakers

    @Test
    void aJobThatSaysNothingHasNoBreaker() throws Exception {
        assertThat(definition("{}").breaker()).isNull();
        assertThat(definition("{'breaker': {'window': 10, 'whileOpen': 'fallback'}}")
                        .breaker())
                .isNull();
    }

    @Test
    void aBreakerOfItsOwnHasTheNameOfTheJob() throws Exception {
        assertThat(definition("{'breaker': {'enabled': true}}").breaker())
                .isEqualTo(new JobDefinition.BreakerUse("a", BreakerConfig.DEFAULT, WhileOpen.WAIT));
        assertThat(definition("{'fallback': 'log', 'breaker': {'enabled': 'true', 'whileOpen': 'fallback',"
                                + " 'window': 10000, 'minimumCalls': 10000, 'failureRate': 1, 'slowRate': 2,"
                                + " 'slowCall': '1ms', 'openFor': '1d', 'probes': 1000}}")
                        .breaker())
                .isEqualTo(new JobDefinition.BreakerUse(
                        "a",
                        new BreakerConfig(10_000, 10_000, 1, 2, Duration.ofMillis(1), Duration.ofDays(1), 1_000),
                        WhileOpen.FALLBACK));
    }

    @Test
    void aSmallWindowNeedsNoMoreCallsThanItHolds() throws Exception {
        BreakerConfig breaker = new BreakerConfig(
                5,
                5,
                BreakerConfig.DEFAULT.failureRate(),
                BreakerConfig.DEFAULT.slowRate(),
                BreakerConfig.DEFAULT.slowCall(),
                BreakerConfig.DEFAULT.openFor(),
                BreakerConfig.DEFAULT.probes());
        assertThat(definition("{'breaker': {'enabled': true, 'window': 5}}").breaker())
                .isEqualTo(new JobDefinition.BreakerUse("a", breaker, WhileOpen.WAIT));
    }

    @Test
    void jobsShareBreakersByName() throws Exception {
        Config config = ConfigReader.read(
                file("{'breakers': {'mail': {'window': 10, 'probes': 2}, 'unused': null}, 'jobs': {"
                        + "'a': {'breaker': {'enabled': true, 'shared': 'mail'}},"
                        + "'b': {'fallback': 'log',"
                        + "      'breaker': {'enabled': true, 'shared': 'mail', 'whileOpen': 'fallback'}},"
                        + "'c': {'breaker': {'shared': 'mail'}}}}"),
                Map.of("LATIDO_BREAKERS_MAIL_OPENFOR", "7s"),
                Map.of());
        BreakerConfig mail = new BreakerConfig(
                10,
                10,
                BreakerConfig.DEFAULT.failureRate(),
                BreakerConfig.DEFAULT.slowRate(),
                BreakerConfig.DEFAULT.slowCall(),
                Duration.ofSeconds(7),
                2);
        assertThat(config.jobs())
                .extracting(job -> job.definition().breaker())
                .containsExactly(
                        new JobDefinition.BreakerUse("mail", mail, WhileOpen.WAIT),
                        new JobDefinition.BreakerUse("mail", mail, WhileOpen.FALLBACK),
                        null);
    }

    @Test
    void saysEverythingThatIsWrongWithABreaker() {
        assertThat(problems("{'breaker': {'enabled': 1, 'window': 0, 'minimumCalls': 10001, 'failureRate': 0,"
                        + " 'slowRate': 101, 'slowCall': '0ms', 'openFor': '2d', 'probes': 0, 'whileOpen': 'drop',"
                        + " 'name': 'x'}}"))
                .containsExactlyInAnyOrder(
                        "jobs.a.breaker.enabled: must be true or false, was 1",
                        "jobs.a.breaker.window: must be a whole number from 1 to 10000, was 0",
                        "jobs.a.breaker.minimumCalls: must be a whole number from 1 to 10000, was 10001",
                        "jobs.a.breaker.failureRate: must be a whole number from 1 to 100, was 0",
                        "jobs.a.breaker.slowRate: must be a whole number from 1 to 100, was 101",
                        "jobs.a.breaker.slowCall: must be a time from 1ms to 1d, such as 500ms, 5s, 10m, 1h, was '0ms'",
                        "jobs.a.breaker.openFor: must be a time from 1ms to 1d, such as 500ms, 5s, 10m, 1h, was '2d'",
                        "jobs.a.breaker.probes: must be a whole number from 1 to 1000, was 0",
                        "jobs.a.breaker.whileOpen: must be one of wait, fallback, was 'drop'",
                        "jobs.a.breaker.name: is not a setting; known here: enabled, shared, whileOpen, window,"
                                + " minimumCalls, failureRate, slowRate, slowCall, openFor, probes");
    }

    @Test
    void moreCallsThanTheWindowHoldsNeverCome() {
        assertThat(problems("{'breaker': {'enabled': true, 'window': 10, 'minimumCalls': 11}}"))
                .containsExactly("jobs.a.breaker.minimumCalls: must not be more than window");
        assertThat(problemsOf("{'breakers': {'x': {'minimumCalls': 51}}}"))
                .containsExactly("breakers.x.minimumCalls: must not be more than window");
    }

    @Test
    void aBreakerNeedsWhatItRefersTo() {
        assertThat(problems("{'breaker': {'enabled': true, 'shared': 'mail', 'whileOpen': 'fallback'}}"))
                .containsExactly(
                        "jobs.a.breaker.whileOpen: is fallback, and the job has no fallback",
                        "jobs.a.breaker.shared: there is no 'mail' under breakers");
        assertThat(problems("{'fallback': 'none', 'breaker': {'enabled': true, 'whileOpen': 'fallback'}}"))
                .containsExactly("jobs.a.breaker.whileOpen: is fallback, and the job has no fallback");
    }

    @Test
    void sharedBreakersAreCheckedToo() {
        assertThat(problemsOf("{'breakers': {'x': {'window': 0, 'enabled': true}, 'y': 5, 'Z z': {}}}"))
                .containsExactlyInAnyOrder(
                        "breakers.x.window: must be a whole number from 1 to 10000, was 0",
                        "breakers.x.enabled: is not a setting; known here: window, minimumCalls, failureRate,"
                                + " slowRate, slowCall, openFor, probes",
                        "breakers.y: must be a group of settings, was 5",
                        "breakers.Z z: a breaker's name must be 1 to 64 characters: lower-case letters, digits, '.',"
                                + " '_' and '-', the first a letter or digit");
    }

    /** They were taken for the same breaker, with the settings of whichever came first. */
    @Test
    void aSharedBreakerMustNotHaveTheNameOfAJob() {
        assertThat(problemsOf("{'breakers': {'b': {}}, 'jobs': {'a': {'breaker': {'enabled': true, 'shared': 'b'}},"
                        + " 'b': {'breaker': {'enabled': true}}}}"))
                .containsExactly("breakers.b: must not have the name of a job, because its own breaker has it");
    }

    // Fallbacks

    @Test
    void aJobThatSaysNothingHasNoFallback() throws Exception {
        for (String job : List.of("{}", "{'fallback': 'none'}", "{'fallback': {}}", "{'fallback': {'type': 'none'}}")) {
            assertThat(job(job).fallback()).isNull();
            assertThat(definition(job).hasFallback()).isFalse();
        }
    }

    @Test
    void readsTheKindsOfFallbacks() throws Exception {
        assertThat(job("{'fallback': 'log'}").fallback()).isEqualTo(new WorkerConfig.Log());
        assertThat(job("{'fallback': {'type': 'event-bus', 'address': 'b'}}").fallback())
                .isEqualTo(new WorkerConfig.EventBus("b"));
        assertThat(job("{'fallback': {'type': 'http', 'url': 'http://b.example', 'allowPrivate': true}}")
                        .fallback())
                .isEqualTo(new WorkerConfig.Http(URI.create("http://b.example"), true));
        assertThat(job("{'fallback': {'type': 'class', 'class': 'dev.latido.HaltingWorker', 'blocking': true}}")
                        .fallback())
                .isEqualTo(new WorkerConfig.JavaClass("dev.latido.HaltingWorker", true));
        assertThat(definition("{'fallback': 'log'}").hasFallback()).isTrue();
    }

    /** It had the worker's, so that those who had just failed were asked again. */
    @Test
    void aFallbackOnTheBusHasAnAddressOfItsOwn() throws Exception {
        Config.Job both = job("{'worker': 'event-bus', 'fallback': 'event-bus'}");
        assertThat(both.worker()).isEqualTo(new WorkerConfig.EventBus("latido.work.a"));
        assertThat(both.fallback()).isEqualTo(new WorkerConfig.EventBus("latido.fallback.a"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'elf'                              | type: must be one of log, event-bus, http, class, queue, none, was 'elf'",
                "'http'                             | url: must be an http or https URL",
                "'class'                            | class: must be the full name of a class",
                "{'type': 'none', 'url': 'http://x'} | url: is not a setting; known here: type"
            })
    void saysWhatIsWrongWithAFallback(String fallback, String problem) {
        assertThat(problems("{'fallback': " + fallback + "}"))
                .singleElement()
                .satisfies(found -> assertThat(found).startsWith("jobs.a.fallback." + problem));
    }

    @Test
    void aJobHasAWorker() {
        assertThat(problems("{'worker': 'none'}"))
                .containsExactly("jobs.a.worker.type: must be one of log, event-bus, http, class, queue, was 'none'");
    }

    // Timers and time

    @Test
    void readsOneTickAtATime() throws Exception {
        JobDefinition once = definition("{'at': '2026-12-24T18:00:00Z'}");
        assertThat(once.trigger().schedule()).isEqualTo(new Once(Instant.parse("2026-12-24T18:00:00Z")));
        assertThat(once.trigger().autoStart()).isFalse();
        assertThat(definition("{'at': ''}").trigger().schedule()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tomorrow", "2026-12-24", "2026-12-24T18:00:00", "18:00", "1798135200"})
    void saysWhatIsNoTime(String time) {
        assertThat(problems("{'at': '" + time + "'}"))
                .containsExactly("jobs.a.at: must be a UTC time such as 2026-01-31T12:00:00Z, was '" + time + "'");
    }

    @Test
    void aJobHasOneTimer() {
        String at = "'at': '2026-12-24T18:00:00Z'";
        assertThat(problems("{" + at + ", 'every': '1s'}"))
                .containsExactly("jobs.a.at: a job has only one of 'every', 'cron' and 'at'");
        assertThat(problems("{" + at + ", 'cron': '* * * * *'}"))
                .containsExactly("jobs.a.at: a job has only one of 'every', 'cron' and 'at'");
        assertThat(problems("{'at': 'x', 'cron': '* * * * *'}")).hasSize(2);
    }

    @Test
    void readsWhatBecomesOfTicks() throws Exception {
        JobDefinition.Trigger trigger = definition(
                        "{'every': '1m', 'misfire': 'all', 'maxMissed': 7, 'overlap': 'queue-one', 'jitter': '30s'}")
                .trigger();
        assertThat(trigger)
                .isEqualTo(new JobDefinition.Trigger(
                        new Interval(Duration.ofMinutes(1)),
                        Misfire.ALL,
                        7,
                        Overlap.QUEUE_ONE,
                        Duration.ofSeconds(30),
                        false));
        assertThat(problems("{'every': '1m', 'maxMissed': 0, 'overlap': 'queue', 'jitter': '25h'}"))
                .containsExactlyInAnyOrder(
                        "jobs.a.maxMissed: must be a whole number from 1 to 10000000, was 0",
                        "jobs.a.overlap: must be one of skip, queue-one, was 'queue'",
                        "jobs.a.jitter: must be a time from 0ms to 1d, such as 500ms, 5s, 10m, 1h, was '25h'");
    }

    @Test
    void readsWhenExecutionsExpire() throws Exception {
        assertThat(definition("{'expires': '90s'}").expires()).isEqualTo(Duration.ofSeconds(90));
        assertThat(definition("{'expires': '0ms'}").expires()).isNull();
        assertThat(problems("{'expires': '367d'}"))
                .containsExactly(
                        "jobs.a.expires: must be a time from 0ms to 366d, such as 500ms, 5s, 10m, 1h," + " was '367d'");
    }

    // Overrides

    @Test
    void everyPolicyCanBeSetFromOutside() throws Exception {
        Config config = ConfigReader.read(
                file("{'jobs': {'email': {}}}"),
                Map.ofEntries(
                        Map.entry("LATIDO_CONCURRENCY", "9"),
                        Map.entry("LATIDO_JOBS_EMAIL_RETRY_ATTEMPTS", "3"),
                        Map.entry("LATIDO_JOBS_EMAIL_RETRY_BACKOFF", "fixed"),
                        Map.entry("LATIDO_JOBS_EMAIL_RETRY_DELAY", "2s"),
                        Map.entry("LATIDO_JOBS_EMAIL_RETRY_MAXDELAY", "4s"),
                        Map.entry("LATIDO_JOBS_EMAIL_RETRY_JITTER", "false"),
                        Map.entry("LATIDO_JOBS_EMAIL_RATELIMIT_PERMITS", "10"),
                        Map.entry("LATIDO_JOBS_EMAIL_RATELIMIT_PER", "1m"),
                        Map.entry("LATIDO_JOBS_EMAIL_RATELIMIT_ALGORITHM", "leaky"),
                        Map.entry("LATIDO_JOBS_EMAIL_KEY", "/to"),
                        Map.entry("LATIDO_JOBS_EMAIL_CONCURRENCYBYKEY", "2"),
                        Map.entry("LATIDO_JOBS_EMAIL_RATELIMITBYKEY_PERMITS", "1"),
                        Map.entry("LATIDO_JOBS_EMAIL_FALLBACK", "log"),
                        Map.entry("LATIDO_JOBS_EMAIL_BREAKER_ENABLED", "true"),
                        Map.entry("LATIDO_JOBS_EMAIL_BREAKER_WHILEOPEN", "fallback"),
                        Map.entry("LATIDO_JOBS_EMAIL_EXPIRES", "1h")),
                Map.of("latido.jobs.email.retry.attempts", "4"));
        JobDefinition email = config.jobs().get(0).definition();
        assertThat(config.concurrency()).isEqualTo(9);
        assertThat(email.retry())
                .as("a property comes before a variable")
                .isEqualTo(new RetryPolicy(4, Backoff.FIXED, Duration.ofSeconds(2), Duration.ofSeconds(4), false));
        assertThat(email.throttle())
                .isEqualTo(new Throttle(
                        new RateConfig(Algorithm.LEAKY, 10, Duration.ofMinutes(1), 10),
                        "/to",
                        new RateConfig(Algorithm.TOKEN_BUCKET, 1, Duration.ofSeconds(1), 1),
                        2));
        assertThat(email.breaker())
                .isEqualTo(new JobDefinition.BreakerUse("email", BreakerConfig.DEFAULT, WhileOpen.FALLBACK));
        assertThat(email.expires()).isEqualTo(Duration.ofHours(1));
        assertThat(config.jobs().get(0).fallback()).isEqualTo(new WorkerConfig.Log());
    }

    @Test
    void aFallbackCanBeTakenAwayFromOutside() throws Exception {
        Config config = ConfigReader.read(
                file("{'jobs': {'a': {'fallback': {'type': 'http', 'url': 'http://b.example'}}}}"),
                Map.of("LATIDO_JOBS_A_FALLBACK", "none"),
                Map.of());
        assertThat(config.jobs().get(0).fallback()).isNull();
    }

    @Test
    void whatIsWrongOutsideIsToldWithItsPath() {
        assertThat(problemsOf(
                        "{'jobs': {'email': {}}}",
                        Map.of("LATIDO_JOBS_EMAIL_RETRY_ATTEMPTS", "0", "LATIDO_JOBS_EMAIL_RETRY_TRIES", "5")))
                .containsExactlyInAnyOrder(
                        "jobs.email.retry.attempts: must be a whole number from 1 to 100, was '0' (from LATIDO_JOBS_EMAIL_RETRY_ATTEMPTS)",
                        "LATIDO_JOBS_EMAIL_RETRY_TRIES: this environment variable names no setting");
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() {
        assertThat(problems("{'retry': {'attempts': 0}, 'rateLimit': {'permits': -1}, 'key': 'x',"
                        + " 'concurrencyByKey': 1, 'breaker': {'enabled': true, 'shared': 'x', 'probes': 0},"
                        + " 'fallback': 'elf', 'at': 'x', 'expires': '-1s'}"))
                .hasSize(8);
    }
}

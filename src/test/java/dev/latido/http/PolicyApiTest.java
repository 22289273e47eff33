package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What callers may rely on of retries, limits, breakers, expiry and pauses. */
class PolicyApiTest {

    private static final String JOBS = """
            {'email': {'retry': {'attempts': 2, 'delay': '0ms', 'maxDelay': '0ms'}},
             'slow': {'retry': {'attempts': 3, 'delay': '1d', 'maxDelay': '1d', 'jitter': false}},
             'paced': {'rateLimit': {'permits': 1, 'per': '1d', 'algorithm': 'leaky'}, 'concurrency': 5},
             'full': {'expires': '1h', 'retry': {'attempts': 7}, 'fallback': 'log', 'concurrency': 4,
                      'rateLimit': {'permits': 9, 'per': '2s', 'burst': 3}, 'key': '/customer/id',
                      'rateLimitByKey': {'permits': 1, 'algorithm': 'sliding-window'}, 'concurrencyByKey': 2,
                      'breaker': {'enabled': true, 'shared': 'provider', 'whileOpen': 'fallback'}},
             'guarded': {'breaker': {'enabled': true, 'window': 2, 'minimumCalls': 2, 'openFor': '1d'}},
             'keyed': {'key': '/k', 'concurrencyByKey': 1, 'concurrency': 9},
             'blocking': {'worker': {'type': 'class', 'class': 'dev.latido.HaltingWorker', 'blocking': true}, 'concurrency': 2}}""";

    private final WorkingService service = new WorkingService(
            new JsonObject().put("breakers", new JsonObject().put("provider", new JsonObject().put("window", 9))),
            JOBS,
            "defaultJob",
            "email");

    @AfterEach
    void stop() {
        service.close();
    }

    private JsonObject patch(String job, String body) {
        RawResponse answer = service.patch("/api/jobs/" + job, body.replace('\'', '"'));
        assertThat(answer.status()).as(answer::toString).isEqualTo(200);
        return answer.json();
    }

    private JsonObject job(String name) {
        return service.read("/api/jobs/" + name);
    }

    private String why(String job) {
        return job(job).getString("why");
    }

    private void awaitState(String id, String state) {
        await().untilAsserted(() ->
                assertThat(service.execution(id).getString("state")).isEqualTo(state));
    }

    private static void awaitPast(String time) {
        await().until(() -> Instant.now().isAfter(Instant.parse(time)));
    }

    // What is shown

    @Test
    void showsThePoliciesOfAJob() {
        assertThat(job("full").getJsonObject("policies")).isEqualTo(WorkingService.json("""
                        {'attempts': 7, 'hasFallback': true, 'expiresMillis': 3600000, 'key': '/customer/id',
                         'rateLimit': {'algorithm': 'token-bucket', 'permits': 9, 'perMillis': 2000, 'burst': 3},
                         'rateLimitByKey':
                           {'algorithm': 'sliding-window', 'permits': 1, 'perMillis': 1000, 'burst': 1},
                         'concurrencyByKey': 2,
                         'breaker': {'name': 'provider', 'state': 'closed', 'openUntil': null}}"""));
        assertThat(job("email").getJsonObject("policies")).isEqualTo(WorkingService.json("""
                        {'attempts': 2, 'hasFallback': false, 'expiresMillis': null, 'key': null, 'rateLimit': null,
                         'rateLimitByKey': null, 'concurrencyByKey': 0, 'breaker': null}"""));
    }

    @Test
    void aDeadLetterShowsEveryAttempt() {
        String id = service.submit("email", "1", "");
        service.bench("email").take().fail("no such mailbox");
        service.bench("email").take().fail("still none");
        awaitState(id, "failed");
        JsonObject letter = service.execution(id);
        assertThat(letter.getString("error")).isEqualTo("still none");
        JsonArray failures = letter.getJsonArray("failures");
        assertThat(failures).hasSize(2);
        for (int i = 0; i < 2; i++) {
            JsonObject failure = failures.getJsonObject(i);
            assertThat(failure.fieldNames())
                    .containsExactlyInAnyOrder("attempt", "startedAt", "endedAt", "error", "worker");
            assertThat(failure.getInteger("attempt")).isEqualTo(i + 1);
            assertThat(Instant.parse(failure.getString("endedAt")))
                    .isAfterOrEqualTo(Instant.parse(failure.getString("startedAt")));
        }
        assertThat(failures.getJsonObject(0).getString("error")).isEqualTo("no such mailbox");

        JsonArray letters =
                service.read("/api/jobs/email/executions?state=failed").getJsonArray("executions");
        assertThat(letters).hasSize(1);
        assertThat(letters.getJsonObject(0).getString("id")).isEqualTo(id);
        assertThat(letters.getJsonObject(0).getString("error")).isEqualTo("still none");
        assertThat(letters.getJsonObject(0).fieldNames()).doesNotContain("failures", "worker", "holds", "notes");
    }

    @Test
    void saysWhenTheNextAttemptIsAndWhatTheLastOneFailedWith() {
        String id = service.submit("slow", "1", "");
        service.bench("slow").take().fail("no such mailbox");
        awaitState(id, "waiting");
        JsonObject waiting = service.execution(id);
        String next =
                "next attempt at " + waiting.getString("dueAt") + " (attempt 2 of 3, last error: no such mailbox)";
        assertThat(waiting.getString("note")).isEqualTo(next);
        assertThat(Instant.parse(waiting.getString("dueAt"))).isAfter(Instant.now());
        assertThat(waiting.getJsonArray("failures")).hasSize(1);
        assertThat(why("slow")).contains("1 delayed, " + next);
    }

    @Test
    void saysWhenTheNextPermitComes() {
        service.submit("paced", "1", "");
        service.submit("paced", "2", "");
        service.bench("paced").take();
        assertThat(why("paced"))
                .contains("1 queued, rate limit 1 per 86400000 ms (leaky), next permit in ")
                .endsWith(" ms");
    }

    @Test
    void saysUntilWhenABreakerIsOpen() {
        for (int i = 0; i < 2; i++) {
            String id = service.submit("guarded", "1", "");
            service.bench("guarded").take().fail("down");
            awaitState(id, "failed");
        }
        service.submit("guarded", "1", "");
        JsonObject breaker = job("guarded").getJsonObject("policies").getJsonObject("breaker");
        assertThat(breaker.getString("name")).isEqualTo("guarded");
        assertThat(breaker.getString("state")).isEqualTo("open");
        assertThat(Instant.parse(breaker.getString("openUntil"))).isAfter(Instant.now());
        assertThat(why("guarded")).contains("1 queued, breaker 'guarded' open until " + breaker.getString("openUntil"));
    }

    @Test
    void saysWhatIsHeldUpByItsKey() {
        service.submit("keyed", "{\"k\":1}", "");
        String second = service.submit("keyed", "{\"k\":1}", "");
        service.submit("keyed", "{\"k\":2}", "");
        Bench.Work first = service.bench("keyed").take();
        service.bench("keyed").take().succeed("1");
        await().untilAsserted(
                        () -> assertThat(job("keyed").getInteger("inFlight")).isEqualTo(1));
        assertThat(service.execution(second).getString("note")).isEqualTo("all 1 places of its key are taken");
        first.succeed("1");
        assertThat(service.bench("keyed").take().task().attempt().execution()).hasToString(second);
    }

    // Changes while the service runs

    @Test
    void moreConcurrencyHoldsAtOnceAndLessForWhatComes() {
        for (int i = 0; i < 4; i++) {
            service.submit("email", "" + i, "");
        }
        List<Bench.Work> work = new ArrayList<>(List.of(service.bench("email").take()));
        JsonObject changed = patch("email", "{'concurrency': 3}");
        assertThat(changed.getInteger("concurrency")).isEqualTo(3);
        assertThat(changed.getInteger("inFlight")).isEqualTo(3);
        work.add(service.bench("email").take());
        work.add(service.bench("email").take());

        assertThat(patch("email", "{'concurrency': 1}").getInteger("inFlight")).isEqualTo(3);
        assertThat(why("email")).contains("1 queued, waiting for a slot (3 of 1 taken, the longest since ");
        work.get(0).succeed("1");
        work.get(1).succeed("1");
        await().untilAsserted(
                        () -> assertThat(job("email").getInteger("inFlight")).isEqualTo(1));
        assertThat(service.bench("email").count()).isEqualTo(3);
        work.get(2).succeed("1");
        service.bench("email").take();
    }

    @Test
    void nullIsWhatTheConfigurationSays() {
        patch("full", "{'concurrency': 9, 'rateLimit': {'permits': 1}}");
        JsonObject back = patch("full", "{'concurrency': null, 'rateLimit': null}");
        assertThat(back.getInteger("concurrency")).isEqualTo(4);
        assertThat(back.getJsonObject("policies").getJsonObject("rateLimit"))
                .isEqualTo(WorkingService.json(
                        "{'algorithm': 'token-bucket', 'permits': 9, 'perMillis': 2000, 'burst': 3}"));
    }

    @Test
    void aRateLimitCanBeSetAndTakenAway() {
        JsonObject limited = patch(
                "email", "{'rateLimit': {'algorithm': 'leaky', 'permits': 1, 'perMillis': 86400000, 'burst': 1}}");
        assertThat(limited.getJsonObject("policies").getJsonObject("rateLimit"))
                .isEqualTo(
                        WorkingService.json("{'algorithm': 'leaky', 'permits': 1, 'perMillis': 86400000, 'burst': 1}"));
        patch("email", "{'concurrency': 2}");
        service.submit("email", "1", "");
        service.submit("email", "2", "");
        service.bench("email").take();
        assertThat(why("email")).contains("1 queued, rate limit 1 per 86400000 ms (leaky)");
        assertThat(service.bench("email").count()).isEqualTo(1);

        JsonObject free = patch("email", "{'rateLimit': 'none'}");
        assertThat(free.getJsonObject("policies").getValue("rateLimit")).isNull();
        service.bench("email").take();
        assertThat(patch("paced", "{'rateLimit': 'none'}")
                        .getJsonObject("policies")
                        .getValue("rateLimit"))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"token-bucket", "leaky", "fixed-window", "sliding-window"})
    void aRateLimitIsTakenAsItIsShown(String algorithm) {
        String limit = "{'algorithm': '" + algorithm + "', 'permits': 5, 'perMillis': 1, 'burst': 2}";
        JsonObject shown = patch("email", "{'rateLimit': " + limit + "}")
                .getJsonObject("policies")
                .getJsonObject("rateLimit");
        assertThat(shown).isEqualTo(WorkingService.json(limit));
        assertThat(patch("email", new JsonObject().put("rateLimit", shown).encode())
                        .getJsonObject("policies")
                        .getJsonObject("rateLimit"))
                .isEqualTo(shown);
    }

    @Test
    void whatARateLimitDoesNotSayIsAsInTheConfiguration() {
        assertThat(patch("email", "{'rateLimit': {'permits': 5}}")
                        .getJsonObject("policies")
                        .getJsonObject("rateLimit"))
                .isEqualTo(WorkingService.json(
                        "{'algorithm': 'token-bucket', 'permits': 5, 'perMillis': 1000, 'burst': 5}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                          | 'concurrency' or 'rateLimit'",
                "{'stored': true}                            | 'concurrency' or 'rateLimit'",
                "{'concurency': 5}                           | 'concurency'",
                "{'concurrency': 5, 'timeout': 5}            | 'timeout'",
                "{'concurrency': 0}                          | 'concurrency'",
                "{'concurrency': -1}                         | 'concurrency'",
                "{'concurrency': 100001}                     | 'concurrency'",
                "{'concurrency': 99999999999999999999}       | 'concurrency'",
                "{'concurrency': 2.0}                        | 'concurrency'",
                "{'concurrency': '2'}                        | 'concurrency'",
                "{'concurrency': [2]}                        | 'concurrency'",
                "{'concurrency': 5, 'stored': 'yes'}         | 'stored'",
                "{'concurrency': 5, 'rateLimit': 5}          | 'rateLimit'",
                "{'rateLimit': 'off'}                        | 'rateLimit'",
                "{'rateLimit': false}                        | 'rateLimit'",
                "{'rateLimit': []}                           | 'rateLimit'",
                "{'rateLimit': {}}                           | 'rateLimit.permits'",
                "{'rateLimit': {'permits': 0}}               | 'rateLimit.permits'",
                "{'rateLimit': {'permits': null}}            | 'rateLimit.permits'",
                "{'rateLimit': {'permits': 1000001}}         | 'rateLimit.permits'",
                "{'rateLimit': {'permits': 5, 'per': '1s'}}  | 'rateLimit.per'",
                "{'rateLimit': {'permits': 5, 'perMillis': 0}} | 'rateLimit.perMillis'",
                "{'rateLimit': {'permits': 5, 'perMillis': 86400001}} | 'rateLimit.perMillis'",
                "{'rateLimit': {'permits': 5, 'burst': 0}}   | 'rateLimit.burst'",
                "{'rateLimit': {'permits': 5, 'burst': 1e9}} | 'rateLimit.burst'",
                "{'rateLimit': {'permits': 5, 'algorithm': 'LEAKY'}} | 'rateLimit.algorithm'",
                "{'rateLimit': {'permits': 5, 'algorithm': 7}} | 'rateLimit.algorithm'"
            })
    void refusesChangeThatIsNoneAndNamesTheField(String body, String named) {
        RawResponse answer = service.patch("/api/jobs/email", body.replace('\'', '"'));
        assertThat(answer.assertProblem(422, "invalid").json().getString("detail"))
                .contains(named);
        assertUnchanged();
    }

    private void assertUnchanged() {
        assertThat(job("email").getInteger("concurrency")).isEqualTo(1);
        assertThat(job("email").getJsonObject("policies").getValue("rateLimit")).isNull();
    }

    @Test
    void concurrencyOfWhatBlocksCannotBeRaised() {
        RawResponse answer = service.patch("/api/jobs/blocking", "{\"concurrency\": 3}");
        assertThat(answer.assertProblem(422, "invalid").json().getString("detail"))
                .isEqualTo("'concurrency' must be 1 to 2, was 3.");
        assertThat(patch("blocking", "{'concurrency': 1}").getInteger("concurrency"))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "{}{}", "{'concurrency': 5", "{'concurrency': 5, 'concurrency': 6}", "nope"})
    void refusesChangeThatIsNoJson(String body) {
        service.patch("/api/jobs/email", body.replace('\'', '"'), "Content-Type: application/json")
                .assertProblem(400, "malformed-json");
        assertUnchanged();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "null", "5", "\"concurrency\"", "[{\"concurrency\": 5}]"})
    void refusesChangeThatIsNoObject(String body) {
        service.patch("/api/jobs/email", body).assertProblem(400, "malformed-command");
        assertUnchanged();
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/x-ndjson", "application/json-patch+json", "application/xml"})
    void refusesChangeOfAnotherType(String type) {
        service.patch("/api/jobs/email", "{\"concurrency\": 5}", "Content-Type: " + type)
                .assertProblem(415, "unsupported-media-type");
        assertUnchanged();
    }

    @Test
    void refusesChangeWithoutABody() {
        service.patch("/api/jobs/email", "").assertProblem(415, "unsupported-media-type");
    }

    @Test
    void takesAMergePatch() {
        RawResponse answer = service.patch(
                "/API/Jobs/email/",
                "{\"concurrency\": 5}",
                "Content-Type: Application/Merge-Patch+JSON; charset=utf-8");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(job("email").getInteger("concurrency")).isEqualTo(5);
    }

    @Test
    void refusesChangeOfUnknownJobAndUnknownParameters() {
        service.patch("/api/jobs/nope", "{\"concurrency\": 5}").assertProblem(404, "unknown-job");
        RawResponse answer = service.patch("/api/jobs/email?stored=true", "{\"concurrency\": 5}");
        assertThat(answer.assertProblem(400, "bad-parameter").json().getString("detail"))
                .contains("'stored'");
        assertUnchanged();
    }

    // The pause of everything

    private JsonObject post(String path) {
        RawResponse answer = service.post(path, "");
        assertThat(answer.status()).as(answer::toString).isEqualTo(200);
        return answer.json();
    }

    @Test
    void pausesEverythingAndGoesOn() {
        service.submit("email", "1", "");
        Bench.Work running = service.bench("email").take();
        Instant before = Instant.now().minusMillis(1);
        JsonObject paused = post("/api/pause");
        assertThat(paused.fieldNames()).containsExactlyInAnyOrder("isPaused", "pausedAt");
        assertThat(paused.getBoolean("isPaused")).isTrue();
        assertThat(Instant.parse(paused.getString("pausedAt"))).isBetween(before, Instant.now());
        assertThat(post("/api/pause")).as("pausing twice changes nothing").isEqualTo(paused);

        String second = service.submit("email", "2", "");
        String other = service.submit("keyed", "3", "");
        running.succeed("1");
        await().untilAsserted(
                        () -> assertThat(job("email").getInteger("inFlight")).isZero());
        assertThat(why("email")).isEqualTo("everything was paused at " + paused.getString("pausedAt") + "; 1 queued");
        assertThat(service.execution(second).getString("state")).isEqualTo("queued");
        assertThat(service.execution(other).getString("state")).isEqualTo("queued");
        assertThat(service.read("/health/ready").getJsonArray("degraded").encode())
                .contains("everything was paused at " + paused.getString("pausedAt"));

        JsonObject resumed = post("/api/resume");
        assertThat(resumed).isEqualTo(new JsonObject().put("isPaused", false).putNull("pausedAt"));
        assertThat(post("/api/resume")).isEqualTo(resumed);
        assertThat(service.bench("email").take().task().attempt().execution()).hasToString(second);
        assertThat(service.bench("keyed").take().task().attempt().execution()).hasToString(other);
    }

    @Test
    void pausedJobsCanBeStartedStoppedAndPurged() {
        post("/api/pause");
        service.submit("email", "1", "");
        assertThat(post("/api/jobs/email/stop").getBoolean("isRunning")).isFalse();
        assertThat(post("/api/jobs/email/start").getBoolean("isRunning")).isTrue();
        assertThat(post("/api/jobs/email/purge").getInteger("changed")).isEqualTo(1);
        assertThat(service.bench("email").count()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/pause", "/api/resume"})
    void pauseTakesNoParametersAndOnePath(String path) {
        assertThat(service.post(path + "?job=email", "")
                        .assertProblem(400, "bad-parameter")
                        .json()
                        .getString("detail"))
                .contains("'job'");
        assertThat(service.get(path).assertProblem(405, "method-not-allowed").header("Allow"))
                .contains("POST");
        assertThat(service.post(path.toUpperCase(Locale.ROOT) + "/", "any", "Content-Type: text/plain")
                        .status())
                .isEqualTo(200);
    }

    // Expiry

    @Test
    void whatWasNotStartedInTimeIsADeadLetter() {
        post("/api/jobs/email/stop");
        String soon = service.submit("email", "1", "?expires=1ms");
        String late = service.submit("email", "2", "?expires=366d");
        String never = service.submit("email", "3", "");
        JsonObject shown = service.execution(soon);
        assertThat(Instant.parse(shown.getString("expiresAt")))
                .isEqualTo(Instant.parse(shown.getString("createdAt")).plusMillis(1));
        assertThat(service.execution(never).containsKey("expiresAt")).isFalse();
        awaitPast(shown.getString("expiresAt"));
        post("/api/jobs/email/start");
        awaitState(soon, "failed");
        assertThat(service.execution(soon).getString("error"))
                .isEqualTo("expired: not started by " + shown.getString("expiresAt"));
        assertThat(service.bench("email").take().task().attempt().execution()).hasToString(late);
    }

    @Test
    void itemsOfABatchExpireEachAtItsTime() {
        post("/api/jobs/full/stop");
        JsonArray items = new JsonArray(service.post(
                        "/api/jobs/full/executions/batch?expires=2h",
                        "[{\"expires\": \"1d\"}, {\"expires\": null}, {}, {\"expires\": \"0s\"}, {\"expires\": 5},"
                                + " {\"expires\": \"367d\"}]")
                .body());
        assertThat(millisUntilExpiry(items, 0)).isEqualTo(86_400_000);
        assertThat(millisUntilExpiry(items, 1)).isEqualTo(7_200_000);
        assertThat(millisUntilExpiry(items, 2)).isEqualTo(7_200_000);
        for (int i = 3; i < 6; i++) {
            assertThat(items.getJsonObject(i).getInteger("status")).isEqualTo(422);
            assertThat(items.getJsonObject(i).getString("detail")).contains("'expires'");
        }
        String byJob = service.submit("full", "1", "");
        assertThat(millisUntilExpiry(service.execution(byJob))).isEqualTo(3_600_000);
    }

    private long millisUntilExpiry(JsonArray items, int index) {
        return millisUntilExpiry(service.execution(items.getJsonObject(index).getString("id")));
    }

    private static long millisUntilExpiry(JsonObject execution) {
        return Instant.parse(execution.getString("expiresAt")).toEpochMilli()
                - Instant.parse(execution.getString("createdAt")).toEpochMilli();
    }

    @Test
    void workOverTheBusExpiresToo() {
        JsonObject accepted = service.ask(
                "latido.submit", new JsonObject().put("job", "email").put("expiresMillis", 60_000));
        assertThat(millisUntilExpiry(service.execution(accepted.getString("id"))))
                .isEqualTo(60_000);
    }

    /** It was taken for a millisecond. */
    @ParameterizedTest
    @ValueSource(strings = {"0ms", "0s", "0d", "-1s", "", "5", "367d", "forever"})
    void refusesExpiryThatIsNone(String expires) {
        RawResponse answer = service.post("/api/jobs/email/executions?expires=" + expires, "1");
        assertThat(answer.assertProblem(400, "bad-parameter").json().getString("detail"))
                .contains("'expires'");
        assertThat(service.bench("email").count()).isZero();
    }

    // Dead letters

    private String deadLetter(String error) {
        String id = service.submit("guarded", "1", "");
        service.bench("guarded").take().fail(error);
        awaitState(id, "failed");
        return id;
    }

    private JsonObject retryFailed(String query) {
        return post("/api/jobs/guarded/retry-failed" + query);
    }

    private static JsonObject counted(int matched, int changed) {
        return new JsonObject().put("matched", matched).put("changed", changed);
    }

    @Test
    void retriesTheDeadLettersThatAreMeant() {
        String first = deadLetter("Mailbox FULL");
        String firstEnd = service.execution(first).getString("endedAt");
        awaitPast(firstEnd);
        String second = deadLetter("no such mailbox");
        String secondEnd = service.execution(second).getString("endedAt");
        post("/api/jobs/guarded/stop");

        assertThat(retryFailed("?dryRun=true")).isEqualTo(counted(2, 0));
        assertThat(retryFailed("?dryRun=true&error=mailbox")).isEqualTo(counted(2, 0));
        assertThat(retryFailed("?dryRun=true&error=mailbox%20full")).isEqualTo(counted(1, 0));
        assertThat(retryFailed("?dryRun=true&error=printer")).isEqualTo(counted(0, 0));
        assertThat(retryFailed("?dryRun=true&since=" + secondEnd)).isEqualTo(counted(1, 0));
        assertThat(retryFailed("?dryRun=true&until=" + secondEnd)).isEqualTo(counted(1, 0));
        assertThat(retryFailed("?dryRun=true&since=" + firstEnd + "&until=" + secondEnd))
                .isEqualTo(counted(1, 0));
        assertThat(retryFailed("?dryRun=true&until=" + firstEnd)).isEqualTo(counted(0, 0));
        assertThat(service.execution(first).getString("state")).isEqualTo("failed");

        assertThat(retryFailed("?error=full&since=" + firstEnd)).isEqualTo(counted(1, 1));
        assertThat(service.execution(first).getString("state")).isEqualTo("queued");
        assertThat(service.execution(first).containsKey("failures")).isFalse();
        assertThat(service.execution(second).getString("state")).isEqualTo("failed");
        assertThat(retryFailed("")).isEqualTo(counted(1, 1));
    }

    @ParameterizedTest
    @CsvSource({
        "since=yesterday, since",
        "since=, since",
        "until=2026-01-31, until",
        "until=1798135200, until",
        "before=2026-01-31T12:00:00Z, before",
        "error=a&error=b, error",
        "dryRun=maybe, dryRun"
    })
    void refusesFilterThatIsNoneAndNamesIt(String query, String name) {
        String id = deadLetter("no such mailbox");
        assertThat(service.post("/api/jobs/guarded/retry-failed?" + query, "")
                        .assertProblem(400, "bad-parameter")
                        .json()
                        .getString("detail"))
                .contains("'" + name + "'");
        assertThat(service.execution(id).getString("state")).isEqualTo("failed");
    }
}

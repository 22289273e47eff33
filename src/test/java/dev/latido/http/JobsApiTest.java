package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.Service;
import dev.latido.Services;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What callers of {@code /api/jobs} may rely on. */
class JobsApiTest {

    private static final String JOBS = """
            {'email': {'concurrency': 2, 'queue': {'capacity': 10, 'priorities': {'low': 3}}},
             'report': {'cron': '0 3 * * *', 'next': ['email'], 'timeout': '30s'},
             'import': {'autoStart': false, 'queue': {'whenFull': 'drop-oldest'}}}""";

    private final WorkingService service = new WorkingService(JOBS, "defaultJob", "email");

    @AfterEach
    void stop() {
        service.close();
    }

    private RawResponse post(String path) {
        return service.post(path, "");
    }

    private static List<String> names(JsonObject page) {
        return page.getJsonArray("jobs").stream()
                .map(job -> ((JsonObject) job).getString("name"))
                .toList();
    }

    @Test
    void listsAllJobsByName() {
        JsonObject page = service.read("/api/jobs");
        assertThat(names(page)).containsExactly("email", "import", "report");
        assertThat(page.getValue("cursor")).isNull();
    }

    @Test
    void listsJobsPageByPage() {
        JsonObject first = service.read("/api/jobs?limit=2");
        assertThat(names(first)).containsExactly("email", "import");
        JsonObject second = service.read("/api/jobs?limit=2&cursor=" + first.getString("cursor"));
        assertThat(names(second)).containsExactly("report");
        assertThat(second.getValue("cursor")).isNull();
    }

    @Test
    void listsJobsInAnyOrderByTheNumberOfThePage() {
        service.submit("import", "1", "");
        service.submit("import", "2", "");
        service.submit("report", "1", "?delay=1h");
        JsonObject first = service.read("/api/jobs?sort=depth&limit=2");
        assertThat(names(first)).containsExactly("import", "report");
        assertThat(first.getInteger("total")).isEqualTo(3);
        assertThat(first.getValue("cursor")).isNull();
        assertThat(first.containsKey("groups")).isFalse();
        assertThat(names(service.read("/api/jobs?sort=depth&limit=2&page=2"))).containsExactly("email");
        assertThat(names(service.read("/api/jobs?page=2&limit=2"))).containsExactly("report");
        JsonObject behind = service.read("/api/jobs?page=3&limit=2");
        assertThat(names(behind)).isEmpty();
        assertThat(behind.getInteger("total")).isEqualTo(3);
        assertThat(service.read("/api/jobs?sort=depth&only=running").getInteger("total"))
                .isEqualTo(1);
    }

    @Test
    void listsGroupsOfJobsAndCountsThemAll() {
        JsonObject counts = new JsonObject()
                .put("degraded", 0)
                .put("failed", 0)
                .put("working", 0)
                .put("waiting", 0)
                .put("idle", 1)
                .put("stopped", 2);
        JsonObject none = service.read("/api/jobs?group=none");
        assertThat(names(none)).isEmpty();
        assertThat(none.getInteger("total")).isZero();
        assertThat(none.getJsonObject("groups")).isEqualTo(counts);
        JsonObject idle = service.read("/api/jobs?group=idle");
        assertThat(names(idle)).containsExactly("email");
        assertThat(idle.getInteger("total")).isEqualTo(1);
        assertThat(idle.getJsonObject("groups")).isEqualTo(counts);
        assertThat(names(service.read("/api/jobs?group=stopped&group=idle")))
                .containsExactly("email", "import", "report");
    }

    @Test
    void tellsTheNextTicks() {
        service.post("/api/jobs/report/start", "");
        JsonObject usual = service.read("/api/jobs/report/ticks");
        assertThat(usual.getString("schedule")).isEqualTo("cron 0 3 * * * UTC");
        assertThat(usual.getJsonArray("ticks"))
                .hasSize(20)
                .allMatch(tick -> tick.toString().endsWith("T03:00:00Z"))
                .doesNotHaveDuplicates();
        assertThat(service.read("/api/jobs/report/ticks?count=100").getJsonArray("ticks"))
                .hasSize(100);
        JsonObject none = service.read("/api/jobs/email/ticks?count=1");
        assertThat(none.getJsonArray("ticks")).isEmpty();
        assertThat(none.getString("note")).isEqualTo("it has no timer");
        for (String wrong : List.of("?count=0", "?count=101", "?count=x", "?limit=1")) {
            assertThat(service.get("/api/jobs/report/ticks" + wrong).status())
                    .as(wrong)
                    .isEqualTo(400);
        }
        assertThat(service.get("/api/jobs/none/ticks").status()).isEqualTo(404);
    }

    @Test
    void showsAllThereIsToKnowOfOneJob() {
        JsonObject job = service.read("/api/jobs/email");
        assertThat(job.getBoolean("isRunning")).isTrue();
        assertThat(job.getString("why")).contains("nothing to do");
        assertThat(job.getInteger("concurrency")).isEqualTo(2);
        assertThat(job.getJsonObject("queue").getInteger("capacity")).isEqualTo(10);
        assertThat(job.getJsonObject("queue").getJsonObject("queued").fieldNames())
                .containsExactlyInAnyOrder("low", "normal", "high", "critical");
        assertThat(job.getJsonObject("counters").getLong("succeeded")).isZero();
        JsonObject report = service.read("/api/jobs/report");
        assertThat(report.getBoolean("isRunning")).isFalse();
        assertThat(report.getString("schedule")).isEqualTo("cron 0 3 * * * UTC");
        assertThat(report.getJsonArray("next")).isEqualTo(new JsonArray().add("email"));
        assertThat(report.getLong("timeoutMillis")).isEqualTo(30_000);
    }

    @Test
    void saysWhyJobIsNotRunningWork() {
        assertThat(service.read("/api/jobs/import").getString("why")).contains("has not been started");
        service.submit("email", "1", "");
        service.submit("email", "2", "");
        service.submit("email", "3", "");
        assertThat(service.read("/api/jobs/email").getString("why")).contains("1 queued, waiting for a slot");
        post("/api/jobs/email/stop");
        assertThat(service.read("/api/jobs/email").getString("why"))
                .contains("stopped at")
                .contains("1 queued");
    }

    @Test
    void startsStopsAndReadsOneJobAndNoOther() {
        assertThat(post("/api/jobs/import/start").json().getBoolean("isRunning"))
                .isTrue();
        assertThat(service.read("/api/jobs/import/status").getBoolean("isRunning"))
                .isTrue();
        assertThat(service.read("/api/jobs/report/status").getBoolean("isRunning"))
                .isFalse();
        assertThat(post("/api/jobs/import/stop").json().getString("message")).contains("'import' stopped");
        assertThat(service.read("/api/jobs/import/status").getBoolean("isRunning"))
                .isFalse();
        assertThat(service.read("/api/job/status").getString("message")).contains("'email'");
    }

    @Test
    void completedJobTakesNothingMoreWorksOffAndStops() {
        service.bench("email").succeedAtOnce();
        service.submit("email", "1", "?delay=1h");
        JsonObject completed = post("/api/jobs/email/complete").json();
        assertThat(completed.getString("message")).contains("1 left to work off");
        service.post("/api/jobs/email/executions", "2").assertProblem(409, "closed");
        assertThat(service.read("/api/jobs/email").getBoolean("isClosed")).isTrue();
        post("/api/jobs/email/purge");
        await().untilAsserted(
                        () -> assertThat(service.read("/api/jobs/email/status").getBoolean("isRunning"))
                                .isFalse());
        assertThat(post("/api/jobs/email/start").json().getBoolean("isRunning")).isTrue();
        service.submit("email", "3", "");
    }

    @Test
    void stopNowTellsWhatIsInFlightToEnd() {
        String id = service.submit("email", "1", "");
        Bench.Work work = service.bench("email").take();
        assertThat(post("/api/jobs/email/stop?mode=now").json().getString("message"))
                .contains("told to end");
        await().until(work.task()::isCancelled);
        work.fail("gave up");
        await().untilAsserted(() ->
                assertThat(service.execution(id).getString("state")).isEqualTo("cancelled"));
    }

    @Test
    void drainAnswersWhenTheWorkInFlightIsDone() {
        service.submit("email", "1", "");
        Bench.Work work = service.bench("email").take();
        try (RawClient raw = new RawClient(service.port())) {
            raw.send(WorkingService.request("/api/jobs/email/stop?mode=drain&wait=30", ""));
            await().untilAsserted(() -> assertThat(
                            service.read("/api/jobs/email/status").getBoolean("isRunning"))
                    .isFalse());
            work.succeed("{}");
            JsonObject drained = raw.read().json();
            assertThat(drained.getBoolean("isRunning")).isFalse();
            assertThat(drained.getString("message")).contains("nothing is in flight");
        }
    }

    @Test
    void drainSaysWhenTheWorkIsNotDoneInTime() {
        service.submit("email", "1", "");
        service.bench("email").take();
        for (int seconds = 0; seconds < 2; seconds++) {
            assertThat(post("/api/jobs/email/stop?mode=drain&wait=" + seconds)
                            .json()
                            .getString("message"))
                    .contains("in flight");
        }
    }

    @Test
    void purgeCancelsWhatWaitsAndCanOnlyCount() {
        post("/api/jobs/email/stop");
        String queued = service.submit("email", "1", "");
        service.submit("email", "2", "?delay=1h");
        assertThat(post("/api/jobs/email/purge?dryRun=true").json())
                .isEqualTo(new JsonObject().put("matched", 2).put("changed", 0));
        assertThat(service.execution(queued).getString("state")).isEqualTo("queued");
        assertThat(post("/api/jobs/email/purge?dryRun=false").json())
                .isEqualTo(new JsonObject().put("matched", 2).put("changed", 2));
        assertThat(service.execution(queued).getString("state")).isEqualTo("cancelled");
        assertThat(post("/api/jobs/email/purge").json().getInteger("matched")).isZero();
    }

    @Test
    void purgeCancelsAllHoweverManyThereAre() {
        int all = 12_000;
        try (WorkingService many = new WorkingService("{'many': {'autoStart': false, 'queue': {'capacity': 20000}}}")) {
            for (int i = 0; i < 2; i++) {
                many.post("/api/jobs/many/executions/batch", "[{}" + ",{}".repeat(all / 2 - 1) + "]");
            }
            assertThat(many.post("/api/jobs/many/purge", "").json())
                    .isEqualTo(new JsonObject().put("matched", all).put("changed", all));
            assertThat(many.post("/api/jobs/many/purge", "").json().getInteger("matched"))
                    .isZero();
        }
    }

    @Test
    void nothingIsRetriedIntoACompletedJob() {
        String id = service.submit("email", "1", "");
        service.bench("email").take().fail("no such mailbox");
        await().untilAsserted(() ->
                assertThat(service.execution(id).getString("state")).isEqualTo("failed"));
        post("/api/jobs/email/complete");
        post("/api/executions/" + id + "/retry").assertProblem(409, "closed");
        post("/api/jobs/email/retry-failed").assertProblem(409, "closed");
        assertThat(post("/api/jobs/email/retry-failed?dryRun=true").json())
                .isEqualTo(new JsonObject().put("matched", 1).put("changed", 0));
        post("/api/jobs/email/start");
        assertThat(post("/api/jobs/email/retry-failed").json().getInteger("changed"))
                .isEqualTo(1);
        service.bench("email").take().succeed("true");
    }

    @Test
    void retryFailedQueuesAllFailedOnesAgainAndCanOnlyCount() {
        for (int i = 0; i < 2; i++) {
            String id = service.submit("email", "1", "");
            service.bench("email").take().fail("no such mailbox");
            await().untilAsserted(() ->
                    assertThat(service.execution(id).getString("state")).isEqualTo("failed"));
        }
        assertThat(post("/api/jobs/email/retry-failed?dryRun=true").json())
                .isEqualTo(new JsonObject().put("matched", 2).put("changed", 0));
        assertThat(post("/api/jobs/email/retry-failed").json())
                .isEqualTo(new JsonObject().put("matched", 2).put("changed", 2));
        service.bench("email").take().succeed("true");
        service.bench("email").take().succeed("true");
        await().untilAsserted(() -> assertThat(service.read("/api/jobs/email")
                        .getJsonObject("counters")
                        .getLong("succeeded"))
                .isEqualTo(2));
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  /api/jobs/nope",
        "GET,  /api/jobs/nope/status",
        "GET,  /api/jobs/nope/executions?state=queued",
        "GET,  /api/jobs/nope/history",
        "GET,  /api/jobs/Email",
        "GET,  /api/jobs/%C3%A4%F0%9F%98%80",
        "GET,  /api/jobs/%ff",
        "GET,  /api/jobs/%22%3E%3Cb%3E%27;--",
        "GET,  /api/jobs/%2e%2e%2e",
        "POST, /api/jobs/nope/start",
        "POST, /api/jobs/nope/stop",
        "POST, /api/jobs/nope/stop?mode=drain&wait=5",
        "POST, /api/jobs/nope/complete",
        "POST, /api/jobs/nope/purge",
        "POST, /api/jobs/nope/retry-failed?dryRun=true",
        "POST, /api/jobs/nope/executions",
        "POST, /api/jobs/%20/executions"
    })
    void unknownJobIsNotFound(String method, String path) {
        (method.equals("GET") ? service.get(path) : post(path)).assertProblem(404, "unknown-job");
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  /api/jobs?limit=0,                                  limit",
        "GET,  /api/jobs?limit=1001,                               limit",
        "GET,  /api/jobs?limit=-1,                                 limit",
        "GET,  /api/jobs?limit=99999999999999999999,               limit",
        "GET,  /api/jobs?limit=,                                   limit",
        "GET,  /api/jobs?limit=1e1,                                limit",
        "GET,  /api/jobs?limit=%D9%A1,                             limit",
        "GET,  /api/jobs?limit=1&limit=2,                          limit",
        "GET,  /api/jobs?limt=1,                                   limt",
        "GET,  /api/jobs?Limit=1,                                  Limit",
        "GET,  /api/jobs?only=idle,                                only",
        "GET,  /api/jobs?sort=size,                                sort",
        "GET,  /api/jobs?sort=Depth,                               sort",
        "GET,  /api/jobs?sort=,                                    sort",
        "GET,  /api/jobs?sort=depth&sort=name,                     sort",
        "GET,  /api/jobs?page=0,                                   page",
        "GET,  /api/jobs?page=1000001,                             page",
        "GET,  /api/jobs?page=last,                                page",
        "GET,  /api/jobs?group=any,                                group",
        "GET,  /api/jobs?group=idle&group=,                        group",
        "GET,  /api/jobs?sort=depth&cursor=email,                  cursor",
        "GET,  /api/jobs?page=2&cursor=email,                      cursor",
        "GET,  /api/jobs/email/history?state=nonsense,             state",
        "GET,  /api/jobs/email/history?order=newest,               order",
        "GET,  /api/summary?job=email,                             job",
        "GET,  /api/series?range=1d,                               range",
        "GET,  /api/series?range=,                                 range",
        "GET,  /api/series?range=1h&range=24h,                     range",
        "GET,  /api/series?job=email&job=report,                   job",
        "GET,  /api/series?after=5,                                after",
        "GET,  /api/series?since=2026-01-31T12:00:00Z,             since",
        "GET,  /api/jobs/email?x,                                  x",
        "GET,  /api/jobs/email/status?x=1,                         x",
        "POST, /api/jobs/email/start?mode=now,                     mode",
        "POST, /api/jobs/email/complete?x=1,                       x",
        "POST, /api/jobs/email/stop?mode=later,                    mode",
        "POST, /api/jobs/email/stop?mode=NOW,                      mode",
        "POST, /api/jobs/email/stop?mode=now&mode=drain,           mode",
        "POST, /api/jobs/email/stop?mode=drain&wait=-1,            wait",
        "POST, /api/jobs/email/stop?mode=drain&wait=61,            wait",
        "POST, /api/jobs/email/stop?mode=drain&wait=5s,            wait",
        "POST, /api/jobs/email/purge?dryRun=yes,                   dryRun",
        "POST, /api/jobs/email/purge?dryRun,                       dryRun",
        "POST, /api/jobs/email/retry-failed?dryrun=true,           dryrun",
        "GET,  /api/jobs/email/executions,                         state",
        "GET,  /api/jobs/email/executions?state=,                  state",
        "GET,  /api/jobs/email/executions?state=Queued,            state",
        "GET,  /api/jobs/email/executions?state=queued&state=failed, state",
        "GET,  /api/jobs/email/executions?state=queued&limit=x,    limit",
        "GET,  /api/jobs/email/executions?status=queued,           status"
    })
    void refusesBadParameterAndNamesIt(String method, String path, String name) {
        RawResponse answer = method.equals("GET") ? service.get(path) : post(path);
        assertThat(answer.assertProblem(400, "bad-parameter").json().getString("detail"))
                .contains("'" + name + "'");
        assertThat(service.read("/api/jobs/email/status").getBoolean("isRunning"))
                .as("nothing was done")
                .isTrue();
    }

    @Test
    void showsUnknownParameterCutBetweenWholeCharacters() {
        String name = "a" + "%F0%9F%98%80".repeat(100);
        RawResponse answer = service.get("/api/jobs?" + name + "%00=1").assertProblem(400, "bad-parameter");
        assertThat(answer.json().getString("detail")).contains("'a\ud83d\ude00").contains("\ud83d\ude00…'");
    }

    @ParameterizedTest
    @CsvSource({"nonsense", "high_1_zzz", "_", "high_9999999999999999999999_0123456789abc", "%00", "x_0_0123456789abc"})
    void refusesCursorThatIsNoneOfItsOwn(String cursor) {
        service.get("/api/jobs/email/executions?state=queued&cursor=" + cursor).assertProblem(422, "invalid");
    }

    @ParameterizedTest
    @CsvSource({"/API/Jobs?limit=1", "/api/jobs/?limit=1", "/Api/JOBS/?limit=1"})
    void findsPathsWithoutRegardToCaseAndKeepsTheQuery(String path) {
        assertThat(names(service.read(path))).containsExactly("email");
    }

    @ParameterizedTest
    @CsvSource({"/API/JOBS/email/STATUS", "/api/jobs/email/status/"})
    void findsPathsWithNamesWithoutRegardToCaseToo(String path) {
        assertThat(service.read(path).getString("message")).contains("'email'");
    }

    @ParameterizedTest
    @CsvSource({
        "DELETE, /api/jobs,                  'GET, HEAD'",
        "POST,   /api/jobs/email,            'GET, HEAD, PATCH'",
        "GET,    /api/jobs/email/start,      POST",
        "PUT,    /api/jobs/email/executions, 'POST, GET, HEAD'",
        "GET,    /api/executions/0/cancel,   POST"
    })
    void refusesWrongMethodAndNamesTheRightOnes(String method, String path, String allowed) {
        RawResponse answer =
                RawClient.exchange(service.port(), method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(answer.assertProblem(405, "method-not-allowed").header("Allow"))
                .contains(allowed);
    }

    @Test
    void manyCallersOfReadinessAreAllAnswered() {
        Service real = Services.start();
        try {
            RawClient[] callers = new RawClient[50];
            for (int i = 0; i < callers.length; i++) {
                callers[i] = new RawClient(real.port());
                callers[i].send("GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
            }
            for (RawClient caller : callers) {
                RawResponse answer = caller.read();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.json().getString("status")).isEqualTo("UP");
                caller.close();
            }
        } finally {
            real.stop();
        }
    }

    @Test
    void fullQueueDegradesButDoesNotMakeUnready() {
        assertThat(service.read("/health/ready").containsKey("degraded")).isFalse();
        post("/api/jobs/email/stop");
        for (int i = 0; i < 7; i++) {
            service.submit("email", "1", "");
        }
        assertThat(service.read("/health/ready").getJsonArray("degraded").getString(0))
                .contains("'email' is stopped at", "7 queued until it is started");
        service.submit("email", "1", "");
        service.submit("email", "1", "");
        JsonObject health = service.read("/health/ready");
        assertThat(health.getString("status")).isEqualTo("UP");
        assertThat(health.getJsonArray("degraded").getString(0)).contains("'email'", "9 of 10");
        post("/api/jobs/email/purge");
        await().untilAsserted(() -> assertThat(service.read("/health/ready").containsKey("degraded"))
                .isFalse());
    }
}

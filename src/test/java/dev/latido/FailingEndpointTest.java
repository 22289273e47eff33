package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.FailingEndpoint.Call;
import dev.latido.FailingEndpoint.Mode;
import dev.latido.http.RawResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A real HTTP endpoint that fails in every way, and what becomes of its job's work, and of other jobs. */
class FailingEndpointTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String TRIES_THREE_TIMES = "'retry': {'attempts': 3, 'delay': '1ms', 'maxDelay': '1ms'}";

    private final FailingEndpoint endpoint = new FailingEndpoint();
    private final FailingEndpoint healthy = new FailingEndpoint();
    private final JsonObject jobs = new JsonObject();
    private final JsonObject breakers = new JsonObject();
    private final Queue<JsonObject> events = new ConcurrentLinkedQueue<>();
    private @Nullable Service service;
    private @Nullable ApiClient client;

    @AfterEach
    void stop() {
        if (client != null) {
            client.close();
        }
        if (service != null) {
            service.stop();
        }
        endpoint.close();
        healthy.close();
    }

    // A service, and how to speak to it

    private static JsonObject json(String text) {
        return new JsonObject(text.replace('\'', '"'));
    }

    /** Defines a job; its work goes to the failing endpoint. */
    private JsonObject flaky(String name, String settings) {
        JsonObject job = json("{" + settings + "}").put("worker", endpoint.worker("/" + name));
        jobs.put(name, job);
        return job;
    }

    private void healthy(String name) {
        jobs.put(name, new JsonObject().put("concurrency", 8).put("worker", healthy.worker("/" + name)));
    }

    private void start() throws Exception {
        Service started =
                Services.start(new JsonObject().put("jobs", jobs).put("breakers", breakers), "shutdown.grace", "1s");
        service = started;
        client = new ApiClient(started.port());
        started.vertx()
                .eventBus()
                .<JsonObject>consumer("latido.events", message -> events.add(message.body()))
                .completion()
                .await();
    }

    private ApiClient api() {
        ApiClient api = client;
        if (api == null) {
            throw new IllegalStateException("not started");
        }
        return api;
    }

    private static JsonObject ok(RawResponse answer) {
        assertThat(answer.status()).as(answer::toString).isBetween(200, 202);
        return answer.json();
    }

    private JsonObject job(String name) throws Exception {
        return ok(api().get("/api/jobs/" + name));
    }

    private JsonObject breaker(String job) throws Exception {
        return job(job).getJsonObject("policies").getJsonObject("breaker");
    }

    private long counter(String job, String counter) throws Exception {
        return job(job).getJsonObject("counters").getLong(counter);
    }

    private JsonObject execution(String id) throws Exception {
        return ok(api().get("/api/executions/" + id));
    }

    private static JsonObject payload(Mode... modes) {
        JsonArray names = new JsonArray();
        for (Mode mode : modes) {
            names.add(mode.name());
        }
        return new JsonObject().put("modes", names);
    }

    private String submit(String job, Mode... modes) throws Exception {
        return submit(job, payload(modes));
    }

    private String submit(String job, JsonObject payload) throws Exception {
        return ok(api().post("/api/jobs/" + job + "/executions", payload.encode()))
                .getString("id");
    }

    /** Hands in work and waits for its end. */
    private JsonObject run(String job, Mode... modes) throws Exception {
        return ok(api().post("/api/jobs/" + job + "/executions", payload(modes).encode(), "Prefer: wait=50"));
    }

    private JsonObject post(String path) throws Exception {
        return ok(api().post(path, ""));
    }

    private void awaitState(String id, String state) {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(execution(id).getString("state")).isEqualTo(state));
    }

    private void awaitCounter(String job, String counter, long value) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(counter(job, counter)).isEqualTo(value));
    }

    private List<String> breakerStates() {
        return events.stream()
                .filter(event -> event.getString("type").equals("breaker.changed"))
                .map(event -> event.getString("state"))
                .toList();
    }

    private void awaitBreaker(String state) {
        await().atMost(PATIENCE).until(() -> breakerStates().contains(state));
    }

    /** Asserts that nothing is lost: what was accepted has ended in some way, or is still here. */
    private void assertAccounted(String name, int accepted) throws Exception {
        JsonObject job = job(name);
        JsonObject counters = job.getJsonObject("counters");
        JsonObject queue = job.getJsonObject("queue");
        long queued = queue.getJsonObject("queued").stream()
                .mapToLong(entry -> (Integer) entry.getValue())
                .sum();
        assertThat(counters.getLong("accepted")).isEqualTo(accepted);
        assertThat(counters.getLong("succeeded")
                        + counters.getLong("failed")
                        + counters.getLong("cancelled")
                        + counters.getLong("dropped")
                        + queued
                        + queue.getInteger("delayed")
                        + job.getInteger("inFlight"))
                .as(job::encodePrettily)
                .isEqualTo(accepted);
    }

    // Each way to fail

    /** What becomes of one way to fail: how many attempts there are of three, and what their errors contain. */
    private record Fate(int attempts, String error) {}

    private static final Map<Mode, Fate> FAST = new EnumMap<>(Map.of(
            Mode.ERROR, new Fate(3, "HTTP 500 from 127.0.0.1"),
            Mode.CLOSE, new Fate(3, "no whole response from 127.0.0.1"),
            Mode.FLOODED_ERROR, new Fate(3, "HTTP 500 from 127.0.0.1"),
            Mode.MISSING, new Fate(1, "HTTP 404 from 127.0.0.1")));

    private static final Map<Mode, Fate> ENDLESS = new EnumMap<>(
            Map.of(Mode.HANG, new Fate(3, "timed out after 150 ms"), Mode.DRIP, new Fate(3, "timed out after 150 ms")));

    private record Sent(String id, Fate fate) {}

    /** Hands in {@code each} of every way to fail. */
    private List<Sent> submitAll(String job, Map<Mode, Fate> fates, int each) throws Exception {
        List<Sent> sent = new ArrayList<>();
        for (int i = 0; i < each; i++) {
            for (Map.Entry<Mode, Fate> way : fates.entrySet()) {
                sent.add(new Sent(submit(job, way.getKey()), way.getValue()));
            }
        }
        return sent;
    }

    private void assertFailures(JsonObject execution, Fate fate, int attempts) {
        assertThat(execution.getInteger("attempt")).isEqualTo(attempts);
        JsonArray failures = execution.getJsonArray("failures");
        assertThat(failures).as(execution::encode).hasSize(fate.attempts());
        for (int i = 0; i < failures.size(); i++) {
            JsonObject failure = failures.getJsonObject(i);
            assertThat(failure.getInteger("attempt")).isEqualTo(i + 1);
            assertThat(failure.getString("error")).contains(fate.error());
            assertThat(Instant.parse(failure.getString("endedAt")))
                    .isAfterOrEqualTo(Instant.parse(failure.getString("startedAt")));
        }
    }

    @Test
    void everyFailureIsTriedAgainWhereThatMayHelpAndThenADeadLetter() throws Exception {
        flaky("fast", "'concurrency': 4, " + TRIES_THREE_TIMES);
        flaky("endless", "'concurrency': 4, 'timeout': '150ms', " + TRIES_THREE_TIMES);
        start();
        for (String name : List.of("fast", "endless")) {
            List<Sent> all = submitAll(name, name.equals("fast") ? FAST : ENDLESS, 3);
            awaitCounter(name, "failed", all.size());
            for (Sent sent : all) {
                JsonObject letter = execution(sent.id());
                assertThat(letter.getString("state")).isEqualTo("failed");
                assertThat(letter.getString("error")).contains(sent.fate().error());
                assertFailures(letter, sent.fate(), sent.fate().attempts());
                assertThat(endpoint.calls().stream()
                                .filter(call -> call.execution().equals(sent.id()))
                                .map(Call::attempt))
                        .as("no attempt came twice")
                        .isSorted()
                        .doesNotHaveDuplicates();
            }
            assertAccounted(name, all.size());
            assertThat(job(name).getInteger("inFlight")).isZero();
            assertThat(job(name).getString("why")).startsWith("nothing to do");
        }
    }

    @Test
    void whatWorksInTheEndSucceedsAndRemembersItsFailures() throws Exception {
        flaky("flaky", "'timeout': '30s', " + TRIES_THREE_TIMES);
        start();
        JsonObject done = run("flaky", Mode.CLOSE, Mode.ERROR, Mode.WELL);
        assertThat(done.getString("state")).isEqualTo("succeeded");
        assertThat(done.getInteger("attempt")).isEqualTo(3);
        assertThat(execution(done.getString("id")).getJsonArray("failures")).hasSize(2);
        assertThat(counter("flaky", "retried")).isEqualTo(2);
        assertAccounted("flaky", 1);
    }

    /** It says that the work is done, and has been told often enough. */
    @Test
    void anAnswerWithoutEndIsASuccessOfWhichTheBeginningIsKept() throws Exception {
        flaky("alone", TRIES_THREE_TIMES);
        flaky("first", TRIES_THREE_TIMES + ", 'next': ['healthy']").put("fallback", healthy.worker("/fallback"));
        healthy("healthy");
        start();
        JsonObject alone = run("alone", Mode.FLOOD);
        assertThat(alone.getString("state")).isEqualTo("succeeded");
        JsonObject first = run("first", Mode.FLOOD);
        assertThat(first.getString("state")).isEqualTo("failed");
        assertThat(first.getString("error")).startsWith("result-too-long: ");
        for (JsonObject ended : List.of(alone, first)) {
            assertThat(ended.getString("result")).isEqualTo("x".repeat(65_536) + "…");
            assertThat(ended.getBoolean("isResultCut")).isTrue();
            assertThat(ended.getInteger("attempt")).isEqualTo(1);
        }
        assertThat(endpoint.calls()).hasSize(2);
        assertThat(healthy.calls()).isEmpty();
    }

    /** The policy alone would let it wait for a day. */
    @Test
    void aBusyEndpointIsAskedAgainWhenItWantsToBe() throws Exception {
        flaky("flaky", "'retry': {'attempts': 2, 'delay': '1d', 'maxDelay': '1d', 'jitter': false}");
        start();
        String id = submit("flaky", payload(Mode.BUSY, Mode.WELL).put("retryAfter", "1"));
        awaitState(id, "succeeded");
        assertThat(endpoint.calls()).hasSize(2);
        assertThat(endpoint.calls().get(1).nanos() - endpoint.calls().get(0).nanos())
                .isGreaterThanOrEqualTo(Duration.ofSeconds(1).toNanos());
    }

    @Test
    void whatABusyEndpointDidNotTryCostsNoAttempt() throws Exception {
        flaky("flaky", "'retry': {'attempts': 1}");
        start();
        JsonObject done = ok(api().post(
                        "/api/jobs/flaky/executions",
                        payload(Mode.BUSY, Mode.BUSY, Mode.WELL)
                                .put("retryAfter", "1")
                                .encode(),
                        "Prefer: wait=50"));
        assertThat(done.getString("state")).isEqualTo("succeeded");
        assertThat(done.getInteger("attempt")).isEqualTo(1);
        assertThat(endpoint.calls()).extracting(Call::attempt).containsExactly(1, 1, 1);
        assertThat(counter("flaky", "retried")).isZero();
    }

    // Breaker and fallback

    @Test
    void theFallbackTakesOverWhateverTheFailure() throws Exception {
        flaky("fast", "'concurrency': 4, " + TRIES_THREE_TIMES).put("fallback", healthy.worker("/fallback"));
        flaky("endless", "'concurrency': 4, 'timeout': '150ms', " + TRIES_THREE_TIMES)
                .put("fallback", healthy.worker("/fallback"));
        healthy.recover(); // it is not the one that fails
        start();
        int count = 0;
        for (String name : List.of("fast", "endless")) {
            List<Sent> all = submitAll(name, name.equals("fast") ? FAST : ENDLESS, 1);
            count += all.size();
            awaitCounter(name, "succeeded", all.size());
            for (Sent sent : all) {
                assertFailures(execution(sent.id()), sent.fate(), sent.fate().attempts() + 1);
            }
            assertAccounted(name, all.size());
        }
        assertThat(healthy.calls()).hasSize(count).allMatch(call -> call.path().equals("/fallback"));
    }

    @Test
    void anOpenBreakerSparesTheEndpointAndTheFallbackDoesTheWork() throws Exception {
        flaky(
                        "flaky",
                        "'breaker': {'enabled': true, 'window': 4, 'minimumCalls': 4, 'openFor': '1h',"
                                + " 'whileOpen': 'fallback'}, 'retry': {'attempts': 2, 'delay': '0ms', 'maxDelay': '0ms'}")
                .put("fallback", healthy.worker("/fallback"));
        healthy.recover();
        start();
        for (int i = 0; i < 6; i++) {
            submit("flaky", Mode.ERROR);
        }
        awaitBreaker("open");
        awaitCounter("flaky", "succeeded", 6);
        int called = endpoint.calls().size();
        assertThat(called).isEqualTo(4);
        assertThat(breaker("flaky").getString("state")).isEqualTo("open");
        for (int i = 0; i < 5; i++) {
            JsonObject done = run("flaky", Mode.ERROR);
            assertThat(done.getString("state")).isEqualTo("succeeded");
            assertThat(done.getInteger("attempt"))
                    .as("the fallback comes first")
                    .isEqualTo(1);
        }
        assertThat(endpoint.calls()).hasSize(called);
        assertThat(breakerStates()).containsExactly("open");
        assertAccounted("flaky", 11);
    }

    @Test
    void workWaitsBehindAnOpenBreakerAndSaysSo() throws Exception {
        breakers.put("provider", json("{'window': 4, 'minimumCalls': 4, 'openFor': '1h'}"));
        String guarded = "'breaker': {'enabled': true, 'shared': 'provider'}, 'retry': {'attempts': 1}";
        flaky("flaky", guarded);
        flaky("sibling", guarded);
        healthy("healthy");
        start();
        for (int i = 0; i < 4; i++) {
            assertThat(run("flaky", Mode.ERROR).getString("state")).isEqualTo("failed");
        }
        awaitBreaker("open");
        for (String name : List.of("flaky", "sibling")) {
            String id = submit(name, Mode.WELL);
            assertThat(execution(id).getString("state")).isEqualTo("queued");
            assertThat(breaker(name).getString("name")).isEqualTo("provider");
            assertThat(job(name).getString("why"))
                    .startsWith("1 queued, breaker 'provider' open until "
                            + breaker(name).getString("openUntil"));
        }
        assertThat(run("healthy", Mode.WELL).getString("state"))
                .as("another job goes on")
                .isEqualTo("succeeded");
        assertThat(endpoint.calls()).as("nobody calls what is down").hasSize(4);
        assertAccounted("flaky", 5);
        assertAccounted("sibling", 1);
    }

    @Test
    void theBreakerFindsOutThatTheEndpointIsWellAgain() throws Exception {
        flaky(
                "flaky",
                "'concurrency': 3, 'breaker': {'enabled': true, 'window': 4, 'minimumCalls': 4, 'openFor': '100ms',"
                        + " 'probes': 2}, 'retry': {'attempts': 100, 'delay': '1ms', 'maxDelay': '1ms'}");
        start();
        for (int i = 0; i < 10; i++) {
            submit("flaky", Mode.ERROR);
        }
        awaitBreaker("half-open"); // it opened, and looked once at least
        endpoint.recover();
        awaitBreaker("closed");
        awaitCounter("flaky", "succeeded", 10);
        assertAccounted("flaky", 10);
        assertThat(breaker("flaky")).isEqualTo(json("{'name': 'flaky', 'state': 'closed', 'openUntil': null}"));
        List<String> states = breakerStates();
        assertThat(states.get(0)).isEqualTo("open");
        for (int i = 1; i < states.size(); i++) {
            assertThat(states.get(i))
                    .as("%s", states)
                    .isIn(states.get(i - 1).equals("half-open") ? List.of("open", "closed") : List.of("half-open"));
        }
        assertThat(states).endsWith("half-open", "closed");
    }

    @Test
    void anEndpointThatGetsSlowOpensTheBreakerToo() throws Exception {
        flaky(
                "flaky",
                "'breaker': {'enabled': true, 'window': 4, 'minimumCalls': 4, 'slowCall': '50ms', 'slowRate': 100,"
                        + " 'openFor': '1h'}");
        start();
        for (int i = 0; i < 4; i++) {
            assertThat(run("flaky", Mode.SLOW).getString("state")).isEqualTo("succeeded");
        }
        awaitBreaker("open");
        assertThat(breaker("flaky").getString("state")).isEqualTo("open");
        assertAccounted("flaky", 4);
    }

    // The neighbours

    /** How long a healthy job takes from the request to the answer with the outcome, again and again. */
    private List<Long> roundTrips(int count) throws Exception {
        List<Long> nanos = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long begun = System.nanoTime();
            assertThat(run("healthy", Mode.WELL).getString("state")).isEqualTo("succeeded");
            nanos.add(System.nanoTime() - begun);
        }
        return nanos;
    }

    private static long median(List<Long> values) {
        List<Long> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }

    /**
     * Every way to fail at once, more calls in flight than one server gets connections, and each of them held for ten seconds.
     * Whoever had to wait for one of those would wait for thousands of times as long as usual.
     */
    @Test
    void aFailingJobDoesNotHoldUpAnother() throws Exception {
        flaky("flaky", "'concurrency': 300, 'timeout': '10s', 'queue': {'capacity': 5000}, " + TRIES_THREE_TIMES);
        healthy("healthy");
        start();
        Mode[] modes = {
            Mode.HANG, Mode.DRIP, Mode.ERROR, Mode.HANG, Mode.CLOSE, Mode.FLOOD, Mode.HANG, Mode.FLOODED_ERROR
        };
        JsonArray storm = new JsonArray();
        for (int i = 0; i < 1_000; i++) {
            storm.add(new JsonObject().put("payload", payload(modes[i % modes.length])));
        }
        roundTrips(50); // until everything is loaded
        List<Long> alone = new ArrayList<>();
        List<Long> beside = new ArrayList<>();
        for (int round = 1; round <= 2; round++) {
            alone.addAll(roundTrips(100));
            assertThat(api().post("/api/jobs/flaky/executions/batch", storm.encode())
                            .status())
                    .isEqualTo(200);
            await().atMost(PATIENCE).until(() -> job("flaky").getInteger("inFlight") == 300);
            beside.addAll(roundTrips(100));
            assertThat(job("flaky").getInteger("inFlight"))
                    .as("still in the middle of it")
                    .isPositive();
            assertThat(job("flaky").getString("why")).contains("working");

            post("/api/jobs/flaky/stop?mode=now");
            post("/api/jobs/flaky/purge");
            await().atMost(PATIENCE).until(() -> job("flaky").getInteger("inFlight") == 0);
            post("/api/jobs/flaky/purge"); // what waited for another attempt meanwhile
            assertAccounted("flaky", round * storm.size());
            post("/api/jobs/flaky/start");
        }
        assertThat(median(beside))
                .as("nanoseconds beside a failing job, %d of them alone", median(alone))
                .isLessThan(20 * median(alone));
        assertAccounted("healthy", 450);
        assertThat(counter("healthy", "failed")).isZero();
    }
}

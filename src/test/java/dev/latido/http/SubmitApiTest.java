package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What those may rely on who hand in work. */
class SubmitApiTest {

    private static final String JOBS = """
            {'email': {'queue': {'capacity': 1000}},
             'other': {},
             'small': {'queue': {'capacity': 1}},
             'strict': {'queue': {'capacity': 1, 'whenFull': 'reject'}},
             'newest': {'queue': {'capacity': 1, 'whenFull': 'drop-oldest'}},
             'oldest': {'queue': {'capacity': 1, 'whenFull': 'drop-write'}}}""";

    private static final String EMAIL = "/api/jobs/email/executions";

    private final WorkingService service = new WorkingService(JOBS, "defaultJob", "email");

    @AfterEach
    void stop() {
        service.close();
    }

    private void awaitState(String id, String state) {
        await().untilAsserted(() ->
                assertThat(service.execution(id).getString("state")).isEqualTo(state));
    }

    private static int retryAfter(RawResponse answer) {
        return answer.header("Retry-After").map(Integer::parseInt).orElse(-1);
    }

    @Test
    void acceptsWorkAndSaysWhereToLookForIt() {
        RawResponse accepted = service.post(EMAIL, "{\"to\": \"a@example.org\"}");
        assertThat(accepted.status()).isEqualTo(202);
        String id = accepted.json().getString("id");
        assertThat(accepted.header("Location")).contains("/api/executions/" + id);
        JsonObject execution = service.read(accepted.header("Location").orElseThrow());
        assertThat(execution.getString("job")).isEqualTo("email");
        assertThat(execution.getString("priority")).isEqualTo("normal");
        Bench.Work work = service.bench("email").take();
        assertThat(work.task().payload()).isEqualTo("{\"to\": \"a@example.org\"}");
        assertThat(service.execution(id).getString("state")).isEqualTo("running");
        work.succeed("{\"sent\": true}");
        awaitState(id, "succeeded");
        assertThat(service.execution(id).getJsonObject("result").getBoolean("sent"))
                .isTrue();
        assertThat(service.execution(id).getInteger("attempt")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "true",
                "0",
                "\"\"",
                "[]",
                "{}",
                "{\"a\":1e400}",
                "123456789012345678901234567890",
                "0.12345678901234567890123456789",
                "-0.0",
                "1.00",
                "\"\\ud800\"",
                "\"ä 漢 😀\"",
                "\"\\u0000\"",
                "\"</script>\"",
                " [1, 2 ,  3 ]\n"
            })
    void keepsThePayloadToTheLastCharacter(String payload) {
        String id = service.submit("email", payload, "");
        assertThat(service.bench("email").take().task().payload()).isEqualTo(payload);
        RawResponse answer = service.get("/api/executions/" + id);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).contains(",\"payload\":" + payload);
    }

    @Test
    void showsResultThatIsNoJsonAsText() {
        String id = service.submit("email", "1", "");
        service.bench("email").take().succeed("sent \"twice\"");
        awaitState(id, "succeeded");
        assertThat(service.execution(id).getString("result")).isEqualTo("sent \"twice\"");
    }

    @Test
    void takesNoBodyForNoPayload() {
        RawResponse accepted = service.post(EMAIL, "");
        assertThat(accepted.status()).isEqualTo(202);
        assertThat(service.bench("email").take().task().payload()).isNull();
        assertThat(service.execution(accepted.json().getString("id")).containsKey("payload"))
                .isFalse();
    }

    @Test
    void runsTheMoreUrgentFirst() {
        service.submit("email", "0", "");
        Bench.Work first = service.bench("email").take();
        service.submit("email", "1", "?priority=low");
        service.submit("email", "2", "");
        service.submit("email", "3", "?priority=critical");
        service.submit("email", "4", "?priority=high");
        first.succeed("null");
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Bench.Work work = service.bench("email").take();
            order.add(work.task().payload());
            work.succeed("null");
        }
        assertThat(order).containsExactly("3", "4", "2", "1");
    }

    @Test
    void delayedWorkWaitsAndThenRuns() {
        RawResponse accepted = service.post(EMAIL + "?delay=700ms", "1");
        assertThat(accepted.json().getString("state")).isEqualTo("waiting");
        assertThat(accepted.json().getString("dueAt")).endsWith("Z");
        String id = accepted.json().getString("id");
        assertThat(service.read(EMAIL + "?state=waiting").getJsonArray("executions"))
                .hasSize(1);
        assertThat(service.bench("email").count()).isZero();
        service.bench("email").succeedAtOnce();
        awaitState(id, "succeeded");
    }

    @Test
    void takesTheLongestDelay() {
        assertThat(service.post(EMAIL + "?delay=366d", "1").json().getString("state"))
                .isEqualTo("waiting");
        assertThat(service.post(EMAIL + "?delay=0ms", "1").json().getString("state"))
                .isNotEqualTo("waiting");
    }

    // Repeating

    @Test
    void sameKeyWithSameWorkIsTheSameExecution() {
        RawResponse first = service.post(EMAIL, "{\"n\":1}", "Idempotency-Key: k-1");
        RawResponse again = service.post(EMAIL, "{\"n\":1}", "Idempotency-Key: k-1");
        assertThat(again.status()).isEqualTo(202);
        assertThat(again.header("Location")).isEqualTo(first.header("Location"));
        assertThat(service.post("/api/jobs/other/executions", "{\"n\":1}", "Idempotency-Key: k-1")
                        .header("Location"))
                .as("another job")
                .isNotEqualTo(first.header("Location"));
        assertThat(service.post(EMAIL, "{\"n\":1}", "Idempotency-Key: k-2").header("Location"))
                .isNotEqualTo(first.header("Location"));
    }

    @Test
    void sameKeyAfterTheEndAnswersWithTheOutcome() {
        service.bench("email").succeedAtOnce();
        String id = service.post(EMAIL, "1", "Idempotency-Key: k").json().getString("id");
        awaitState(id, "succeeded");
        RawResponse again = service.post(EMAIL, "1", "Idempotency-Key: k");
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json().getString("state")).isEqualTo("succeeded");
        assertThat(service.bench("email").count()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"'', 2", "?priority=high, 1", "?delay=1h, 1"})
    void sameKeyWithOtherWorkIsRefused(String query, String body) {
        service.post(EMAIL, "1", "Idempotency-Key: k");
        service.post(EMAIL + query, body, "Idempotency-Key: k").assertProblem(422, "idempotency-key-reused");
        assertThat(service.bench("email").count()).isEqualTo(1);
    }

    @Test
    void keyOfRefusedWorkIsFreeAgain() {
        String strict = "/api/jobs/strict/executions";
        service.submit("strict", "0", "");
        Bench.Work running = service.bench("strict").take();
        service.submit("strict", "1", "");
        service.post(strict, "2", "Idempotency-Key: k").assertProblem(429, "queue-full");
        running.succeed("null");
        service.bench("strict").take();
        assertThat(service.post(strict, "3", "Idempotency-Key: k").status()).isEqualTo(202);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a\tb", "256"})
    void refusesKeyThatIsNone(String key) {
        String text = key.equals("256") ? "k".repeat(256) : key;
        RawResponse answer = service.post(EMAIL, "1", "Idempotency-Key: " + text);
        assertThat(answer.assertProblem(400, "bad-parameter").json().getString("detail"))
                .contains("'Idempotency-Key'");
        assertNothingAccepted();
    }

    @Test
    void refusesTwoKeys() {
        service.post(EMAIL, "1", "Idempotency-Key: a", "Idempotency-Key: b").assertProblem(400, "bad-parameter");
        assertNothingAccepted();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\u0001b", "a\u0000b", "a\u007fb"})
    void refusesKeyWithControlCharacters(String key) {
        assertThat(service.post(EMAIL, "1", "Idempotency-Key: " + key).status()).isEqualTo(400);
        assertNothingAccepted();
    }

    @Test
    void takesKeyOfTheFullLengthWithAnyVisibleCharacter() {
        String key = "\"" + "k".repeat(250) + " ~!\"";
        assertThat(key).hasSize(255);
        RawResponse first = service.post(EMAIL, "1", "Idempotency-Key: " + key);
        assertThat(first.status()).isEqualTo(202);
        assertThat(service.post(EMAIL, "1", "Idempotency-Key: " + key).header("Location"))
                .isEqualTo(first.header("Location"));
    }

    // Waiting for the outcome

    @ParameterizedTest
    @ValueSource(strings = {"wait=10", "respond-async, wait=10", "WAIT=\"10\"; x=y", "wait=999999999"})
    void answersWithTheOutcomeWhenAsked(String preference) {
        service.bench("email").succeedAtOnce();
        RawResponse answer = service.post(EMAIL, "{\"a\":1}", "Prefer: " + preference);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().getString("state")).isEqualTo("succeeded");
        assertThat(answer.json().getJsonObject("result").getInteger("a")).isEqualTo(1);
    }

    @Test
    void answersWithTheFailureWhenAsked() {
        try (RawClient raw = new RawClient(service.port())) {
            raw.send(WorkingService.request(EMAIL, "1", "Prefer: wait=10"));
            service.bench("email").take().fail("no such mailbox");
            RawResponse answer = raw.read();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().getString("state")).isEqualTo("failed");
            assertThat(answer.json().getString("error")).contains("no such mailbox");
        }
    }

    @Test
    void answersAcceptedWhenItDoesNotEndInTime() {
        RawResponse answer = service.post(EMAIL, "1", "Prefer: wait=1");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.json().getString("state")).isIn("queued", "running");
        service.bench("email").take().succeed("null");
        awaitState(answer.json().getString("id"), "succeeded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"wait=0", "wait=-1", "wait=x", "wait", "", ",,;=", "wait=99999999999", "return=minimal"})
    void ignoresPreferenceThatMakesNoSense(String preference) {
        assertThat(service.post(EMAIL, "1", "Prefer: " + preference).status()).isEqualTo(202);
    }

    /** The connection would be closed as idle under the caller. */
    @Test
    void answersBeforeTheConnectionCountsAsIdle() {
        try (WorkingService hasty = new WorkingService(
                "{'email': {}}",
                "http.idleTimeout",
                "1500ms",
                "http.requestTimeout",
                "30s",
                "commands.timeout",
                "1s",
                "submissions.timeout",
                "1s")) {
            assertThat(hasty.post(EMAIL, "1", "Prefer: wait=60").status()).isEqualTo(202);
            assertThat(hasty.post("/api/jobs/email/stop?mode=drain&wait=60", "")
                            .json()
                            .getString("message"))
                    .contains("in flight");
        }
    }

    // A full queue

    @Test
    void fullQueueThatRejectsSaysWhenToComeBack() {
        service.submit("strict", "0", "");
        service.bench("strict").take();
        service.submit("strict", "1", "");
        RawResponse refused = service.post("/api/jobs/strict/executions", "2").assertProblem(429, "queue-full");
        assertThat(retryAfter(refused)).isBetween(1, 60);
    }

    @Test
    void droppedWorkIsToldAsSuch() {
        service.submit("oldest", "0", "");
        service.bench("oldest").take();
        service.submit("oldest", "1", "");
        RawResponse dropped = service.post("/api/jobs/oldest/executions", "2");
        assertThat(dropped.status()).isEqualTo(200);
        assertThat(dropped.json().getString("state")).isEqualTo("dropped");
        assertThat(dropped.json().getString("note")).contains("drop-write");
        assertThat(service.read(dropped.header("Location").orElseThrow()).getString("state"))
                .isEqualTo("dropped");
    }

    @Test
    void evictedWorkIsVisibleAsDropped() {
        service.submit("newest", "0", "");
        service.bench("newest").take();
        String victim = service.submit("newest", "1", "");
        String newcomer = service.submit("newest", "2", "");
        assertThat(service.execution(victim).getString("state")).isEqualTo("dropped");
        assertThat(service.execution(victim).getString("note")).contains("drop-oldest");
        assertThat(service.execution(newcomer).getString("state")).isEqualTo("queued");
    }

    @Test
    void producerWhoDoesNotWantToWaitGetsWhatIsToBeHad() {
        assertThat(service.post("/api/jobs/small/executions?timeout=0ms", "0").status())
                .isEqualTo(202);
        service.bench("small").take();
        assertThat(service.post("/api/jobs/small/executions?timeout=0ms", "1").status())
                .isEqualTo(202);
        service.post("/api/jobs/small/executions?timeout=0ms", "2").assertProblem(503, "queue-full");
    }

    private Bench.Work fillSmall() {
        service.submit("small", "0", "");
        Bench.Work running = service.bench("small").take();
        service.submit("small", "1", "");
        return running;
    }

    private void awaitWaiting(int producers) {
        await().untilAsserted(() -> assertThat(
                        service.read("/api/jobs/small").getJsonObject("queue").getInteger("waitingProducers"))
                .isEqualTo(producers));
    }

    @Test
    void producerIsHeldUntilThereIsRoom() {
        Bench.Work running = fillSmall();
        try (RawClient raw = new RawClient(service.port())) {
            raw.send(WorkingService.request("/api/jobs/small/executions?timeout=9s", "2"));
            awaitWaiting(1);
            running.succeed("null");
            RawResponse accepted = raw.read();
            assertThat(accepted.status()).isEqualTo(202);
            assertThat(accepted.json().getString("state")).isEqualTo("queued");
        }
    }

    @Test
    void producerIsToldWhenThereIsNoRoomInTime() {
        fillSmall();
        long begun = System.nanoTime();
        for (int i = 0; i < 2; i++) {
            RawResponse refused = service.post("/api/jobs/small/executions?timeout=500ms", "2")
                    .assertProblem(503, "queue-full");
            assertThat(retryAfter(refused)).isBetween(1, 60);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(10));
        assertThat(service.read("/api/jobs/small").getJsonObject("counters").getLong("accepted"))
                .isEqualTo(2);
    }

    private static String expecting(String path) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Expect: 100-continue\r\nContent-Length: 9\r\n\r\n";
    }

    @Test
    void bodyIsAskedForWhetherOrNotThereIsRoom() {
        fillSmall();
        service.post("/api/jobs/small/executions?timeout=100ms", "2").assertProblem(503, "queue-full");
        try (RawClient raw = new RawClient(service.port())) {
            raw.send(expecting("/api/jobs/small/executions?timeout=100ms"));
            assertThat(raw.read().status()).isEqualTo(100);
            raw.send("\"payload\"").read().assertProblem(503, "queue-full");
        }
    }

    /** It was accepted, and that it was is no question of room. */
    @Test
    void repeatedRequestIsAnsweredAlthoughTheQueueIsFull() {
        service.submit("small", "0", "");
        service.bench("small").take();
        String path = "/api/jobs/small/executions?timeout=9s";
        RawResponse first = service.post(path, "1", "Idempotency-Key: a");
        assertThat(first.status()).isEqualTo(202);
        try (RawClient held = new RawClient(service.port())) {
            held.send(WorkingService.request(path, "2"));
            awaitWaiting(1);
            service.post("/api/jobs/small/executions?timeout=100ms", "3").assertProblem(503, "queue-full");
            for (int i = 0; i < 3; i++) {
                RawResponse again = service.post(path, "1", "Idempotency-Key: a");
                assertThat(again.status()).as(again::toString).isEqualTo(202);
                assertThat(again.json().getString("id")).isEqualTo(first.json().getString("id"));
            }
            service.post(path, "other", "Idempotency-Key: a").assertProblem(400, "malformed-json");
            service.post(path, "2", "Idempotency-Key: a").assertProblem(422, "idempotency-key-reused");
            assertThat(held.hasSomethingToRead()).isFalse();
        }
    }

    /** Nor of how many others wait for room. */
    @Test
    void repeatedRequestIsAnsweredAlthoughEveryPlaceOnTheWayIsHeld() {
        try (WorkingService narrow = new WorkingService(JOBS, "defaultJob", "email", "submissions.maxInFlight", "1");
                RawClient held = new RawClient(narrow.port())) {
            String path = "/api/jobs/small/executions";
            assertThat(narrow.post(path, "0").status()).isEqualTo(202);
            narrow.bench("small").take();
            RawResponse first = narrow.post(path, "1", "Idempotency-Key: a");
            held.send(WorkingService.request(path + "?timeout=9s", "2"));
            await().until(() ->
                    narrow.read("/api/jobs/small").getJsonObject("queue").getInteger("waitingProducers") == 1);
            narrow.post(path + "?timeout=100ms", "3").assertProblem(503, "no-room");
            RawResponse again = narrow.post(path + "?timeout=100ms", "1", "Idempotency-Key: a");
            assertThat(again.status()).as(again::toString).isEqualTo(202);
            assertThat(again.json().getString("id")).isEqualTo(first.json().getString("id"));
            narrow.post(path + "?timeout=100ms", "3", "Idempotency-Key: b").assertProblem(503, "no-room");
            RawResponse batch =
                    narrow.post(path + "/batch?timeout=100ms", "[{\"payload\":9},{\"payload\":1,\"key\":\"a\"}]");
            assertThat(batch.body()).contains("\"status\":503", first.json().getString("id"));
        }
    }

    @Test
    void heldProducersComeInTheirOrder() {
        Bench.Work work = fillSmall();
        List<RawClient> producers = new ArrayList<>();
        for (int i = 2; i < 6; i++) {
            RawClient producer = new RawClient(service.port());
            producer.send(WorkingService.request("/api/jobs/small/executions?timeout=9s", String.valueOf(i)));
            producers.add(producer);
            awaitWaiting(i - 1);
        }
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            order.add(work.task().payload());
            work.succeed("null");
            if (i < 5) {
                work = service.bench("small").take();
            }
        }
        assertThat(order).containsExactly("0", "1", "2", "3", "4", "5");
        for (RawClient producer : producers) {
            assertThat(producer.read().status()).isEqualTo(202);
            producer.close();
        }
    }

    // Operating

    @Test
    void cancelsQueuedAndRunningWork() {
        String running = service.submit("email", "1", "");
        Bench.Work work = service.bench("email").take();
        String queued = service.submit("email", "2", "");
        String delayed = service.submit("email", "3", "?delay=1h");
        for (String id : List.of(queued, delayed)) {
            RawResponse answer = service.post("/api/executions/" + id + "/cancel", "");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().getString("state")).isEqualTo("cancelled");
            service.post("/api/executions/" + id + "/cancel", "").assertProblem(409, "wrong-state");
        }
        assertThat(service.post("/api/executions/" + running + "/cancel", "")
                        .json()
                        .getString("state"))
                .isEqualTo("running");
        await().until(work.task()::isCancelled);
        work.fail("stopped");
        awaitState(running, "cancelled");
        assertThat(service.bench("email").count()).isEqualTo(1);
    }

    @Test
    void retriesFailedWorkAndNoOther() {
        String id = service.submit("email", "{\"a\":1}", "");
        service.post("/api/executions/" + id + "/retry", "").assertProblem(409, "wrong-state");
        service.bench("email").take().fail("no such mailbox");
        awaitState(id, "failed");
        assertThat(service.post("/api/executions/" + id + "/retry", "").status())
                .isEqualTo(200);
        Bench.Work again = service.bench("email").take();
        assertThat(again.task().attempt().number()).isEqualTo(2);
        assertThat(again.task().payload()).isEqualTo("{\"a\":1}");
        again.succeed("true");
        awaitState(id, "succeeded");
        assertThat(service.execution(id).getInteger("attempt")).isEqualTo(2);
        assertThat(service.execution(id).containsKey("error")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"succeeded", "cancelled", "queued", "waiting"})
    void listsExecutionsPageByPage(String state) {
        if (state.equals("succeeded")) {
            service.bench("email").succeedAtOnce();
        } else {
            service.post("/api/jobs/email/stop", "");
        }
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            String query = state.equals("waiting") ? "?delay=1h" : i % 5 == 0 ? "?priority=high" : "";
            ids.add(service.submit("email", "\"payload\"", query));
        }
        if (state.equals("cancelled")) {
            service.post("/api/jobs/email/purge", "");
        }
        await().untilAsserted(() -> assertThat(
                        service.read(EMAIL + "?limit=1000&state=" + state).getJsonArray("executions"))
                .hasSize(25));
        List<String> seen = new ArrayList<>();
        int pages = 0;
        String cursor = "";
        do {
            JsonObject page = service.read(EMAIL + "?limit=10&state=" + state + cursor);
            page.getJsonArray("executions").forEach(item -> {
                JsonObject execution = (JsonObject) item;
                assertThat(execution.getString("state")).isEqualTo(state);
                assertThat(execution.containsKey("payload")).isFalse();
                seen.add(execution.getString("id"));
            });
            String next = page.getString("cursor");
            cursor = next == null ? "" : "&cursor=" + next;
            pages++;
        } while (!cursor.isEmpty() && pages < 10);
        assertThat(pages).isEqualTo(3);
        assertThat(seen).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(ids);
        if (state.equals("succeeded") || state.equals("waiting")) {
            assertThat(seen).isEqualTo(ids);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "0123456789abc",
                "zzzzzzzzzzzzz",
                "0123456789ABC",
                "0123456789abu",
                "01234567%2089ab",
                "%ff%ff",
                "%C3%A4",
                "...",
                "7zzzzzzzzzzzz",
                "-123456789abc"
            })
    void unknownExecutionIsNotFound(String id) {
        service.get("/api/executions/" + id).assertProblem(404, "unknown-execution");
        service.post("/api/executions/" + id + "/cancel", "").assertProblem(404, "unknown-execution");
        service.post("/api/executions/" + id + "/retry", "").assertProblem(404, "unknown-execution");
    }

    // Bad input

    private void assertNothingAccepted() {
        assertThat(service.read("/api/jobs/email").getJsonObject("counters").getLong("accepted"))
                .as("accepted")
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "priority=urgent,        priority",
        "priority=,              priority",
        "priority=1,             priority",
        "priority=low&priority=low, priority",
        "delay=5,                delay",
        "delay=-5s,              delay",
        "delay=1.5s,             delay",
        "delay=367d,             delay",
        "delay=9999999999d,      delay",
        "delay=999999999d,       delay",
        "delay=5%20s,            delay",
        "timeout=soon,           timeout",
        "timeout=10s,            timeout",
        "timeout=-1ms,           timeout",
        "timeout=1h,             timeout",
        "wait=5,                 wait",
        "key=1,                  key",
        "state=queued,           state"
    })
    void refusesBadParameterAndNamesIt(String query, String name) {
        RawResponse answer = service.post(EMAIL + "?" + query, "1");
        assertThat(answer.assertProblem(400, "bad-parameter").json().getString("detail"))
                .contains("'" + name + "'");
        assertNothingAccepted();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "}",
                "[1,]",
                "{\"a\":1,}",
                "{'a':1}",
                "{a:1}",
                "01",
                "+1",
                "1.",
                ".5",
                "NaN",
                "Infinity",
                "-Infinity",
                "tru",
                "nul",
                "\"",
                "\"\\x\"",
                "\"a\nb\"",
                "\"\u0000\"",
                "\u0000",
                "1\u0000",
                "\ufeff{}",
                "{} {}",
                "1 2",
                "{}]",
                "// comment\n1",
                "{\"a\":1,\"a\":2}",
                "[{\"a\":{\"b\":1,\"c\":2,\"b\":3}}]",
                " ",
                "\n",
                "hello",
                "<xml/>",
                "a=1&b=2"
            })
    void refusesWhatIsNoJson(String body) {
        service.post(EMAIL, body).assertProblem(400, "malformed-json");
        assertNothingAccepted();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":"})
    void refusesNestingThatIsTooDeep(String open) {
        String close = open.equals("[") ? "]" : "}";
        for (int depth : new int[] {101, 10_000}) {
            String body = open.repeat(depth) + "1" + close.repeat(depth);
            RawResponse answer = service.post(EMAIL, body).assertProblem(400, "malformed-json");
            assertThat(answer.json().getString("detail")).contains("100 levels");
        }
        assertNothingAccepted();
        assertThat(service.post(EMAIL, open.repeat(100) + "1" + close.repeat(100))
                        .status())
                .isEqualTo(202);
    }

    /** Java has no type for them, nor has the bus: its worker would never get them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e9999999999",
                "-1.5E+1000000000",
                "[1e-9999999999]",
                "{\"a\":[{\"b\":0.1e00000000001234567890}]}"
            })
    void refusesExponentsThatNoWorkerCouldBeSent(String payload) {
        RawResponse answer = service.post(EMAIL, payload).assertProblem(400, "malformed-json");
        assertThat(answer.json().getString("detail"))
                .startsWith("The body may have exponents of 9 digits, and goes beyond (column ");
        assertThat(service.post(EMAIL + "/batch", "[{\"payload\":" + payload + "}]")
                        .body())
                .contains("\"status\":400", "malformed-json", "may have exponents of 9 digits");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e999999999", "1E-999999999", "1e0000000000000000000007", "1.5e+3", "0e0", "[-0.0]"})
    void takesExponentsThatJavaHasATypeFor(String payload) {
        assertThat(service.post(EMAIL, payload).status()).isEqualTo(202);
    }

    @Test
    void refusesNumbersAndNamesBeyondReason() {
        service.post(EMAIL, "1".repeat(1_001)).assertProblem(400, "malformed-json");
        service.post(EMAIL, "[0." + "1".repeat(100_000) + "]").assertProblem(400, "malformed-json");
        service.post(EMAIL, "{\"" + "a".repeat(60_000) + "\":1}").assertProblem(400, "malformed-json");
        assertNothingAccepted();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"\u00ff\"",
                "\"\u00c3\"",
                "\"\u00ed\u00a0\u0080\"",
                "\"\u00c0\u0080\"",
                "\"\u00f4\u0090\u0080\u0080\"",
                "\u00ff\u00fe1\u0000"
            })
    void refusesBytesThatAreNoUtf8(String bytes) {
        RawResponse answer = RawClient.exchange(
                service.port(),
                "POST " + EMAIL + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                        + bytes.length() + "\r\n\r\n" + bytes);
        answer.assertProblem(400, "malformed-json");
        assertNothingAccepted();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/xml",
                "application/x-ndjson",
                "text/json",
                "application/jsonx",
                "application/json, text/plain",
                ";",
                ""
            })
    void refusesOtherTypesThanJson(String type) {
        service.post(EMAIL, "1", "Content-Type: " + type).assertProblem(415, "unsupported-media-type");
        assertNothingAccepted();
    }

    @Test
    void refusesBodyWithoutType() {
        RawResponse answer = RawClient.exchange(
                service.port(), "POST " + EMAIL + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n1");
        answer.assertProblem(415, "unsupported-media-type");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "Application/JSON",
                "application/json;charset=utf-8",
                "application/json ; x=y"
            })
    void takesJsonHoweverItsTypeIsWritten(String type) {
        assertThat(service.post(EMAIL, "1", "Content-Type: " + type).status()).isEqualTo(202);
    }

    @Test
    void refusesBodyThatIsTooLarge() {
        service.post(EMAIL, "\"" + "a".repeat(1_048_576) + "\"").assertProblem(413, "body-too-large");
        assertNothingAccepted();
        String largest = "\"" + "a".repeat(1_048_574) + "\"";
        assertThat(service.post(EMAIL, largest).status()).isEqualTo(202);
        assertThat(service.bench("email").take().task().payload()).isEqualTo(largest);
    }

    @Test
    void bodyThatBreaksOffIsNotAccepted() {
        try (RawClient raw = new RawClient(service.port())) {
            raw.send("POST " + EMAIL + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 10\r\n\r\n[1,2]");
            raw.reset();
        }
        assertNothingAccepted();
    }

    @Test
    void pathsMayBeInAnyCaseHereToo() {
        assertThat(service.post("/API/Jobs/email/Executions/?priority=high", "1")
                        .json()
                        .getString("priority"))
                .isEqualTo("high");
    }

    @Test
    void takesManyAtOnceOverManyConnections() {
        service.bench("email").succeedAtOnce();
        List<RawClient> producers = new ArrayList<>();
        String request = WorkingService.request(EMAIL, "{\"a\":1}");
        for (int i = 0; i < 20; i++) {
            producers.add(new RawClient(service.port()).send(String.join("", Collections.nCopies(10, request))));
        }
        for (RawClient producer : producers) {
            for (int i = 0; i < 10; i++) {
                assertThat(producer.read().status()).isIn(200, 202);
            }
            producer.close();
        }
        await().untilAsserted(() -> assertThat(service.read("/api/jobs/email")
                        .getJsonObject("counters")
                        .getLong("succeeded"))
                .isEqualTo(200));
    }
}

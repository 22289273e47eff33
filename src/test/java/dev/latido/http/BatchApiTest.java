package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.Service;
import dev.latido.Services;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What those may rely on who hand in much work at once. */
class BatchApiTest {

    private static final String JOBS = """
            {'email': {'queue': {'capacity': 20000}},
             'small': {'queue': {'capacity': 3}},
             'strict': {'queue': {'capacity': 3, 'whenFull': 'reject'}}}""";

    private static final String BATCH = "/api/jobs/email/executions/batch";
    private static final String NDJSON = "Content-Type: application/x-ndjson";

    private final WorkingService service = new WorkingService(JOBS, "defaultJob", "email");

    @AfterEach
    void stop() {
        service.close();
    }

    private List<JsonObject> array(RawResponse answer) {
        assertThat(answer.status()).as(answer::toString).isEqualTo(200);
        assertThat(answer.header("Content-Type")).contains("application/json; charset=utf-8");
        return inOrder(new JsonArray(answer.body())
                .stream().map(JsonObject.class::cast).toList());
    }

    private List<JsonObject> lines(RawResponse answer) {
        assertThat(answer.status()).as(answer::toString).isEqualTo(200);
        assertThat(answer.header("Content-Type")).contains("application/x-ndjson");
        assertThat(answer.body()).endsWith("}\n");
        return inOrder(answer.body().lines().map(JsonObject::new).collect(Collectors.toCollection(ArrayList::new)));
    }

    private static List<JsonObject> inOrder(List<JsonObject> items) {
        for (int i = 0; i < items.size(); i++) {
            assertThat(items.get(i).getInteger("index")).isEqualTo(i);
        }
        return items;
    }

    private static List<Integer> statuses(List<JsonObject> items) {
        return items.stream().map(item -> item.getInteger("status")).toList();
    }

    private JsonObject counters() {
        return service.read("/api/jobs/email").getJsonObject("counters");
    }

    @Test
    void takesAnArrayAndAnswersItemByItem() {
        List<JsonObject> items = array(service.post(
                BATCH + "?priority=low",
                "[{\"payload\": {\"n\": 1}}, {\"payload\": 2, \"priority\": \"high\"}, {\"delay\": \"1h\"}, {}]"));
        assertThat(statuses(items)).containsOnly(202).hasSize(4);
        assertThat(items.get(2).getString("state")).isEqualTo("waiting");
        assertThat(service.execution(items.get(0).getString("id")).getString("priority"))
                .isEqualTo("low");
        assertThat(service.execution(items.get(1).getString("id")).getString("priority"))
                .isEqualTo("high");
        assertThat(service.execution(items.get(3).getString("id")).containsKey("payload"))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"'\n'", "'\r\n'", "'\n\n  \n'"})
    void takesLinesAndAnswersLineByLine(String separator) {
        List<JsonObject> items = lines(service.post(
                BATCH, String.join(separator, "{\"payload\":1}", "{\"payload\":2}", "{\"payload\":3}"), NDJSON));
        assertThat(statuses(items)).containsExactly(202, 202, 202);
        List<String> payloads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Bench.Work work = service.bench("email").take();
            payloads.add(work.task().payload());
            work.succeed("null");
        }
        assertThat(payloads).containsExactly("1", "2", "3");
    }

    @Test
    void keepsPayloadsToTheLastCharacter() {
        List<String> payloads = List.of(
                "1e400",
                "-0.0",
                "0.12345678901234567890123456789",
                "123456789012345678901234567890",
                "\"a\\u0041\\n\"",
                "\"\\ud800\"",
                "[1, [ ], {\"a\" : [ ] }]",
                "{ \"payload\": {\"payload\": null} }",
                "\"" + "x".repeat(40_000) + "\"",
                "true",
                "\"ä 漢 😀\"",
                "[\"" + "y".repeat(70_000) + "\" , 0.5 ]",
                "7");
        String array = payloads.stream()
                .map(payload -> "{\"key\": null, \"payload\" : " + payload + " , \"priority\":\"normal\"}")
                .collect(Collectors.joining(" ,\n ", " [ ", " ] "));
        String lines = payloads.stream()
                .map(payload -> "{\"payload\":" + payload + "}")
                .collect(Collectors.joining("\n"));
        assertThat(statuses(array(service.post(BATCH, array)))).containsOnly(202);
        assertThat(statuses(lines(service.post(BATCH, lines, NDJSON)))).containsOnly(202);
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < 2 * payloads.size(); i++) {
            Bench.Work work = service.bench("email").take();
            seen.add(work.task().payload());
            work.succeed("null");
        }
        assertThat(seen.subList(0, payloads.size())).isEqualTo(payloads);
        assertThat(seen.subList(payloads.size(), seen.size())).isEqualTo(payloads);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "1                                          | 400 | object",
                "null                                       | 400 | object",
                "[]                                         | 400 | object",
                "[[1],{\"a\":2}]                            | 400 | object",
                "{\"paylod\":{\"payload\":1}}               | 422 | paylod",
                "{\"priority\":\"urgent\"}                  | 422 | priority",
                "{\"priority\":[1,2]}                       | 422 | priority",
                "{\"delay\":5}                              | 422 | delay",
                "{\"delay\":\"-1s\"}                        | 422 | delay",
                "{\"delay\":\"367d\"}                       | 422 | delay",
                "{\"delay\":{\"a\":{\"b\":[1]}},\"payload\":{}} | 422 | delay",
                "{\"key\":\"\"}                             | 422 | key",
                "{\"key\":7}                                | 422 | key",
                "{\"key\":\"a\\u0000b\"}                    | 422 | key",
                "{\"key\":\"a\\ud800b\"}                    | 422 | key",
                "{\"\\ud800\\u0000\":1}                     | 422 | Unknown field",
                "{\"wait\":1}                               | 422 | wait"
            })
    void badItemDoesNotHurtTheOthers(String bad, int status, String named) {
        String good = "{\"payload\":[{\"a\":1}]}";
        for (List<JsonObject> items : List.of(
                array(service.post(BATCH, "[" + good + "," + bad + "," + good + "]")),
                lines(service.post(BATCH, good + "\n" + bad + "\n" + good, NDJSON)))) {
            assertThat(statuses(items)).containsExactly(202, status, 202);
            assertThat(items.get(1).getString("type")).startsWith("urn:latido:problem:");
            assertThat(items.get(1).getString("detail")).contains(named).endsWith(".");
        }
        assertThat(counters().getLong("accepted")).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{}{}",
                "{} x",
                "nope",
                "{\"payload\":1,\"payload\":2}",
                "{\"payload\":01}",
                "\ufeff{}",
                "{\"payload\":\"\u0000\"}"
            })
    void lineThatIsNoJsonDoesNotHurtTheOthers(String bad) {
        List<JsonObject> items = lines(service.post(BATCH, "{\"payload\":1}\n" + bad + "\n{\"payload\":2}", NDJSON));
        assertThat(statuses(items)).containsExactly(202, 400, 202);
        assertThat(items.get(1).getString("detail")).startsWith("The line ").doesNotContain("(line");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "[]", "{}", "null", "[{}", "[{}]]", "[{},]", "[{}] [{}]", "\ufeff[{}]", "\"[]\""})
    void refusesArrayThatIsNoneOrEmpty(String body) {
        service.post(BATCH, body, "Content-Type: application/json").assertProblem(400, "malformed-json");
        assertThat(counters().getLong("accepted")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", " \r\n \n"})
    void refusesNoLines(String body) {
        service.post(BATCH, body, NDJSON).assertProblem(400, "malformed-json");
    }

    @Test
    void refusesNestingThatIsTooDeep() {
        String deep = "[".repeat(200) + "]".repeat(200);
        assertThat(statuses(array(service.post(BATCH, "[{},{\"payload\":" + deep + "}]"))))
                .containsExactly(202, 400);
        assertThat(statuses(lines(service.post(BATCH, "{}\n{\"payload\":" + deep + "}", NDJSON))))
                .containsExactly(202, 400);
    }

    @Test
    void takesPayloadsOfTheSameDepthWhereverTheyStand() {
        for (int depth = JsonText.MAX_DEPTH - 1; depth <= JsonText.MAX_DEPTH + 1; depth++) {
            String payload = "[".repeat(depth) + "]".repeat(depth);
            int expected = depth > JsonText.MAX_DEPTH ? 400 : 202;
            assertThat(service.post("/api/jobs/email/executions", payload).status())
                    .as("%d levels", depth)
                    .isEqualTo(expected);
            assertThat(statuses(array(service.post(BATCH, "[{\"payload\":" + payload + "}]"))))
                    .containsExactly(expected);
            assertThat(statuses(lines(service.post(BATCH, "{\"payload\":" + payload + "}", NDJSON))))
                    .containsExactly(expected);
        }
    }

    /** Whatever an item is, it gets an answer of its own, and the others are accepted. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"payload\":1,\"payload\":2}",
                "{\"payload\":{\"a\":1,\"a\":2}}",
                "{\"payload\":NaN}",
                "{\"payload\":-Infinity}",
                "{\"payload\":01}",
                "{\"payload\":1.}",
                "{\"payload\":'x'}",
                "{\"payload\":\"\\x\"}",
                "{\"payload\":\"a\tb\"}",
                "{\"payload\":tru}",
                "{\"payload\":}",
                "{payload:1}",
                "{\"payload\":1,}",
                "{\"payload\":[1,,2]}",
                "{} {}",
                "{} x",
                "NaN",
                "nonsense",
                "[[1]]",
                "{\"key\":\"\"}",
                "\"],[\""
            })
    void answersABadItemAloneInAnArray(String bad) {
        String good = "{\"payload\":\"a],[{,\\\"\"}";
        List<JsonObject> items = array(service.post(BATCH, "[" + good + " , " + bad + ",{} ] "));

        assertThat(items).hasSize(3);
        assertThat(items.get(0).getInteger("status")).isEqualTo(202);
        assertThat(items.get(1).getInteger("status")).isIn(400, 422);
        assertThat(items.get(1).getString("detail")).isNotEmpty();
        assertThat(items.get(2).getInteger("status")).isEqualTo(202);
        assertThat(service.execution(items.get(0).getString("id")).getString("payload"))
                .isEqualTo("a],[{,\"");
    }

    /** What cannot be told apart into items is refused as a whole, and nothing of it is accepted. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{},]",
                "[,{}]",
                "[{},,{}]",
                "[{}",
                "[{}}",
                "[{]",
                "[{\"payload\":\"x}]",
                "[{}]]",
                "[{}] {}",
                "{}",
                "[[]"
            })
    void refusesAnArrayThatIsBrokenItself(String body) {
        service.post(BATCH, body, "Content-Type: application/json").assertProblem(400, "malformed-json");
        assertThat(counters().getLong("accepted")).isZero();
    }

    @Test
    void refusesBytesThatAreNoUtf8() {
        RawResponse answer = RawClient.exchange(
                service.port(),
                "POST " + BATCH + " HTTP/1.1\r\nHost: localhost\r\n" + NDJSON
                        + "\r\nContent-Length: 16\r\n\r\n{}\n{\"payload\":\"\u00ff\"");
        answer.assertProblem(400, "malformed-json");
        assertThat(counters().getLong("accepted")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/ndjson", "application/xml"})
    void refusesOtherTypes(String type) {
        service.post(BATCH, "[{}]", "Content-Type: " + type).assertProblem(415, "unsupported-media-type");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[{}]", "[1]", "[{\"x\":1},{\"x\":2}]"})
    void unknownJobRefusesTheWhole(String body) {
        service.post("/api/jobs/nope/executions/batch", body).assertProblem(404, "unknown-job");
    }

    @Test
    void keysAreInItemsAndNotInTheHeader() {
        String body = "[{\"key\":\"a\",\"payload\":1},{\"key\":\"b\",\"payload\":1},{\"key\":\"a\",\"payload\":1},"
                + "{\"key\":\"a\",\"payload\":2}]";
        List<JsonObject> items = array(service.post(BATCH, body));
        assertThat(statuses(items)).containsExactly(202, 202, 202, 422);
        assertThat(items.get(2).getString("id")).isEqualTo(items.get(0).getString("id"));
        assertThat(items.get(1).getString("id")).isNotEqualTo(items.get(0).getString("id"));
        assertThat(items.get(3).getString("type")).endsWith("idempotency-key-reused");
        List<JsonObject> again = array(service.post(BATCH, body));
        assertThat(again.get(0).getString("id")).isEqualTo(items.get(0).getString("id"));
        assertThat(counters().getLong("accepted")).isEqualTo(2);

        RawResponse answer = service.post(BATCH, "[{}]", "Idempotency-Key: k").assertProblem(400, "bad-parameter");
        assertThat(answer.json().getString("detail")).contains("'Idempotency-Key'", "'key'");
    }

    private static String items(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "{\"payload\":" + i + "}")
                .collect(Collectors.joining("\n"));
    }

    @Test
    void takesTenThousandAtOnceAndNotOneMore() {
        long begun = System.nanoTime();
        List<JsonObject> items = lines(service.post(BATCH, items(10_000), NDJSON));
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        assertThat(items).hasSize(10_000);
        assertThat(statuses(items)).containsOnly(202);
        assertThat(counters().getLong("accepted")).isEqualTo(10_000);
        service.post(BATCH, items(10_001), NDJSON).assertProblem(413, "batch-too-large");
        service.post(BATCH, "[" + items(10_001).replace('\n', ',') + "]").assertProblem(413, "batch-too-large");
        assertThat(counters().getLong("accepted")).isEqualTo(10_000);
    }

    @Test
    void realServiceWorksOffWhatItAccepted() {
        Service real = Services.start(
                WorkingService.json("{'defaultJob': 'email', 'jobs': {'email': {'concurrency': 100}}}"),
                "http.requestTimeout",
                "1m",
                "submissions.timeout",
                "30s"); // each has to be stored twice, whatever else the disk has to do
        try {
            RawResponse answer = RawClient.exchange(real.port(), WorkingService.request(BATCH, items(5_000), NDJSON));
            assertThat(statuses(lines(answer))).isSubsetOf(200, 202);
            await().atMost(Duration.ofMinutes(1))
                    .untilAsserted(() -> assertThat(RawClient.exchange(
                                            real.port(), "GET /api/jobs/email HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                    .json()
                                    .getJsonObject("counters")
                                    .getLong("succeeded"))
                            .isEqualTo(5_000));
        } finally {
            real.stop();
        }
    }

    @Test
    void itemsThatFindNoRoomInTimeAreToldEach() {
        List<JsonObject> items =
                lines(service.post("/api/jobs/small/executions/batch?timeout=700ms", items(600), NDJSON));
        assertThat(items).hasSize(600);
        assertThat(statuses(items.subList(0, 4))).containsOnly(202); // one running, three queued
        assertThat(statuses(items.subList(4, 600))).containsOnly(503);
        assertThat(items.get(599).getString("type")).endsWith("queue-full");
        assertThat(service.read("/api/jobs/small").getJsonObject("counters").getLong("accepted"))
                .isEqualTo(4);
    }

    @Test
    void itemsThatWereAcceptedBeforeAreToldSoHoweverLate() {
        service.submit("small", "0", "");
        service.bench("small").take();
        String known = "{\"payload\":1,\"key\":\"known\"}";
        String path = "/api/jobs/small/executions/batch?timeout=300ms";
        List<JsonObject> before = lines(service.post(path, known + "\n{}\n{}", NDJSON));
        assertThat(statuses(before)).containsOnly(202);

        List<JsonObject> items = lines(service.post(path, items(600) + "\n" + known + "\n" + items(300), NDJSON));

        assertThat(items.get(600).getInteger("status")).isEqualTo(202);
        assertThat(items.get(600).getString("id")).isEqualTo(before.get(0).getString("id"));
        items.remove(600);
        assertThat(statuses(items)).containsOnly(503);
        assertThat(items).allMatch(item -> item.getString("type").endsWith("queue-full"));
    }

    @Test
    void itemsAreHeldUntilThereIsRoom() {
        service.bench("small").succeedAtOnce();
        List<JsonObject> items =
                lines(service.post("/api/jobs/small/executions/batch?timeout=9s", items(1_000), NDJSON));
        assertThat(statuses(items)).hasSize(1_000).isSubsetOf(200, 202);
    }

    @Test
    void queueThatRejectsRefusesItemByItem() {
        List<JsonObject> items = array(service.post("/api/jobs/strict/executions/batch", "[{},{},{},{},{},{}]"));
        assertThat(statuses(items)).contains(202, 429).hasSize(6);
        assertThat(statuses(items).get(0)).isEqualTo(202);
        assertThat(items.get(5).getString("type")).endsWith("queue-full");
    }
}

package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Looking for executions over HTTP, and doing something with those that are found. */
class SearchApiTest {

    private static final String JOBS = """
            {'mail': {'queue': {'capacity': 5000}}, 'held': {'autoStart': false, 'queue': {'capacity': 5000}},
             'small': {'queue': {'capacity': 2, 'whenFull': 'reject'}}}""";

    private final WorkingService service = new WorkingService(JOBS);

    @AfterEach
    void stop() {
        service.close();
    }

    private List<String> found(String query) {
        return ids(service.read("/api/executions?" + query));
    }

    private static List<String> ids(JsonObject page) {
        return page.getJsonArray("executions").stream()
                .map(item -> ((JsonObject) item).getString("id"))
                .toList();
    }

    private JsonObject act(String verb, String query) {
        RawResponse answer = service.post("/api/bulk/" + verb + "?" + query, "");
        assertThat(answer.status()).as(answer::toString).isEqualTo(200);
        return answer.json();
    }

    private void batch(String job, int count, String payload) {
        JsonArray items = new JsonArray();
        for (int i = 0; i < count; i++) {
            items.add(new JsonObject().put("payload", payload + i));
        }
        assertThat(service.post("/api/jobs/" + job + "/executions/batch", items.encode())
                        .status())
                .isBetween(200, 299);
    }

    private String fail(String job, String error) {
        String id = service.submit(job, "1", "");
        service.bench(job).take().fail(error);
        await().until(() -> service.execution(id).getString("state").equals("failed"));
        return id;
    }

    @Test
    void findsByWhatIsKnownOfIt() {
        String first = service.submit("held", "{\"to\":\"ada\",\"n\":[1,42]}", "");
        RawResponse keyed = service.post("/api/jobs/held/executions", "{\"to\":\"bob\"}", "Idempotency-Key: order 7/é");
        String second = keyed.json().getString("id");
        String failed = fail("mail", "No such mailbox");

        assertThat(found("job=held")).containsExactly(first, second);
        assertThat(found("state=failed&state=queued")).containsExactlyInAnyOrder(first, second, failed);
        assertThat(found("state=failed")).containsExactly(failed);
        assertThat(found("key=order%207/%C3%A9")).containsExactly(second);
        assertThat(found("error=such%20mail")).containsExactly(failed);
        assertThat(found("at=/to&value=ada")).containsExactly(first);
        assertThat(found("at=/n/1&value=42")).containsExactly(first);
        assertThat(found("value=bob")).containsExactly(second);
        assertThat(found("until=2000-01-01T00:00:00Z")).isEmpty();
        assertThat(found("since=2000-01-01T00:00:00Z")).hasSize(3);
        JsonObject all = service.read("/api/executions");
        assertThat(all.getInteger("looked")).isEqualTo(3);
        assertThat(all.getInteger("of")).isEqualTo(3);
        assertThat(all.getValue("cursor")).isNull();
        assertThat(all.getJsonArray("executions").getJsonObject(0).containsKey("payload"))
                .isFalse();
    }

    @Test
    void goesOnFromACursor() {
        batch("held", 250, "x");
        List<String> all = new ArrayList<>();
        String cursor = "";
        int pages = 0;
        do {
            JsonObject page = service.read("/api/executions?job=held&limit=100" + cursor);
            all.addAll(ids(page));
            cursor = page.getString("cursor") == null ? null : "&cursor=" + page.getString("cursor");
            pages++;
        } while (cursor != null);

        assertThat(all).hasSize(250).doesNotHaveDuplicates();
        assertThat(pages).isEqualTo(3);
    }

    @Test
    void countsAndThenCancelsThoseThatWereCounted() {
        batch("held", 600, "a");
        batch("held", 300, "b");
        JsonObject count = act("cancel", "value=%22a&dryRun=true");
        assertThat(count.getInteger("matched")).isEqualTo(600);
        assertThat(count.getInteger("changed")).isZero();
        assertThat(found("state=cancelled")).isEmpty();
        String until = Instant.now().toString();
        await().until(() -> Instant.now().isAfter(Instant.parse(until).plusMillis(2)));
        service.submit("held", "\"a-later\"", "");

        JsonObject done = act("cancel", "value=%22a&until=" + until);

        assertThat(done.getInteger("changed")).isEqualTo(600);
        assertThat(done.getInteger("skipped")).isZero();
        assertThat(done.getValue("cursor")).isNull();
        assertThat(service.read("/api/executions?job=held&state=queued&limit=1000")
                        .getInteger("matched"))
                .isEqualTo(301);
        assertThat(act("cancel", "value=%22a&until=" + until).getInteger("matched"))
                .as("nothing is left")
                .isZero();
    }

    @Test
    void retriesWhatFailedAndSaysWhyTheRestWasSkipped() {
        for (int i = 0; i < 4; i++) {
            fail("small", "no such mailbox");
        }
        fail("small", "another");
        service.submit("small", "1", "");
        service.bench("small").take(); // one runs, so that the queue's two places are all there is

        JsonObject done = act("retry", "job=small&error=mailbox");

        assertThat(done.getInteger("matched")).isEqualTo(4);
        assertThat(done.getInteger("changed")).isEqualTo(2);
        assertThat(done.getInteger("skipped")).isEqualTo(2);
        assertThat(done.getString("why")).contains("full");
        assertThat(found("state=failed")).hasSize(3);
    }

    @Test
    void tellsRunningOnesToEnd() {
        String running = service.submit("mail", "1", "");
        service.bench("mail").take();
        String queued = service.submit("mail", "1", "");
        JsonObject done = act("cancel", "job=mail");

        assertThat(done.getInteger("changed")).isEqualTo(2);
        assertThat(service.execution(queued).getString("state")).isEqualTo("cancelled");
        assertThat(service.execution(running).getString("note")).isEqualTo("told to end");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            GET  | /executions?state=done                     | 'state' must be one of waiting, queued, running
            GET  | /executions?state=failed&state=            | 'state' must be one of
            GET  | /executions?at=/a                          | 'at' says where in the payload 'value' is
            GET  | /executions?at=a&value=1                   | 'at' must be a JSON pointer
            GET  | /executions?value=                         | 'value' must have 1 to 256 characters
            GET  | /executions?since=yesterday                | 'since' must be a UTC time
            GET  | /executions?until=1                        | 'until' must be a UTC time
            GET  | /executions?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z | 'until' must be later than 'since'
            GET  | /executions?limit=0                        | 'limit' must be a whole number
            GET  | /executions?limit=1001                     | 'limit' must be a whole number
            GET  | /executions?job=a&job=b                    | 'job' is given twice
            GET  | /executions?name=a                         | Unknown query parameter 'name'
            GET  | /executions?dryRun=true                    | Unknown query parameter 'dryRun'
            POST | /bulk/cancel?state=failed            | 'state' must be one of waiting, queued, running.
            POST | /bulk/retry?state=queued             | 'state' must be one of failed.
            POST | /bulk/retry?dryRun=yes               | 'dryRun' must be true or false
            """)
    void namesTheParameterThatIsWrong(String method, String rest, String detail) {
        String path = "/api" + rest;
        RawResponse answer = method.equals("GET") ? service.get(path) : service.post(path, "");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().getString("type")).isEqualTo("urn:latido:problem:bad-parameter");
        assertThat(answer.json().getString("detail")).contains(detail);
    }

    @Test
    void namesATextThatIsTooLong() {
        for (String name : List.of("key", "error", "value")) {
            RawResponse answer = service.get("/api/executions?" + name + "=" + "x".repeat(257));
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().getString("detail")).contains("'" + name + "' must have");
        }
    }

    @Test
    void knowsNoOtherJobNorCursor() {
        assertThat(service.get("/api/executions?job=none").status()).isEqualTo(404);
        assertThat(service.post("/api/bulk/cancel?job=none", "").status()).isEqualTo(404);
        assertThat(service.get("/api/executions?cursor=x").status()).isEqualTo(422);
    }

    @Test
    void isAskedOverTheBusToo() {
        String failed = fail("mail", "No such mailbox");
        JsonObject answer = service.ask(
                "latido.control",
                new JsonObject()
                        .put("type", "FindExecutions")
                        .put("states", new JsonArray().add("failed"))
                        .put("error", "mailbox"));
        assertThat(ids(answer)).containsExactly(failed);
    }
}

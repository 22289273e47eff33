package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people who look at many jobs or at what has ended may rely on. */
class ReadingApiTest {

    private static final String JOBS = """
            {'mail-in': {}, 'mail-out': {'autoStart': false, 'queue': {'capacity': 5}}, 'report': {}}""";

    private final WorkingService service = new WorkingService(JOBS, "defaultJob", "report");

    @AfterEach
    void stop() {
        service.close();
    }

    private List<String> jobs(String query) {
        return texts(service.read("/api/jobs?" + query), "jobs", "name");
    }

    private static List<String> texts(JsonObject page, String list, String field) {
        return page.getJsonArray(list).stream()
                .map(item -> ((JsonObject) item).getString(field))
                .toList();
    }

    private String fail(String job) {
        String id = service.submit(job, "1", "");
        service.bench(job).take().fail("no");
        awaitState(id, "failed");
        return id;
    }

    private String succeed(String job) {
        String id = service.submit(job, "1", "");
        service.bench(job).take().succeed("2");
        awaitState(id, "succeeded");
        return id;
    }

    private void awaitState(String id, String state) {
        await().until(() -> service.execution(id).getString("state").equals(state));
    }

    @Test
    void findsJobsByPartOfTheirName() {
        assertThat(jobs("name=mail")).containsExactly("mail-in", "mail-out");
        assertThat(jobs("name=-out")).containsExactly("mail-out");
        assertThat(jobs("name=Mail")).isEmpty();
        assertThat(jobs("name=%3Cimg%20src%3Dx%3E")).isEmpty();
        assertThat(jobs("name=")).hasSize(3);
    }

    @Test
    void findsJobsByHowTheyStand() {
        assertThat(jobs("only=any")).hasSize(3);
        assertThat(jobs("only=running")).containsExactly("mail-in", "report");
        assertThat(jobs("only=stopped")).containsExactly("mail-out");
        assertThat(jobs("only=degraded")).isEmpty();
        assertThat(jobs("only=failed")).isEmpty();
        fail("mail-in");
        for (int i = 0; i < 4; i++) {
            service.submit("mail-out", "1", "");
        }
        assertThat(jobs("only=failed")).containsExactly("mail-in");
        assertThat(jobs("only=degraded")).containsExactly("mail-out");
        assertThat(jobs("only=degraded&name=mail-in")).isEmpty();
    }

    @Test
    void countsNoJobThatIsNotMeantAsPartOfAPage() {
        JsonObject first = service.read("/api/jobs?name=mail&limit=1");
        assertThat(texts(first, "jobs", "name")).containsExactly("mail-in");
        JsonObject second = service.read("/api/jobs?name=mail&limit=1&cursor=" + first.getString("cursor"));
        assertThat(texts(second, "jobs", "name")).containsExactly("mail-out");
        assertThat(second.getValue("cursor")).isNull();
    }

    @Test
    void showsWhatHasEndedTheLatestFirst() {
        List<String> ended = new ArrayList<>();
        ended.add(0, succeed("report"));
        ended.add(0, fail("report"));
        ended.add(0, succeed("report"));
        String queued = service.submit("report", "1", "?delay=1h");
        service.post("/api/executions/" + queued + "/cancel", "");
        ended.add(0, queued);
        JsonObject page = service.read("/api/jobs/report/history");
        assertThat(texts(page, "executions", "id")).isEqualTo(ended);
        assertThat(texts(page, "executions", "state")).containsExactly("cancelled", "succeeded", "failed", "succeeded");
        assertThat(page.getJsonArray("executions").getJsonObject(1).containsKey("payload"))
                .isFalse();
        assertThat(page.getValue("cursor")).isNull();
    }

    @Test
    void readsAHistoryPageByPage() {
        List<String> ended = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            ended.add(0, i % 3 == 0 ? fail("report") : succeed("report"));
        }
        List<String> read = new ArrayList<>();
        String cursor = "";
        for (int pages = 0; cursor != null; pages++) {
            assertThat(pages).isLessThan(4);
            JsonObject page = service.read("/api/jobs/report/history?limit=2" + cursor);
            read.addAll(texts(page, "executions", "id"));
            cursor = page.getString("cursor") == null ? null : "&cursor=" + page.getString("cursor");
            succeed("report"); // what ends meanwhile moves nothing
        }
        assertThat(read).isEqualTo(ended);
    }

    @Test
    void readsTheHistoryOfOneState() {
        String failed = fail("report");
        succeed("report");
        assertThat(texts(service.read("/api/jobs/report/history?state=failed"), "executions", "id"))
                .containsExactly(failed);
        assertThat(texts(service.read("/api/jobs/report/history?state=dropped"), "executions", "id"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"queued", "running", "waiting"})
    void refusesTheHistoryOfWhatHasNotEnded(String state) {
        service.get("/api/jobs/report/history?state=" + state).assertProblem(422, "invalid");
    }

    @ParameterizedTest
    @CsvSource({"high_1_zzz", "%00", "zzzzzzzzzzzzzzzzzzzzz", "1.5"})
    void refusesCursorThatIsNoneOfAHistory(String cursor) {
        service.get("/api/jobs/report/history?cursor=" + cursor).assertProblem(422, "invalid");
    }

    @Test
    void addsUpAllJobs() {
        fail("mail-in");
        succeed("report");
        service.submit("report", "1", "");
        service.bench("report").take();
        for (int i = 0; i < 4; i++) {
            service.submit("mail-out", "1", "");
        }
        service.submit("mail-in", "1", "?delay=1h");
        JsonObject sum = await().until(() -> service.read("/api/summary"), read -> read.getInteger("delayed") == 1);
        assertThat(sum.getMap())
                .containsAllEntriesOf(Map.of(
                        "jobs",
                        3,
                        "running",
                        2,
                        "draining",
                        0,
                        "degraded",
                        1,
                        "withFailures",
                        1,
                        "queued",
                        4,
                        "inFlight",
                        1));
        JsonObject counters = sum.getJsonObject("counters");
        counters.fieldNames()
                .forEach(name -> assertThat(counters.getLong(name))
                        .as(name)
                        .isEqualTo(ofJob("mail-in", name) + ofJob("mail-out", name) + ofJob("report", name)));
        assertThat(counters.getLong("accepted")).isEqualTo(8);
        JsonObject attention = sum.getJsonArray("attention").getJsonObject(0);
        assertThat(attention.getString("job")).isEqualTo("mail-out");
        assertThat(attention.getString("why")).contains("holds 4 of 5");
    }

    private long ofJob(String job, String counter) {
        return service.read("/api/jobs/" + job).getJsonObject("counters").getLong(counter);
    }

    @Test
    void countsAJobThatIsStoppedAndStillWorksAsDraining() {
        service.submit("report", "1", "");
        service.bench("report").take();
        service.post("/api/jobs/report/stop", "");
        await().until(() -> service.read("/api/summary").getInteger("draining") == 1);
    }

    @Test
    void namesTenOfTheJobsThatNeedAttention() {
        StringBuilder jobs = new StringBuilder("{'report': {}");
        for (int i = 0; i < 12; i++) {
            jobs.append(", 'full-%02d': {'autoStart': false, 'queue': {'capacity': 1}}".formatted(i));
        }
        try (WorkingService many = new WorkingService(jobs.append("}").toString(), "defaultJob", "report")) {
            for (int i = 0; i < 12; i++) {
                many.submit("full-%02d".formatted(i), "1", "");
            }
            JsonObject sum = many.read("/api/summary");
            assertThat(sum.getInteger("degraded")).isEqualTo(12);
            assertThat(texts(sum, "attention", "job"))
                    .hasSize(10)
                    .startsWith("full-00")
                    .endsWith("full-09");
        }
    }
}

package dev.latido.dashboard;

import static dev.latido.dashboard.Browser.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import dev.latido.event.Event;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.job.TimeSource;
import dev.latido.series.SeriesRecorder;
import dev.latido.store.Batch;
import dev.latido.store.NewPoints;
import dev.latido.store.Store;
import dev.latido.store.StoreConfig;
import dev.latido.store.Stores;
import dev.latido.store.sqlite.SqliteStore;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the page shows of the time before it was opened. */
class PageSeriesTest extends BrowserTests {

    private static final String FILES = "{'mail': {}, 'idle': {'autoStart': false}}";

    /** Each 5 s so many executions of mail end, one of which fails, and take 20 ms. */
    private static final int EACH = 40;

    /** Leaves in a store what a service does that runs for {@code span} up to {@code end}, and knows no other time than that. */
    private static void run(Path directory, Instant end, Duration span) {
        SeriesRecorder recorder = new SeriesRecorder();
        Store store = new SqliteStore(
                new StoreConfig(StoreConfig.Type.SQLITE, directory, 1_000, 1, "", Duration.ZERO), TimeSource.system());
        Stores.await(store.open());
        Instant now = end.minus(span);
        look(store, recorder, now, 0);
        for (int accepted = EACH; now.isBefore(end); accepted += EACH) {
            now = now.plus(SeriesRecorder.STEP);
            for (int i = 0; i < EACH; i++) {
                recorder.on(new Event.ExecutionEnded(
                        "mail",
                        now,
                        new ExecutionId(1),
                        i == 0 ? ExecutionState.FAILED : ExecutionState.SUCCEEDED,
                        Priority.NORMAL,
                        null,
                        1,
                        1,
                        Duration.ofMillis(20),
                        0,
                        1));
            }
            look(store, recorder, now, accepted);
        }
        append(store, recorder.rest());
        Stores.await(store.close());
    }

    private static void look(Store store, SeriesRecorder recorder, Instant now, int accepted) {
        recorder.beginLook();
        for (String job : List.of("idle", "mail")) {
            if (recorder.job(job, 7, 3, 0, job.equals("mail") ? accepted : 0)) {
                recorder.judge(job, false, false, now);
            }
        }
        append(store, recorder.endLook(now));
    }

    private static void append(Store store, List<NewPoints> points) {
        Stores.await(store.append(
                new Batch(null, List.of(), List.of(), List.of(), List.of(), List.of(), List.of()).with(points)));
    }

    private Service startIn(Path directory) {
        return start(jobs(FILES), "store.directory", directory.toString());
    }

    private static String label(String chart) {
        return String.valueOf(
                browser().run("return document.getElementById(arguments[0]).getAttribute('aria-label')", chart));
    }

    private static void awaitLabel(String chart, String part) {
        patiently(chart + " to say " + part)
                .untilAsserted(() -> assertThat(label(chart)).containsPattern(part));
    }

    @Test
    void showsTheTenMinutesThatTheServiceRan() {
        Path directory = Services.directory();
        run(directory, Instant.now(), Duration.ofMinutes(10));
        startIn(directory);
        open("");
        Browser page = browser();
        page.awaitText("[data-total=rate]", "/");
        awaitLabel("service-throughput", "Shows 1[0-5] min");
        awaitLabel("service-run", "p50 .*Shows 1[0-5] min");
        page.awaitText("#service-note", "Kept since");
        assertThat(page.requests())
                .filteredOn(url -> url.contains("/api/series"))
                .hasSizeLessThan(4);
        page.click("#service-range label:nth-of-type(2)");
        awaitLabel("service-throughput", "succeeded .*Shows (9|1[0-5]) min");
        open("#/job/mail");
        page.awaitTrue("document.querySelector('#job-range input:checked').value === '24h'");
        page.click("#job-range label:nth-of-type(1)");
        awaitLabel("job-wait", "oldest .*Shows 1[0-5] min");
    }

    @Test
    void marksWhenTheServiceDidNotRunAndGoesOn() {
        Path directory = Services.directory();
        run(directory, Instant.now().minusSeconds(600), Duration.ofMinutes(20));
        startIn(directory);
        open("#/job/mail");
        Browser page = browser();
        awaitLabel("job-throughput", "Shows [23][0-9] min");
        page.awaitText("#job-note", "Shaded: for 10 min");
        awaitLabel("job-throughput", "nothing recorded for 10 min");
        assertThat(page.accessibilityProblems()).isEmpty();
        String before = label("job-throughput");
        patiently("the chart to go on").until(() -> !label("job-throughput").equals(before));
    }

    @Test
    void showsItAfterARestartAsWell() {
        Path directory = Services.directory();
        run(directory, Instant.now(), Duration.ofMinutes(10));
        Service service = startIn(directory);
        submit("mail", "1");
        patiently("a point with it").until(() -> accepted().contains(1));
        stop(service);
        startIn(directory);
        assertThat(accepted().contains(EACH) && accepted().contains(1))
                .as("of both")
                .isTrue();
        open("#/job/mail");
        awaitLabel("job-throughput", "Shows 1[0-5] min");
    }

    private List<?> accepted() {
        return get("/api/series?job=mail")
                .getJsonObject("points")
                .getJsonArray("accepted")
                .getList();
    }

    @Test
    void groupsWhatFailedByTheErrorWithoutItsNumbers() {
        start(jobs(FILES));
        for (int i = 0; i < 3; i++) {
            submit("mail", "{\"fail\":\"no order " + i + MARKUP.replace("\"", "'") + "\"}");
        }
        patiently("all of them").until(() -> get("/api/jobs/mail").getInteger("deadLetters") == 3);
        open("#/job/mail");
        Browser page = browser();
        page.awaitText("#failures", "no order #<img");
        assertThat(page.text("#failures [data-ref=count]")).isEqualTo("3");
        assertThat(page.accessibilityProblems()).isEmpty();
        open("#/job/idle");
        page.awaitTrue("document.getElementById('failures-section').hidden");
    }

    @Test
    void saysThatNothingIsKeptOfAJobYet() {
        JsonObject many = new JsonObject();
        for (int i = 0; i < 120; i++) {
            many.put("job-%03d".formatted(i), new JsonObject().put("autoStart", false));
        }
        start(many);
        open("#/job/job-119");
        Browser page = browser();
        page.awaitText("#job-note", "Nothing is kept of this job yet");
        page.awaitTrue("document.querySelectorAll('#job-depth canvas').length === 1");
        open("#/job/job-001");
        page.awaitText("#job-note", "Kept since");
    }
}

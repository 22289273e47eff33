package dev.latido.dashboard;

import static dev.latido.dashboard.Browser.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** That many jobs and many executions are a few at a time for the page. */
class PageSizeTest extends BrowserTests {

    private static final int JOBS = 10_000;

    private static Object count(String selector) {
        return browser().run("return document.querySelectorAll(arguments[0]).length", selector);
    }

    @Test
    void showsAPageOfTenThousandJobs() {
        JsonObject jobs = new JsonObject();
        for (int i = 0; i < JOBS; i++) {
            jobs.put("job-%05d-%s".formatted(i, "x".repeat(54)), new JsonObject().put("worker", "log"));
        }
        start(jobs);
        open("");
        Browser page = browser();
        page.awaitText("[data-total=jobs]", "of 10,000");
        page.awaitText("#jobs", "job-00049");
        assertThat(page.text("#jobs tr.group")).contains("Idle", "10,000");
        assertThat(count("#jobs tr:not(.group)")).isEqualTo(50L);
        assertThat(count("*")).asInstanceOf(InstanceOfAssertFactories.LONG).isLessThan(3_000L);
        page.click("#jobs-on");
        page.awaitText("#jobs-place", "job-00050");
        page.awaitText("#connection-text", "Live");
        submit("job-00099-" + "x".repeat(54), "1");
        page.awaitTrue("document.querySelector('#jobs tr:last-child [data-ref=succeeded]').textContent === '1'");
        page.find("#jobs-page").clear();
        page.find("#jobs-page").sendKeys("200\n");
        page.awaitText("#jobs-place", "9,951 to 10,000 of 10,000 jobs: job-09950");
        page.awaitText("#jobs tr:last-child", "job-09999");
        page.awaitTrue("document.getElementById('jobs-on').disabled");
        page.find("#filter-name").sendKeys("job-0777");
        page.awaitText("#jobs", "job-07770");
        assertThat(count("#jobs tr")).isEqualTo(10L);
        List<String> calls = page.requests().stream()
                .filter(url -> url.contains("/api/") && !url.contains("/api/summary") && !url.contains("/api/store"))
                .toList();
        assertThat(calls).hasSizeLessThan(25); // a list and a stream for each page, and for what was typed
        assertThat(calls).allMatch(url -> url.length() < 4_000);
        assertThat(calls).filteredOn(url -> url.contains("/api/jobs?")).allMatch(url -> url.contains("limit=50"));
        assertThat(calls).filteredOn(url -> url.contains("/api/events")).allMatch(url -> url.contains("job="));
    }

    @Test
    void showsAPageOfManyExecutions() {
        start(
                jobs(
                        "{'mail': {'queue': {'capacity': 100000}}, 'idle': {'autoStart': false, 'queue': {'capacity': 100000}}}"));
        JsonArray batch = new JsonArray();
        for (int i = 0; i < 1_000; i++) {
            batch.add(new JsonObject().put("payload", i));
        }
        for (int i = 0; i < 20; i++) {
            postForText("/api/jobs/idle/executions/batch", batch.encode());
        }
        postForText("/api/jobs/mail/executions/batch", batch.encode());
        patiently("all executions")
                .until(() -> get("/api/jobs/mail").getJsonObject("counters").getInteger("succeeded") == 1_000);
        open("#/job/idle");
        Browser page = browser();
        page.awaitText("[data-fact=depth]", "20,000");
        page.click("#execution-filter label:nth-last-child(2)");
        page.awaitText("#executions [data-ref=state]", "queued");
        assertThat(count("#executions tr")).isEqualTo(25L);
        open("#/job/mail");
        page.awaitText("#executions [data-ref=state]", "succeeded");
        String first = page.text("#executions tr:first-child a.id");
        assertThat(count("#executions tr")).isEqualTo(25L);
        page.click("#executions-more");
        page.awaitTrue("!document.getElementById('executions-first').hidden");
        patiently("another page")
                .until(() -> count("#executions tr").equals(25L)
                        && !page.text("#executions tr:first-child a.id").equals(first));
        page.click("#executions-first");
        page.awaitText("#executions tr:first-child a.id", first);
    }
}

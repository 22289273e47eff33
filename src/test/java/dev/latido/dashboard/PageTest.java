package dev.latido.dashboard;

import static dev.latido.dashboard.Browser.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.queue.redis.RedisServer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;

/** What the page shows, and that it does what the API does. */
class PageTest extends BrowserTests {

    private static final String JOBS = """
            {'beat': {'every': '100ms'},
             'mail': {'concurrency': 2, 'queue': {'capacity': 4, 'whenFull': 'reject'}},
             'sync': {'worker': 'event-bus', 'queue': {'capacity': 5}},
             'idle': {'autoStart': false}}""";

    private void setUp() {
        start(jobs(JOBS));
    }

    private static int number(String selector) {
        String digits = browser().text(selector).replaceAll("\\D", "");
        return digits.isEmpty() ? -1 : Integer.parseInt(digits);
    }

    private static String row(String job) {
        return "#jobs tr:has(a[href='#/job/" + job + "'])";
    }

    private static void awaitAtLeast(String selector, int least) {
        patiently(selector + " to be at least " + least).until(() -> number(selector) >= least);
    }

    @Test
    void showsHowJobsStandAndWhyTheyDoNotWork() {
        setUp();
        submit("sync", "1");
        open("");
        Browser page = browser();
        page.awaitText("#headline-title", "1 job needs attention");
        page.awaitText("#attention", "sync is waiting for a worker: no consumer at latido.work.sync");
        page.awaitText(row("sync") + " .badge", "held up");
        assertThat(page.text(row("sync"))).contains("Waiting for a worker", "1 of 5");
        assertThat(page.text(row("beat"))).contains("stopped", "has not been started");
        assertThat(page.text(row("mail"))).contains("running", "Nothing to do", "0 of 2");
        page.awaitText("[data-total=jobs]", "of 4");
        page.awaitText("[data-total=store]", "Fine");
    }

    @Test
    void startsAJobShowsItsTicksWithoutReloadAndStopsIt() {
        setUp();
        open("");
        Browser page = browser();
        page.run("globalThis.sameDocument = true");
        page.awaitText(row("beat") + " button", "Start");
        page.click(row("beat") + " button");
        page.awaitText("#toast", "Job 'beat' started.");
        page.awaitText(row("beat") + " .badge", "running");
        awaitAtLeast(row("beat") + " [data-ref=succeeded]", 3);
        int seen = number(row("beat") + " [data-ref=succeeded]");
        awaitAtLeast(row("beat") + " [data-ref=succeeded]", seen + 5);
        page.click(row("beat") + " button");
        page.awaitText("#toast", "Job 'beat' stopped"); // and what is in flight, if there is a run just then
        page.awaitText(row("beat") + " .badge", "stopped");
        assertThat(get("/api/jobs/beat").getBoolean("isRunning")).isFalse();
        page.awaitTrue("globalThis.sameDocument");
    }

    @Test
    void submitsAPayloadOnceItIsJson() {
        setUp();
        open("#/job/mail");
        Browser page = browser();
        page.click("[data-act=submit]");
        page.find("#submit-payload").sendKeys("{\"to\": \"ada\",");
        page.click("#submit-dialog [type=submit]");
        page.awaitText("#submit-payload-problem", "This is not JSON");
        assertThat(page.find("#submit-payload").getDomAttribute("aria-invalid")).isEqualTo("true");
        assertThat(get("/api/jobs/mail").getJsonObject("counters").getInteger("accepted"))
                .isZero();
        page.find("#submit-payload").sendKeys(" \"n\": 12345678901234567890}");
        page.find("#submit-priority").sendKeys("high");
        page.click("#submit-dialog [type=submit]");
        page.awaitText("#toast", "Execution ");
        page.awaitText("#executions [data-ref=state]", "succeeded");
        page.awaitText("#executions [data-ref=priority]", "high");
        page.click("#executions a.id");
        page.awaitText("[data-x=payload]", "\"to\": \"ada\"");
        assertThat(page.text("[data-x=payload]")).contains("12345678901234567890");
        assertThat(page.text("[data-x=result]")).contains("12345678901234567890");
    }

    @Test
    void saysBesideTheFieldWhatTheServiceRefuses() {
        setUp();
        expect("status of 400");
        open("#/job/idle");
        Browser page = browser();
        page.click("[data-act=submit]");
        page.find("#submit-delay").sendKeys("soon");
        page.click("#submit-dialog [type=submit]");
        page.awaitText("#submit-delay-problem", "Query parameter 'delay' must be a time such as 500ms");
        assertThat(page.driver().switchTo().activeElement().getDomAttribute("id"))
                .isEqualTo("submit-delay");
        page.find("#submit-delay").clear();
        page.find("#submit-delay").sendKeys("1h");
        page.click("#submit-dialog [type=submit]");
        page.awaitText("[data-fact=capacity]", "and 1 delayed");
        page.click("#execution-filter label:last-child");
        page.awaitText("#executions [data-ref=state]", "delayed");
        page.awaitText("#executions [data-ref=when]", "in 1 h");
    }

    @Test
    void saysInTheDialogThatTheQueueIsFull() {
        setUp();
        expect("status of 429");
        for (int i = 0; i < 6; i++) {
            submit("mail", "{\"hold\":true}");
        }
        open("#/job/mail");
        Browser page = browser();
        page.awaitText("#job-state", "full");
        page.click("[data-act=submit]");
        page.click("#submit-dialog [type=submit]");
        page.awaitText("#submit-problem", "queue of job 'mail' is full");
    }

    /** A progress of 1.0 is a number like any other, also where the numbers of a payload are kept as they were written. */
    @Test
    void showsAnExecutionThatSaysItIsDone() {
        setUp();
        submit("mail", "{\"hold\":true,\"progress\":1.0,\"n\":1.50}");
        open("#/job/mail");
        Browser page = browser();
        page.awaitText("#running", "100 %");
        page.click("#running a.id");
        page.awaitText("[data-x=payload]", "1.50");
        page.awaitTrue("document.querySelector('[data-x=progress]').value === 1");
    }

    /** What a worker says, or is given, may turn round the direction of writing, or not be seen at all. */
    @Test
    void showsAsWhatItIsWhatActsOnTheTextAroundIt() {
        setUp();
        submit("mail", "{\"fail\":\"a\\u202eb\\u2066c\\udb40\\udc41d\\u009be\"}");
        open("#/job/mail");
        Browser page = browser();
        page.awaitText("#executions", "a\\u202eb\\u2066c\\u{e0041}d\\u009be");
        page.click("#executions a.id");
        page.awaitText("[data-x=payload]", "a\\u202eb\\u2066c\\u{e0041}d\\u009be");
        page.awaitTrue("!/[\\p{Cf}\\u0080-\\u009f]/u.test(document.body.textContent)");
    }

    @Test
    void showsProgressAndCancels() {
        setUp();
        String id = submit("mail", "{\"hold\":true,\"progress\":0.4,\"note\":\"page 2 of 5\"}");
        open("#/job/mail");
        Browser page = browser();
        page.awaitText("#running", "40 % page 2 of 5");
        assertThat(page.run("return document.querySelector('#running progress').value"))
                .isEqualTo(0.4);
        page.click("#running [data-ref=act]");
        page.awaitText("#executions", "cancelled");
        page.awaitTrue("document.querySelectorAll('#running tr').length === 0");
        assertThat(get("/api/executions/" + id).getString("state")).isEqualTo("cancelled");
    }

    @Test
    void retriesOneAndAllThatFailedAfterSayingHowMany() {
        setUp();
        for (int i = 0; i < 3; i++) {
            submit("mail", "{\"fail\":\"no such mailbox\"}");
        }
        open("#/job/mail");
        Browser page = browser();
        page.awaitText("[data-fact=failed]", "3");
        page.awaitText("#executions", "no such mailbox");
        page.click("#executions [data-ref=act]");
        page.awaitText("#toast", "is queued again");
        awaitExecutions("mail", 4);
        page.click("[data-act=retry-failed]");
        page.awaitText("#confirm-text", "3 executions failed");
        page.awaitText("#confirm-do", "Retry 3");
        page.click("#confirm-dialog [data-close]");
        assertThat(get("/api/jobs/mail").getInteger("executionCount")).isEqualTo(4);
        page.click("[data-act=retry-failed]");
        page.click("#confirm-do");
        page.awaitText("#toast", "3 executions are queued again");
        awaitExecutions("mail", 7);
    }

    /** The number that is promised is the one that a retry finds: what is gone is told as gone. */
    @Test
    void saysHowManyCanBeRetriedAndHowManyAreGone() {
        start(jobs(JOBS), "history.deadLetters.maxPerJob", "2");
        for (int i = 0; i < 5; i++) {
            submit("mail", "{\"fail\":\"no such mailbox\"}");
        }
        patiently("five failures")
                .until(() -> get("/api/jobs/mail").getJsonObject("counters").getInteger("failed") == 5);
        assertThat(post("/api/jobs/mail/retry-failed?dryRun=true", "").getInteger("matched"))
                .isEqualTo(2);
        open("");
        Browser page = browser();
        page.awaitText("#attention", "2 executions in 1 job failed and can be retried; 3 more are gone");
        page.awaitText("#tile-failed", "2 in 1 job, 3 gone");
        page.awaitText(row("mail") + " [data-ref=failed]", "2");
        page.click(row("mail") + " a");
        page.awaitText("[data-fact=failed]", "2");
        page.awaitText("[data-fact=ended]", "3 gone");
        page.click("[data-act=retry-failed]");
        page.awaitText("#confirm-text", "2 executions failed and can be retried.");
        page.awaitText("#confirm-text", "3 others that failed are gone");
        page.click("#confirm-do");
        page.awaitText("#toast", "2 executions are queued again");
    }

    @Test
    void saysHowAJavaWorkerGetsOnTheClassPath() {
        setUp();
        open("#/job/mail");
        Browser page = browser();
        page.awaitText("#policies", "Java class dev.latido.dashboard.BrowserTests$Obedient, from the class path");
        page.awaitText("#policies code", "java -cp latido.jar:my-workers.jar dev.latido.Main");
        page.open(origin() + "/#/job/sync");
        page.awaitText("#policies", "event-bus latido.work.sync");
    }

    @Test
    void showsWhatABrokerHasOverAllProcessesAndWhoHasIt() {
        try (RedisServer redis = RedisServer.start()) {
            JsonObject shop = new JsonObject().put("type", "redis").put("url", "redis://127.0.0.1:" + redis.port());
            start(
                    jobs(
                            "{'orders': {'queue': {'broker': 'shop', 'lanes': ['normal', 'high']}, 'results': {'broker': 'shop'}}}"),
                    new JsonObject().put("brokers", new JsonObject().put("shop", shop)));
            open("#/job/orders");
            Browser page = browser();
            page.awaitText("#policies", "shop:orders (redis), group latido");
            page.awaitText("#policies", "Brokerconnected");
            redis.cli("XADD", "orders", "*", "payload", "{no json");
            page.awaitText("#policies", "high 0, normal 0");
            page.awaitText("#policies", "Dead letters there1");
            assertThat(page.text("#policies")).contains("shop:orders.done");
            redis.kill();
            page.awaitText("#policies", "cannot be reached");
        }
    }

    private void awaitExecutions(String job, int count) {
        patiently(count + " executions of " + job)
                .until(() -> Objects.equals(get("/api/jobs/" + job).getInteger("executionCount"), count));
    }

    @Test
    void purgesAfterAsking() {
        setUp();
        for (int i = 0; i < 4; i++) {
            submit("idle", String.valueOf(i));
        }
        open("#/job/idle");
        Browser page = browser();
        page.awaitText("[data-fact=depth]", "4");
        page.click("#job-more summary");
        page.click("[data-act=purge]");
        page.awaitText("#confirm-text", "4 executions that are queued or delayed will be cancelled");
        page.click("#confirm-do");
        page.awaitText("#toast", "4 executions are cancelled");
        page.awaitText("[data-fact=depth]", "0");
        assertThat(get("/api/jobs/idle").getJsonObject("counters").getInteger("cancelled"))
                .isEqualTo(4);
    }

    @Test
    void drainsAndSaysSoUntilTheWorkIsDone() {
        setUp();
        String id = submit("mail", "{\"hold\":true}");
        open("#/job/mail");
        Browser page = browser();
        page.awaitText("[data-fact=inFlight]", "1");
        page.click("#job-more summary");
        page.click("[data-act=drain]");
        page.awaitText("#job-state", "draining");
        post("/api/executions/" + id + "/cancel", "");
        page.awaitText("#job-state", "stopped");
    }

    @Test
    void stopsNowAfterAsking() {
        setUp();
        submit("mail", "{\"hold\":true}");
        open("#/job/mail");
        Browser page = browser();
        page.awaitText("[data-fact=inFlight]", "1");
        page.click("#job-more summary");
        page.click("[data-act=now]");
        page.awaitText("#confirm-text", "1 execution in flight");
        page.click("#confirm-do");
        page.awaitText("#job-state", "stopped");
        page.awaitText("#executions", "cancelled");
    }

    @Test
    void takesNoTextForMarkup() {
        setUp();
        expect("status of 404");
        String quoted = MARKUP.replace("\"", "\\\"");
        submit("mail", "{\"fail\":\"" + quoted + "\",\"progress\":0.5,\"note\":\"" + quoted + "\"}");
        submit("mail", "\"" + quoted + "\"");
        submit("mail", "{\"hold\":1,\"progress\":0.5,\"note\":\"" + quoted + "\"}");
        open("#/job/mail");
        Browser page = browser();
        page.awaitText("#executions", MARKUP);
        page.awaitText("#running", MARKUP);
        for (int i = 1; i <= 2; i++) {
            page.click("#executions tr:nth-child(" + i + ") a.id");
            page.awaitText("#execution-body", "<img src=x onerror=");
            page.driver().navigate().back();
            page.awaitText("#executions", MARKUP);
        }
        page.open(origin() + "/#/job/" + "%3Cimg%20src%3Dx%20onerror%3D%22globalThis.hacked%3Dtrue%22%3E");
        page.awaitText("#job-name", "<img src=x onerror=");
        page.awaitText("#job-problem", "There is no job");
        page.open(origin() + "/#/");
        page.find("#filter-name").sendKeys(MARKUP);
        page.awaitTrue("!document.getElementById('no-jobs').hidden");
        assertThat(page.driver().findElements(By.cssSelector("main img, dialog img")))
                .isEmpty();
    }

    @Test
    void readsEventsHoweverTheyAreCut() {
        setUp();
        open("");
        assertThat(browser().driver().executeAsyncScript("""
                const done = arguments[0];
                import('/dashboard/stream.js').then(({ EventLines }) => {
                    const text = ': hello\\r\\nid: 1-2\\nretry: 700\\nevent: jobs\\ndata: {"a":\\ndata:1}\\r\\n\\r\\n\\n\\rdata: x\\n\\ndata: cut off';
                    const read = (pieces) => {
                        const seen = [];
                        const lines = new EventLines({
                            event: (...event) => seen.push(event),
                            retry: (millis) => seen.push(millis),
                        });
                        pieces.forEach((piece) => lines.take(piece));
                        return JSON.stringify(seen);
                    };
                    const whole = read([text]);
                    const cuts = [...text].map((c, i) => read([text.slice(0, i), text.slice(i)]));
                    done([whole, cuts.every((cut) => cut === whole), read([...text]) === whole]);
                });
                """))
                .isEqualTo(List.of(
                        "[700,[\"jobs\",\"{\\\"a\\\":\\n1}\",\"1-2\"],[\"message\",\"x\",\"1-2\"]]", true, true));
    }
}

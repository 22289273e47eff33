package dev.latido.dashboard;

import static dev.latido.dashboard.Browser.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** That the page shows what holds up or repeats work, and changes it. */
class PagePolicyTest extends BrowserTests {

    @BeforeEach
    void startService() {
        start(jobs("""
                {'mail': {'concurrency': 2, 'retry': {'attempts': 3, 'delay': '1ms', 'backoff': 'fixed'}},
                 'slow': {'rateLimit': {'permits': 1, 'per': '1h'}},
                 'shop': {'breaker': {'enabled': true, 'window': 2, 'minimumCalls': 2, 'openFor': '10m'}}}"""));
    }

    @Test
    void pausesEverythingAfterAskingAndResumesIt() {
        open("");
        Browser page = browser();
        page.awaitText("#pause", "Pause everything");
        page.click("#pause");
        page.awaitText("#confirm-text", "Nothing new begins");
        page.click("#confirm-do");
        page.awaitText("#headline-title", "Everything is paused");
        page.awaitText("#headline-detail", "Nothing new begins since");
        page.awaitText("#jobs tr:first-child .badge", "paused");
        page.awaitText("#jobs tr:first-child .why", "Everything was paused at");
        submit("mail", "1");
        page.awaitText("#jobs tr:first-child [data-ref=depth]", "1 of");
        page.click("#pause");
        page.awaitText("#toast", "Everything goes on.");
        page.awaitText("#headline-title", "All is well");
        page.awaitText("#jobs tr:first-child [data-ref=succeeded]", "1");
    }

    @Test
    void showsEachFailedAttempt() {
        submit("mail", "{\"fail\":\"no such mailbox\"}");
        open("#/job/mail");
        Browser page = browser();
        page.awaitText("#executions [data-ref=state]", "failed");
        page.awaitText("#executions [data-ref=attempt]", "3");
        page.click("#executions a.id");
        for (int attempt = 1; attempt <= 3; attempt++) {
            page.awaitText("[data-x=timeline]", "Attempt " + attempt + " failed after");
        }
        assertThat(page.text("[data-x=timeline] [data-tone=bad]")).contains("no such mailbox", "Obedient");
        page.driver().navigate().back();
        page.awaitText("#policies", "up to 3");
    }

    @Test
    void showsAnOpenBreakerAsWhatNeedsAttention() {
        submit("shop", "{\"fail\":\"down\"}");
        submit("shop", "{\"fail\":\"down\"}");
        open("");
        Browser page = browser();
        page.awaitText("#headline-title", "1 job needs attention");
        page.awaitText("#attention", "shop – the breaker 'shop' is open until ");
        page.click("#attention a");
        page.awaitText("#job-state", "breaker open");
        page.awaitText("#policies", "shop: open until");
    }

    @Test
    void showsALimitAndWhatWaitsForIt() {
        submit("slow", "1");
        submit("slow", "2");
        open("#/job/slow");
        Browser page = browser();
        page.awaitText("#job-why", "1 queued, rate limit");
        page.awaitText("#policies", "1 in 1 h (token bucket)");
    }

    @Test
    void changesLimitsAndTakesThemBack() {
        expect("status of 422");
        open("#/job/mail");
        Browser page = browser();
        page.awaitText("[data-fact=concurrency]", "of 2 at once");
        page.click("[data-act=limits]");
        change(page, "#limits-concurrency", "0");
        page.awaitText("#limits-concurrency-problem", "Give a whole number");
        change(page, "#limits-concurrency", "999999999");
        page.awaitText("#limits-concurrency-problem", "'concurrency' must be a whole number from 1 to 100000");
        page.find("#limits-permits").sendKeys("20");
        page.find("#limits-period").sendKeys("minute");
        change(page, "#limits-concurrency", "7");
        page.awaitText("[data-fact=concurrency]", "of 7 at once");
        page.awaitText("#policies", "20 in 1 min (token bucket)");
        JsonObject job = get("/api/jobs/mail");
        assertThat(job.getInteger("concurrency")).isEqualTo(7);
        JsonObject rate = job.getJsonObject("policies").getJsonObject("rateLimit");
        assertThat(rate.getInteger("permits")).isEqualTo(20);
        assertThat(rate.getInteger("perMillis")).isEqualTo(60_000);
        page.click("[data-act=limits]");
        assertThat(page.run("return document.getElementById('limits-period').value"))
                .isEqualTo("60000");
        page.click("#limits-reset");
        page.awaitText("[data-fact=concurrency]", "of 2 at once");
        patiently("no rate limit")
                .until(() -> get("/api/jobs/mail").getJsonObject("policies").getValue("rateLimit") == null);
    }

    private static void change(Browser page, String field, String value) {
        page.find(field).clear();
        page.find(field).sendKeys(value);
        page.click("#limits-dialog [type=submit]");
    }
}

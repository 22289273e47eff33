package dev.latido.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** Finding executions on the page, by an address that can be shared, and doing something with all of them. */
class PageFindTest extends BrowserTests {

    private static final String JOBS = """
            {'mail': {'queue': {'capacity': 2000}}, 'held': {'autoStart': false, 'queue': {'capacity': 2000}}}""";

    private void batch(int count, String payload) {
        JsonArray items = new JsonArray();
        for (int i = 0; i < count; i++) {
            items.add(new JsonObject().put("payload", payload + i));
        }
        postForText("/api/jobs/held/executions/batch", items.encode());
    }

    private int queued() {
        return get("/api/executions?job=held&state=queued&limit=1000").getInteger("matched");
    }

    @Test
    void findsByWhatIsTypedAndPutsItIntoTheAddress() {
        start(jobs(JOBS));
        String failed = submit("mail", "{\"fail\":\"no such <i>mailbox</i>\"}");
        submit("mail", "{\"to\":\"ada\"}");
        open("");
        Browser page = browser();
        page.click(".views a[data-view=find]");
        page.awaitText("[data-find=hint]", "Give at least one");
        page.find("#find-error").sendKeys("SUCH");
        page.click("#find-form [type=submit]");
        page.awaitText("[data-find=status]", "1 found, looked at 2 of 2");
        page.awaitText("[data-find=rows]", "no such <i>mailbox</i>");
        assertThat(page.driver().getCurrentUrl()).endsWith("/#/find?error=SUCH");
        page.driver().navigate().refresh();
        page.awaitText("[data-find=rows]", failed);
        assertThat(page.find("#find-error").getDomProperty("value")).isEqualTo("SUCH");
        page.click("[data-find=rows] a.id");
        page.awaitText("[data-x=error]", "no such <i>mailbox</i>");
        page.driver().navigate().back();
        page.awaitText("[data-find=rows]", failed);
        page.open(origin() + "/#/find?at=%2Fto&value=ada&job=mail");
        page.awaitText("[data-find=status]", "1 found, looked at 2 of 2");
        page.open(origin() + "/#/find?value=eve");
        page.awaitText("[data-find=none]", "None found.");
        assertThat(page.accessibilityProblems()).isEmpty();
    }

    @Test
    void opensAnExecutionByItsId() {
        start(jobs(JOBS));
        String id = submit("mail", "7");
        open("#/find");
        Browser page = browser();
        page.find("#find-id").sendKeys(" " + id + "\n");
        page.awaitText("[data-x=payload]", "7");
    }

    @Test
    void saysBesideTheFieldsWhatIsWrong() {
        start(jobs(JOBS));
        expect("status of 400");
        expect("status of 404");
        open("#/find?at=customer&value=7");
        Browser page = browser();
        page.awaitText("#find-problem", "'at' must be a JSON pointer");
        assertThat(page.find("#find-at").getDomAttribute("aria-invalid")).isEqualTo("true");
        page.open(origin() + "/#/find?job=none");
        page.awaitText("#find-problem", "There is no job 'none'");
    }

    @Test
    void countsCancelsThoseThatWereCountedAndSaysHowMany() {
        start(jobs(JOBS));
        batch(120, "a");
        batch(30, "b");
        open("#/find?value=%22a");
        Browser page = browser();
        page.awaitText("[data-find=status]", "50 found");
        page.click("[data-find=more]");
        page.awaitText("[data-find=status]", "100 found");
        page.click("[data-find=cancel]");
        page.awaitText("#confirm-text", "120 executions will be cancelled, each if it still can be.");
        submit("held", "\"a-later\"");
        page.click("#confirm-dialog [data-close]");
        assertThat(queued()).isEqualTo(151);
        page.click("[data-find=cancel]");
        page.awaitText("#confirm-text", "121 executions will be cancelled");
        submit("held", "\"a-latest\"");
        page.click("#confirm-do");
        page.awaitText("#toast", "121 cancelled.");
        assertThat(queued()).isEqualTo(31);
    }

    @Test
    void retriesOneAndAll() {
        start(jobs(JOBS));
        for (int i = 0; i < 3; i++) {
            submit("mail", "{\"fail\":\"no\"}");
        }
        open("#/find?state=failed");
        Browser page = browser();
        page.awaitText("[data-find=status]", "3 found");
        page.awaitTrue("document.querySelector('[data-find=cancel]').hidden");
        page.click("[data-find=rows] [data-ref=act]");
        Browser.patiently("one more attempt").until(() -> get("/api/jobs/mail").getInteger("executionCount") == 4);
        page.click("[data-find=retry]");
        page.awaitText("#confirm-do", "Retry 3");
        page.click("#confirm-do");
        page.awaitText("#toast", "3 queued again.");
        Browser.patiently("three more attempts")
                .until(() -> get("/api/jobs/mail").getInteger("executionCount") == 7);
    }

    @Test
    void worksOnASmallScreenInTheDarkAndWithoutAMouse() {
        start(jobs(JOBS));
        batch(3, "a");
        open("#/find?job=held");
        Browser page = browser();
        page.awaitText("[data-find=status]", "3 found");
        assertThat(page.accessibilityProblems()).isEmpty();
        page.size(375, 800);
        page.prefer("prefers-color-scheme", "dark");
        page.awaitTrue("document.documentElement.scrollWidth <= innerWidth");
        assertThat(page.accessibilityProblems()).isEmpty();
        page.run("document.getElementById('find-job').focus()");
        page.driver().switchTo().activeElement().sendKeys("\n");
        page.awaitText("[data-find=status]", "3 found");
    }
}

package dev.latido.dashboard;

import static dev.latido.dashboard.Browser.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import org.junit.jupiter.api.Test;

/** The page of one execution: its timeline, what can be done with it, and that its address can be shared. */
class PageExecutionTest extends BrowserTests {

    private static final String JOBS = """
            {'a': {'next': ['b']},
             'b': {'autoStart': false},
             'mail': {'concurrency': 1, 'retry': {'attempts': 2, 'delay': '1ms'}}}""";

    private static void awaitNoOverflow(Browser page) {
        page.awaitTrue("document.documentElement.scrollWidth <= innerWidth");
    }

    @Test
    void tellsWhatHappenedInOrder() {
        start(jobs(JOBS));
        String first = submit("mail", "{\"hold\":true}");
        String second = submit("mail", "{\"progress\":0.5,\"note\":\"half <b>way</b>\",\"fail\":\"no such mailbox\"}");
        open("#/execution/" + second);
        Browser page = browser();
        page.awaitText("[data-x=state]", "queued");
        page.awaitText("[data-x=timeline]", "all slots of its job were taken");
        post("/api/executions/" + first + "/cancel", "");
        page.awaitText("[data-x=state]", "failed");
        page.awaitText("[data-x=error]", "no such mailbox");
        String timeline = page.text("[data-x=timeline]");
        assertThat(timeline)
                .containsSubsequence(
                        "Accepted", "Held up for", "Attempt 1 failed after", "Attempt 2 failed after", "failed, ")
                .contains("50 %", "half <b>way</b>", "Obedient");
        page.driver().navigate().refresh();
        page.awaitText("[data-x=timeline]", "Held up for");
        assertThat(page.accessibilityProblems()).isEmpty();
        page.size(375, 800);
        awaitNoOverflow(page);
        assertThat(page.accessibilityProblems()).isEmpty();
        page.prefer("prefers-color-scheme", "dark");
        assertThat(page.accessibilityProblems()).isEmpty();
    }

    @Test
    void leadsToWhoGotItsResult() {
        start(jobs(JOBS));
        String id = submit("a", "7");
        open("#/execution/" + id);
        Browser page = browser();
        page.awaitText("[data-x=timeline]", "Result handed to b as ");
        page.click("[data-x=timeline] a.id");
        page.awaitText("[data-x=job]", "b");
        page.awaitText("[data-x=timeline]", "its job was stopped");
        page.click("[data-x=cancel]");
        page.awaitText("[data-x=state]", "cancelled");
        page.driver().navigate().back();
        page.awaitText("[data-x=id]", id);
        page.awaitText("[data-x=job]", "a");
    }

    @Test
    void isReachedFromTheListAndRetries() {
        start(jobs(JOBS));
        String id = submit("mail", "{\"fail\":\"no\"}");
        open("#/job/mail");
        Browser page = browser();
        page.awaitText("#executions", "failed");
        page.click("#executions a.id");
        page.awaitText("[data-x=id]", id);
        assertThat(page.driver().getCurrentUrl()).endsWith("/#/execution/" + id);
        page.click("[data-x=retry]");
        patiently("two more attempts").until(() -> get("/api/executions/" + id).getInteger("attempt") == 4);
        page.awaitText("[data-x=timeline]", "Attempt 4 failed");
        assertThat(page.text("[data-x=timeline]")).doesNotContain("Attempt 1 ");
    }

    @Test
    void saysThatThereIsNone() {
        start(jobs(JOBS));
        expect("status of 404");
        expect("status of 400");
        Browser page = browser();
        for (String id : new String[] {"0000000000000", "nonsense", "%E0%A4%A", "..%2f..%2fjobs"}) {
            page.open(origin() + "/#/execution/" + id);
            page.awaitTrue("!document.querySelector('[data-x=problem]').hidden");
            page.awaitTrue("document.getElementById('execution-body').hidden");
            page.open("about:blank");
        }
        page.open(origin() + "/#/execution/0000000000000");
        page.awaitText("[data-x=problem]", "There is no execution");
        assertThat(page.accessibilityProblems()).isEmpty();
    }

    @Test
    void saysThatWhatItShowsIsOldWhileItIsDisconnected() {
        Service service =
                start(jobs(JOBS), "store.directory", Services.directory().toString());
        expect("net::ERR_");
        String id = submit("b", "7");
        open("#/execution/" + id);
        Browser page = browser();
        page.awaitText("[data-x=state]", "queued");
        stop(service);
        page.awaitText("[data-x=stale]", "Disconnected. This is how it stood at ");
        assertThat(page.text("[data-x=payload]")).isEqualTo("7");
        assertThat(page.accessibilityProblems()).isEmpty();
    }

    @Test
    void keepsWhichExecutionsAreListedInTheAddress() {
        start(jobs(JOBS));
        submit("mail", "{\"fail\":\"no\"}");
        submit("mail", "1");
        open("#/job/mail?state=failed");
        Browser page = browser();
        page.awaitTrue("document.querySelectorAll('#executions tr').length === 1");
        page.click("#execution-filter label:nth-of-type(3)");
        page.awaitText("#executions [data-ref=state]", "succeeded");
        assertThat(page.driver().getCurrentUrl()).endsWith("#/job/mail?state=succeeded");
        page.open(origin() + "/#/job/mail?state=x");
        page.awaitTrue("document.querySelectorAll('#executions tr').length === 2");
    }
}

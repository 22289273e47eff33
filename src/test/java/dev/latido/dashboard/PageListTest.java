package dev.latido.dashboard;

import static dev.latido.dashboard.Browser.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;
import org.openqa.selenium.interactions.Actions;

/** The list of jobs where there are more than fit on a page: groups, orders, pages, and the address that says which. */
class PageListTest extends BrowserTests {

    /** 80 that are idle, 38 that are stopped, two that are stopped and hold work, and one that has failed executions. */
    private void startMany() {
        JsonObject jobs = new JsonObject().put("mail", new JsonObject());
        for (int i = 0; i < 120; i++) {
            jobs.put("job-%03d".formatted(i), new JsonObject().put("autoStart", i < 80));
        }
        start(jobs);
        submit("job-117", "1");
        submit("job-117", "2");
        submit("job-099", "1");
        submit("mail", "{\"fail\":\"no such mailbox\"}");
        patiently("a dead letter").until(() -> get("/api/jobs/mail").getInteger("deadLetters") == 1);
    }

    private static List<String> texts(String selector) {
        Object found = browser()
                .run(
                        "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent.trim()).join('|')",
                        selector);
        String all = String.valueOf(found);
        return all.isEmpty() ? List.of() : List.of(all.split("\\|", -1));
    }

    private static List<String> names() {
        return texts("#jobs th a");
    }

    private static void awaitFirst(String job) {
        browser().awaitText("#jobs tr:not(.group) a", job);
    }

    private static void awaitAddress(String hash) {
        patiently(hash).until(() -> hash.equals(browser().run("return location.hash")));
    }

    @Test
    void showsGroupsWithTheirCountsAndFoldsThem() {
        startMany();
        open("");
        Browser page = browser();
        awaitFirst("job-099");
        assertThat(texts("#jobs .fold"))
                .isEqualTo(List.of("Need attention 2", "With dead letters 1", "Idle 80", "Stopped 38"));
        assertThat(names()).hasSize(50);
        page.awaitText("#jobs tr.group:last-child .link", "on pages 2 to 3");
        page.click("#jobs tr.group:last-child .link");
        awaitFirst("job-047");
        awaitAddress("#/?page=2");
        page.click("#jobs tr.group:nth-child(3) .fold");
        page.awaitText("#jobs", "job-119");
        awaitAddress("#/?folded=idle");
        assertThat(names())
                .hasSize(41)
                .startsWith("job-099", "job-117", "mail", "job-080")
                .endsWith("job-119");
        assertThat(page.find("#jobs tr:nth-child(6) .fold").getDomAttribute("aria-expanded"))
                .isEqualTo("false");
        page.driver().navigate().refresh();
        awaitFirst("job-099");
        assertThat(names()).hasSize(41);
        page.click("#jobs tr:nth-child(6) .fold");
        awaitAddress("#/");
    }

    @Test
    void sortsByWhateverIsAskedForAndTheAddressSaysSo() {
        startMany();
        open("#/?grouped=no");
        Browser page = browser();
        awaitFirst("job-000");
        page.click("[data-sort=depth]");
        awaitFirst("job-117");
        awaitAddress("#/?sort=depth&grouped=no");
        assertThat(names()).startsWith("job-117", "job-099", "job-000");
        assertThat(texts("[aria-sort=descending]")).isEqualTo(List.of("Queue"));
        page.click("#filter-sort option[value=age]");
        awaitFirst("job-117"); // which was handed in first
        page.awaitText("#jobs tr [data-ref=oldest]", "oldest ");
        page.click("#filter-sort option[value=failures]");
        awaitFirst("mail");
        page.driver().navigate().refresh();
        awaitFirst("mail");
        awaitAddress("#/?sort=failures&grouped=no");
        assertThat(page.find("#filter-sort").getDomProperty("value")).isEqualTo("failures");
        page.click("#jobs a");
        page.awaitText("#job-name", "mail");
        page.click("#to-jobs");
        awaitFirst("mail");
        awaitAddress("#/?sort=failures&grouped=no");
    }

    @Test
    void goesToAPageByItsNumber() {
        startMany();
        open("#/?grouped=no");
        Browser page = browser();
        page.awaitText("#jobs-pages", "of 3");
        page.find("#jobs-page").sendKeys(Keys.chord(Keys.CONTROL, "a"), "3\n");
        page.awaitText("#jobs-place", "101 to 121 of 121 jobs: job-100 to mail");
        awaitAddress("#/?grouped=no&page=3");
        page.find("#jobs-page").sendKeys(Keys.chord(Keys.CONTROL, "a"), "99\n");
        page.click("#jobs-back");
        page.awaitText("#jobs-place", "51 to 100");
        page.open(origin() + "/#/?page=77");
        page.driver().navigate().refresh();
        page.awaitText("#jobs-place", "101 to 121");
        awaitAddress("#/?page=3");
    }

    @Test
    void isLiveThoughNothingIsListed() {
        startMany();
        open("#/?name=nothing-like-that");
        browser().awaitText("#no-jobs", "No job matches");
        open("#/?grouped=yes&folded=idle%2Cstopped%2Cfailed%2Cdegraded%2Cworking%2Cwaiting");
        browser().awaitText("#jobs", "Idle 80");
        assertThat(names()).isEmpty();
    }

    @Test
    void putsJobsInTheirNewPlacesButNotWhileSomebodyIsInTheList() {
        startMany();
        open("#/?sort=depth&grouped=no");
        Browser page = browser();
        awaitFirst("job-117");
        new Actions(page.driver()).moveToElement(page.find("#jobs tr")).perform();
        page.awaitText("#jobs-held", "Held still");
        for (int i = 0; i < 5; i++) {
            submit("job-099", "1");
        }
        page.awaitText("#jobs tr:nth-child(2)", "6 of");
        assertThat(names()).startsWith("job-117", "job-099");
        new Actions(page.driver()).moveToElement(page.find("#headline-title")).perform();
        awaitFirst("job-099");
    }
}

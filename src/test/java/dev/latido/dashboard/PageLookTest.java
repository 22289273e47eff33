package dev.latido.dashboard;

import static dev.latido.dashboard.Browser.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** That the page can be used: by whoever cannot see it, or uses no mouse, on small and large screens, in light and dark. */
class PageLookTest extends BrowserTests {

    private static final String LONG = "a-job-with-a-name-that-is-as-long-as-the-names-of-jobs-may-be-64";

    @BeforeEach
    void startService() {
        start(jobs("""
                {'beat': {'every': '1s', 'autoStart': true},
                 'mail': {'concurrency': 2, 'queue': {'capacity': 6}},
                 'sync': {'worker': 'event-bus'},
                 '%s': {'autoStart': false}}""".formatted(LONG)));
        submit("sync", "1");
        submit("mail", "{\"fail\":\"no such mailbox: " + "x".repeat(300) + "\"}");
        submit("mail", "[1,2,3]");
        for (String priority : List.of("low", "normal", "high", "critical")) {
            post(
                    "/api/jobs/mail/executions?priority=" + priority,
                    "{\"hold\":true,\"progress\":0.3,\"note\":\"half\"}");
        }
        post("/api/jobs/mail/executions?delay=1h", "1");
        submit(LONG, "1");
    }

    /** Shows each view and dialog in turn, filled, and has {@code look} look at it. */
    private void eachView(Runnable look) {
        Browser page = browser();
        open("");
        page.awaitText("#attention", "failed and can be retried");
        page.awaitTrue("document.querySelectorAll('#service-depth canvas').length === 1");
        look.run();
        open("#/?grouped=yes&sort=depth&folded=stopped");
        page.awaitTrue("document.querySelectorAll('#jobs tr.group').length > 2");
        look.run();
        open("#/job/mail");
        page.awaitText("#executions", "no such mailbox");
        page.awaitText("#running", "half");
        page.awaitTrue("document.querySelectorAll('#job-depth canvas').length === 1");
        look.run();
        page.click("#executions tr:has([data-ref=act]:not([hidden])) a.id");
        page.awaitText("[data-x=error]", "no such mailbox");
        look.run();
        page.driver().navigate().back();
        page.awaitText("#executions", "no such mailbox");
        page.click("[data-act=submit]");
        page.find("#submit-payload").sendKeys("{");
        page.click("#submit-dialog [type=submit]");
        page.awaitText("#submit-payload-problem", "not JSON");
        look.run();
        page.click("#submit-dialog [data-close]");
        page.click("[data-act=limits]");
        look.run();
        page.click("#limits-dialog [data-close]");
        page.click("#job-more summary");
        look.run();
        page.click("[data-act=purge]");
        page.awaitText("#confirm-text", "will be cancelled");
        look.run();
        page.click("#confirm-dialog [data-close]");
    }

    private record Screen(int width, String colours) {}

    private static final List<Screen> SCREENS = List.of(
            new Screen(360, "light"),
            new Screen(360, "dark"),
            new Screen(768, "light"),
            new Screen(1600, "light"),
            new Screen(1600, "dark"));

    @Test
    void isAccessibleAndFitsEveryScreen() {
        Browser page = browser();
        page.size(1280, 800);
        eachView(() -> {
            for (Screen screen : SCREENS) {
                page.size(screen.width(), 800);
                page.prefer("prefers-color-scheme", screen.colours());
                assertThat(page.accessibilityProblems()).as(screen.toString()).isEmpty();
                assertThat(page.run("return [innerWidth, document.documentElement.scrollWidth]"))
                        .isEqualTo(List.of((long) screen.width(), (long) screen.width()));
                assertThat(page.run("""
                        return [...document.querySelectorAll('dialog[open]')].every((one) => one.scrollWidth <= one.clientWidth)""")).as("the dialog fits " + screen).isEqualTo(true);
            }
        });
    }

    private static WebElement focused() {
        return browser().driver().switchTo().activeElement();
    }

    private static void press(CharSequence... keys) {
        focused().sendKeys(keys);
    }

    /** Goes on from control to control until one that {@code selector} means has the focus, which has to be seen. */
    private static void tabTo(String selector) {
        Browser page = browser();
        for (int i = 0; i < 60; i++) {
            press(Keys.TAB);
            if (Boolean.TRUE.equals(page.run("return document.activeElement.matches(arguments[0])", selector))) {
                assertThat(page.run("""
                        const e = document.activeElement;
                        const shown = e.matches('.segments input') ? e.nextElementSibling : e;
                        return getComputedStyle(shown).outlineStyle""")).as("the outline of " + selector).isEqualTo("solid");
                return;
            }
        }
        throw new AssertionError("the focus does not come to " + selector);
    }

    @Test
    void canBeUsedByKeyboardAlone() {
        open("");
        Browser page = browser();
        page.awaitText("#jobs", "mail");
        press(Keys.TAB);
        assertThat(focused().getText()).isEqualTo("Skip to the content");
        press(Keys.ENTER);
        assertThat(focused().getDomAttribute("id")).isEqualTo("main");
        tabTo("#filter-name");
        press("mai");
        page.awaitTrue("document.querySelectorAll('#jobs tr').length === 1");
        tabTo("#jobs a");
        press(Keys.ENTER);
        page.awaitText("#job-name", "mail");
        page.awaitText("#executions", "no such mailbox");
        assertThat(focused().getDomAttribute("id")).isEqualTo("main");
        tabTo("[data-act=stop]");
        press(Keys.ENTER);
        page.awaitText("#job-state", "draining");
        tabTo("[data-act=submit]");
        press(Keys.ENTER);
        page.awaitTrue("document.activeElement.id === 'submit-payload'");
        press("7");
        tabTo("#submit-dialog [type=submit]");
        press(Keys.ENTER);
        page.awaitTrue("document.activeElement.matches('[data-act=submit]')");
        tabTo("#job-more summary");
        press(Keys.ENTER);
        page.awaitTrue("document.getElementById('job-more').open");
        press(Keys.ESCAPE);
        page.awaitTrue("!document.getElementById('job-more').open");
        tabTo("#execution-filter input");
        press(Keys.ARROW_RIGHT);
        page.awaitTrue("document.querySelectorAll('#executions tr').length === 1");
        tabTo("#executions a.id");
        press(Keys.ENTER);
        page.awaitText("[data-x=error]", "no such mailbox");
        page.awaitTrue("document.activeElement.id === 'main'");
        tabTo("[data-x=retry]");
        page.driver().navigate().back();
        page.awaitTrue("document.querySelectorAll('#executions tr').length === 1");
        page.awaitTrue("document.querySelector('#execution-filter input:checked').value === 'failed'");
    }

    @Test
    void remembersTheColoursThatWereChosen() {
        open("");
        Browser page = browser();
        String background = "return getComputedStyle(document.body).backgroundColor";
        Object light = page.run(background);
        page.click("#theme");
        assertThat(page.find("#theme").getDomAttribute("aria-label")).isEqualTo("Colours: light");
        page.click("#theme");
        assertThat(page.find("#theme").getDomAttribute("aria-label")).isEqualTo("Colours: dark");
        Object dark = page.run(background);
        assertThat(dark).isNotEqualTo(light);
        page.driver().navigate().refresh();
        page.awaitText("#connection-text", "Live");
        assertThat(page.run(background)).isEqualTo(dark);
        page.click("#theme");
        assertThat(page.find("#theme").getDomAttribute("aria-label")).isEqualTo("Colours: as the system has them");
        assertThat(page.run(background)).isEqualTo(light);
        page.prefer("prefers-color-scheme", "dark");
        assertThat(page.run(background)).isEqualTo(dark);
    }

    @Test
    void movesNothingForThoseWhoWantThat() {
        open("");
        Browser page = browser();
        page.run("""
                globalThis.beats = 0;
                const animate = Element.prototype.animate;
                Element.prototype.animate = function (...how) { beats++; return animate.apply(this, how); };""");
        page.awaitTrue("beats > 0");
        page.prefer("prefers-reduced-motion", "reduce");
        page.run("beats = 0");
        String seen = page.text("#jobs tr:nth-child(2) [data-ref=succeeded]");
        patiently("a further tick")
                .until(() ->
                        !page.text("#jobs tr:nth-child(2) [data-ref=succeeded]").equals(seen));
        assertThat(page.run("return beats")).isEqualTo(0L);
        assertThat(page.run("return getComputedStyle(document.getElementById('toast')).transitionProperty"))
                .isEqualTo("none");
    }

    @Test
    void keepsAListStillWhileSomebodyIsInIt() {
        open("#/job/beat");
        Browser page = browser();
        patiently("an execution")
                .until(() -> !page.text("#executions tr:first-child a.id").isEmpty());
        page.run("document.querySelector('#executions tr:first-child a.id').focus()");
        page.awaitText("#executions-place", "Held still");
        String first = page.text("#executions tr:first-child a.id");
        String running = page.text("[data-fact=succeeded]");
        patiently("a further tick")
                .until(() -> !page.text("[data-fact=succeeded]").equals(running));
        assertThat(page.text("#executions tr:first-child a.id")).isEqualTo(first);
        page.run("document.activeElement.blur()");
        patiently("a newer list")
                .until(() -> !page.text("#executions tr:first-child a.id").equals(first));
    }
}

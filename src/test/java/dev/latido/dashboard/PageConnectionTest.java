package dev.latido.dashboard;

import static dev.latido.dashboard.Browser.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;

/** What the page does when the service goes away, comes back, or asks for a key. */
class PageConnectionTest extends BrowserTests {

    private static final String JOBS = "{'beat': {'every': '100ms', 'autoStart': true}, 'mail': {}}";
    private static final String KEY = "a-key-of-more-than-16-characters";

    private static int succeeded() {
        String digits = browser().text("#jobs tr [data-ref=succeeded]").replaceAll("\\D", "");
        return digits.isEmpty() ? -1 : Integer.parseInt(digits);
    }

    private static void awaitMoreThan(int count) {
        patiently("more than " + count + " successes").until(() -> succeeded() > count);
    }

    @Test
    void saysThatItIsDisconnectedAndResumesByItself() {
        String directory = Services.directory().toString();
        Service service = start(jobs(JOBS), "store.directory", directory);
        expect("net::ERR_");
        open("");
        Browser page = browser();
        page.run("globalThis.sameDocument = true");
        awaitMoreThan(3);
        String port = String.valueOf(service.port());
        stop(service);
        page.awaitText("#connection-text", "Disconnected");
        page.awaitText("#headline-title", "The service cannot be reached");
        page.awaitText("#reconnect", "Try now");
        int before = succeeded();
        start(jobs(JOBS), "store.directory", directory, "http.port", port);
        page.awaitText("#connection-text", "Live");
        awaitMoreThan(before + 5);
        page.awaitText("#headline-title", "All is well");
        page.awaitTrue("globalThis.sameDocument");
    }

    @Test
    void triesAtOnceWhenAskedTo() {
        Service service = start(jobs(JOBS));
        expect("net::ERR_");
        open("");
        Browser page = browser();
        // By itself it would try again after 500 ms or more, and shall not get to it.
        page.run("""
                const set = setTimeout;
                globalThis.setTimeout = (action, millis) => set(action, millis < 400 ? millis : 600_000);""");
        String port = String.valueOf(service.port());
        stop(service);
        page.awaitText("#connection-text", "Disconnected");
        start(jobs(JOBS), "http.port", port);
        page.awaitText("#connection-text", "Disconnected");
        page.click("#reconnect");
        page.awaitText("#connection-text", "Live");
    }

    @Test
    void resumesWhereItWasCutOffAndShowsWhatHappenedMeanwhile() {
        start(jobs(JOBS));
        open("");
        Browser page = browser();
        page.run("""
                globalThis.away = new AbortController();
                globalThis.resumedFrom = [];
                const call = fetch;
                globalThis.fetch = (path, options) => {
                    if (!String(path).includes('api/events')) {
                        return call(path, options);
                    } else if (away.signal.aborted) {
                        return Promise.reject(new TypeError('away'));
                    }
                    resumedFrom.push(options.headers.get('Last-Event-ID'));
                    return call(path, {...options, signal: AbortSignal.any([options.signal, away.signal])});
                };""");
        see(page, false); // so that the stream is opened anew, and can be cut off
        page.awaitText("#connection-text", "Resting");
        see(page, true);
        page.awaitText("#connection-text", "Live");
        page.run("away.abort()");
        page.awaitText("#connection-text", "Disconnected");
        assertThat(mailsShown()).isEqualTo("0");
        submit("mail", "1");
        page.run("away = new AbortController()");
        page.awaitText("#connection-text", "Live");
        patiently("what happened meanwhile").until(() -> mailsShown().equals("1"));
        page.awaitTrue("resumedFrom.length === 2 && resumedFrom.every((id) => /^.+-[0-9]+$/.test(id))");
    }

    private static String mailsShown() {
        return browser().text("#jobs tr:nth-child(2) [data-ref=succeeded]");
    }

    @Test
    void restsWhileNobodyLooks() {
        start(jobs(JOBS));
        open("");
        Browser page = browser();
        awaitMoreThan(3);
        see(page, false);
        page.awaitText("#connection-text", "Resting");
        patiently("no reader").until(() -> readers() == 0);
        int before = succeeded();
        see(page, true);
        page.awaitText("#connection-text", "Live");
        awaitMoreThan(before + 5);
        assertThat(readers()).isEqualTo(1);
    }

    /** Has the page believe that it can be seen, or not. */
    private static void see(Browser page, boolean isSeen) {
        page.run("""
                Object.defineProperty(document, 'hidden', {configurable: true, value: !arguments[0]});
                document.dispatchEvent(new Event('visibilitychange'));""", isSeen);
    }

    private int readers() {
        return getText("/metrics")
                .lines()
                .filter(line -> line.startsWith("latido_stream_readers "))
                .map(line -> (int) Double.parseDouble(line.split(" ", 2)[1]))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void showsTheJobsThatThereAreAfterARestart() {
        String directory = Services.directory().toString();
        Service service = start(jobs("{'beat': {}, 'mail': {}, 'gone': {}}"), "store.directory", directory);
        expect("net::ERR_");
        expect("status of 404");
        open("#/job/gone");
        Browser page = browser();
        String port = String.valueOf(service.port());
        stop(service);
        page.awaitText("#connection-text", "Disconnected");
        start(jobs("{'beat': {}, 'mail': {}, 'new': {}}"), "store.directory", directory, "http.port", port);
        page.awaitText("#job-problem", "There is no job");
        page.click(".crumbs a");
        page.awaitText("#connection-text", "Live");
        page.awaitText("#jobs", "new");
        assertThat(page.text("#jobs")).doesNotContain("gone");
    }

    @Test
    void asksForAKeySaysThatOneIsWrongAndPutsNoneIntoAnAddress() {
        start(jobs(JOBS), "http.apiKeys", KEY);
        expect("status of 401");
        Browser page = browser();
        page.open(origin() + "/");
        page.awaitText("#key-dialog", "This service asks for a key");
        assertThat(page.find("#key").getDomAttribute("type")).isEqualTo("password");
        assertThat(page.driver().findElements(By.cssSelector("#jobs tr"))).isEmpty();
        page.find("#key").sendKeys("wrong");
        page.click("#key-dialog [type=submit]");
        page.awaitText("#key-problem", "The service does not know this key.");
        page.find("#key").sendKeys(KEY);
        page.click("#key-dialog [type=submit]");
        page.awaitText("#connection-text", "Live");
        awaitMoreThan(3);
        page.driver().navigate().refresh();
        page.awaitText("#connection-text", "Live");
        assertThat(page.requests()).noneMatch(url -> url.contains(KEY));
        assertThat(page.driver().getCurrentUrl()).doesNotContain(KEY);
        assertThat(page.run("return localStorage.length")).isEqualTo(0L);
        page.click("#forget-key");
        page.awaitText("#key-dialog", "This service asks for a key");
        page.awaitTrue("document.getElementById('key-dialog').open");
        assertThat(page.run("return sessionStorage.length")).isEqualTo(0L);
    }
}

package dev.latido.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.ops.Tool;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.ElementClickInterceptedException;
import org.openqa.selenium.JavascriptException;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * A real Chromium without a window, that can reach this machine only. It remembers what pages asked for and complained
 * of. Where it is not installed, the tests are left out and say so.
 */
public final class Browser implements AutoCloseable {

    /** It warns that it does not know the protocol of the newest Chromium, of which we use what does not change. */
    private static final Logger CDP = Logger.getLogger("org.openqa.selenium.devtools.CdpVersionFinder");

    /** Only a test that fails waits for so long, so there is room for a machine that is busy with other things. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Duration POLL = Duration.ofMillis(20);

    /** Notes violations of the content security policy and faults in scripts, from before the page's first script on. */
    private static final String WATCH = """
            globalThis.complaints = [];
            addEventListener('securitypolicyviolation', (event) =>
                complaints.push('policy: ' + event.violatedDirective + ' ' + event.blockedURI));
            addEventListener('error', (event) => complaints.push('error: ' + event.message));
            addEventListener('unhandledrejection', (event) => complaints.push('rejected: ' + event.reason));
            """;

    private final ChromeDriver driver;
    private final List<String> requests = new ArrayList<>();
    private final List<String> console = new ArrayList<>();

    public Browser() {
        Tool.require("chromium");
        Tool.require("chromedriver");
        CDP.setLevel(Level.SEVERE);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(onPath("chromium"));
        options.addArguments(
                "--headless=new",
                "--no-sandbox", // a root user, as in containers, cannot have one; nothing but our own page is loaded
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--hide-scrollbars",
                "--window-size=1280,1000",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1");
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
        // With the driver named, Selenium looks for none on the net.
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(new File(onPath("chromedriver")))
                .usingAnyFreePort()
                .build();
        driver = new ChromeDriver(service, options);
        driver.manage().timeouts().scriptTimeout(Duration.ofSeconds(60));
        command("Page.addScriptToEvaluateOnNewDocument", Map.of("source", WATCH));
    }

    private static String onPath(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(directory -> new File(directory, program))
                .filter(File::canExecute)
                .findFirst()
                .map(File::getPath)
                .orElseThrow();
    }

    public void open(String url) {
        driver.get(url);
    }

    /** Returns the version of Chromium. */
    public String version() {
        return driver.getCapabilities().getBrowserVersion();
    }

    ChromeDriver driver() {
        return driver;
    }

    Object command(String name, Map<String, Object> parameters) {
        return driver.executeCdpCommand(name, parameters);
    }

    public @Nullable Object run(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    /** Gives the page so many CSS pixels. */
    void size(int width, int height) {
        command(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    }

    /** Has the system prefer what is given, such as {@code "prefers-color-scheme", "dark"}. */
    void prefer(String feature, String value) {
        command("Emulation.setEmulatedMedia", Map.of("features", List.of(Map.of("name", feature, "value", value))));
    }

    /** Begins to wait for something that has a name: it is looked for at once, and then often. */
    static ConditionFactory patiently(String what) {
        return Awaitility.await(what).atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(POLL);
    }

    /** Waits for an element that can be seen. */
    WebElement find(String selector) {
        return patiently(selector)
                .ignoreExceptionsInstanceOf(StaleElementReferenceException.class)
                .until(
                        () -> driver.findElements(By.cssSelector(selector)).stream()
                                .filter(WebElement::isDisplayed)
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    /** Clicks on an element once it can be seen, in the middle of the window, where nothing covers it, and it stands still. */
    void click(String selector) {
        patiently(selector)
                .ignoreExceptionsMatching(moved -> moved instanceof StaleElementReferenceException
                        || moved instanceof ElementClickInterceptedException)
                .until(() -> {
                    WebElement found = find(selector);
                    run("arguments[0].scrollIntoView({block: 'center'})", found);
                    found.click();
                    return true;
                });
    }

    /** Returns the text of an element, seen or not. */
    String text(String selector) {
        return String.valueOf(run(
                "const e = document.querySelector(arguments[0]); return e === null ? '' : e.textContent;", selector));
    }

    /** Waits until an element has a text that contains {@code part}. */
    public void awaitText(String selector, String part) {
        patiently(selector + " to say " + part)
                .untilAsserted(() -> assertThat(text(selector)).contains(part));
    }

    /** Waits until {@code script} returns true. */
    public void awaitTrue(String script, Object... arguments) {
        patiently(script)
                .ignoreExceptionsInstanceOf(JavascriptException.class)
                .until(() -> Boolean.TRUE.equals(run("return " + script, arguments)));
    }

    /** Returns what is wrong by the rules of WCAG 2.2 A and AA and by best practice, as axe-core finds it. */
    List<String> accessibilityProblems() {
        if (!Boolean.TRUE.equals(run("return typeof axe === 'object'"))) {
            run(Resources.text("/axe.min.js"));
        }
        String report = (String) driver.executeAsyncScript("""
                const done = arguments[0];
                axe.run(document, {resultTypes: ['violations']}).then(
                    (found) => done(JSON.stringify(found.violations.map((one) => ({
                        impact: one.impact, id: one.id, help: one.help, nodes: one.nodes.map((node) =>
                            node.target.join(' ') + ': ' + node.failureSummary)})))),
                    (failure) => done(JSON.stringify([{impact: 'critical', id: String(failure)}])));
                """);
        return new JsonArray(report)
                .stream().map(found -> ((JsonObject) found).encodePrettily()).toList();
    }

    private void readLogs() {
        for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
            JsonObject message = new JsonObject(entry.getMessage()).getJsonObject("message");
            if (message.getString("method").equals("Network.requestWillBeSent")) {
                requests.add(
                        message.getJsonObject("params").getJsonObject("request").getString("url"));
            }
        }
        for (LogEntry entry : driver.manage().logs().get(LogType.BROWSER)) {
            console.add(entry.getLevel() + " " + entry.getMessage());
        }
    }

    /** Returns the addresses of all requests of pages since {@link #forget}. */
    List<String> requests() {
        readLogs();
        return List.copyOf(requests);
    }

    /** Returns all that pages wrote to the console since {@link #forget}, and what they complained of. */
    List<String> complaints() {
        readLogs();
        List<String> all = new ArrayList<>(console);
        Object found = run("return globalThis.complaints ?? []");
        if (found instanceof List<?> list) {
            list.forEach(one -> all.add(String.valueOf(one)));
        }
        return all;
    }

    /** Forgets what was before, and leaves the page. */
    void forget() {
        driver.get("about:blank");
        readLogs();
        requests.clear();
        console.clear();
    }

    /** Returns what can be seen, as a PNG. */
    byte[] screenshot() {
        return driver.getScreenshotAs(OutputType.BYTES);
    }

    @Override
    public void close() {
        driver.quit();
    }
}

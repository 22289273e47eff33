package dev.latido.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Makes the pictures of the documentation, of the {@link Demo}: {@code mvn test -Dtest=ScreenshotsTest
 * -Dscreenshots=docs/img}. It takes some minutes, for the charts to show something.
 */
@EnabledIfSystemProperty(named = "screenshots", matches = ".+")
class ScreenshotsTest {

    private static final int MAX_BYTES = 200_000;

    /** A free typeface that is close to what most systems have for their own texts; where it is installed, it is used. */
    private static final String TYPEFACE = "document.body.style.fontFamily = 'Inter, system-ui'";

    private final Path folder = Path.of(System.getProperty("screenshots", "."));

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void makesThePictures() throws IOException {
        Files.createDirectories(folder);
        AtomicBoolean isOver = new AtomicBoolean();
        Service service = Services.start(Demo.config());
        Demo.feed(service.vertx(), isOver);
        String origin = "http://127.0.0.1:" + service.port();
        try (Browser page = new Browser()) {
            page.size(1280, 1150);
            page.open(origin + "/");
            page.run(TYPEFACE);
            watch(page, Duration.ofSeconds(Integer.getInteger("watch", 270)));
            both(page, "dashboard");
            page.run("location.hash = '#/job/thumbnails'");
            page.awaitText("#running", "size");
            watch(page, Duration.ofSeconds(3));
            both(page, "job");
            page.run("location.hash = '#/job/invoices'");
            page.click("#execution-filter label:nth-of-type(2)");
            page.awaitText("#executions", "the ledger");
            page.click("#executions a.id");
            page.awaitText("[data-x=timeline]", "the ledger");
            both(page, "execution");
            page.size(390, 844);
            page.run("location.hash = '#/job/thumbnails'");
            page.awaitText("#running", "size");
            both(page, "job-phone");
            page.run("location.hash = '#/'");
            watch(page, Duration.ofSeconds(3));
            both(page, "dashboard-phone");
        } finally {
            isOver.set(true);
            service.stop();
        }
    }

    /** Lets the page look at the service for a while. */
    private static void watch(Browser page, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        Awaitility.await().atMost(time.plusSeconds(10)).until(() -> System.nanoTime() - end > 0);
        page.awaitText("#connection-text", "Live");
    }

    private void both(Browser page, String name) throws IOException {
        for (String colours : new String[] {"light", "dark"}) {
            page.prefer("prefers-color-scheme", colours);
            watch(page, Duration.ofSeconds(1)); // the charts are drawn anew
            byte[] picture = page.screenshot();
            assertThat(picture.length).isLessThan(MAX_BYTES);
            Files.write(folder.resolve(name + "-" + colours + ".png"), picture);
        }
        page.prefer("prefers-color-scheme", "light");
    }
}

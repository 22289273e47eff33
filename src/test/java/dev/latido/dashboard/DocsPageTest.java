package dev.latido.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * That the page that shows the contract works under its policy, in a real browser. After each test it is asked whether the
 * policy was violated, the console complained, or another host was wanted.
 */
class DocsPageTest extends BrowserTests {

    @BeforeEach
    void startService() {
        start(jobs("{'mail': {}}"));
    }

    private void openDocs(String place) {
        browser().open(origin() + "/docs" + place);
        browser().awaitText("#docs .title", "Latido");
    }

    @Test
    void showsEveryOperation() {
        openDocs("");
        browser().awaitTrue("document.querySelectorAll('.opblock').length > 25");
        assertThat(browser().text("#docs")).contains("/api/jobs/{job}/executions/batch", "Authorize", "OAS 3.1");
        assertThat(browser().text("#docs")).doesNotContain("Errors at", "Could not");
    }

    @Test
    void showsParametersAnswersAndSchemasOfOneAndTriesIt() {
        openDocs("#/jobs/getJob");
        Browser page = browser();
        page.awaitText(".opblock.is-open", "unknown-job");
        page.find(".opblock.is-open input[placeholder=job]").sendKeys("mail");
        page.click(".opblock.is-open .execute");
        page.awaitText(".opblock.is-open .live-responses-table", "\"name\": \"mail\"");
        page.click(".opblock.is-open .model-example .tablinks[data-name=model]");
        page.awaitText(".opblock.is-open", "waitingProducers");
    }

    @Test
    void followsTheSystemIntoTheDark() {
        browser().prefer("prefers-color-scheme", "dark");
        openDocs("");
        assertThat(browser().run("return document.documentElement.classList.contains('dark-mode')"))
                .isEqualTo(true);
        browser().prefer("prefers-color-scheme", "light");
        browser().awaitTrue("!document.documentElement.classList.contains('dark-mode')");
    }

    /** The kinds of problems that Swagger UI's own markup and colours have. A new kind is ours, or that of a new release. */
    private static final Set<String> OF_SWAGGER_UI =
            Set.of("color-contrast", "heading-order", "nested-interactive", "region", "scrollable-region-focusable");

    @ParameterizedTest
    @ValueSource(strings = {"light", "dark"})
    void hasNoAccessibilityProblemsBesideThoseOfSwaggerUi(String colours) {
        browser().prefer("prefers-color-scheme", colours);
        openDocs("#/jobs/getJob");
        browser().awaitText(".opblock.is-open", "unknown-job");
        browser().awaitTrue("document.getElementById('servers').hasAttribute('aria-label')");
        assertThat(browser().accessibilityProblems())
                .filteredOn(found -> !OF_SWAGGER_UI.contains(new JsonObject(found).getString("id")))
                .isEmpty();
    }
}

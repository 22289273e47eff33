package dev.latido.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.ops.Nginx;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * That pages, API and stream work behind a proxy that gives them a path of its own. After each test it is asked whether a page
 * asked for anything outside it.
 */
class ProxyTest extends BrowserTests {

    private static final String PREFIX = "/latido";

    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeEach
    void startBoth(@TempDir Path directory) throws Exception {
        Service service = start(jobs("{'mail': {'autoStart': false}}"));
        behind(new Nginx(directory, service.port()), PREFIX);
    }

    @Test
    void dashboardWorksAndFollowsWhatHappens() {
        open("");
        Browser page = browser();
        page.awaitText("#jobs tr:first-child .badge", "stopped");
        submit("mail", "1");
        page.awaitText("#jobs tr:first-child [data-ref=depth]", "1 of");
        open("#/job/mail");
        page.click("[data-act=start]");
        page.awaitText("#job-state", "running");
        page.awaitText("#executions [data-ref=state]", "succeeded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/docs#/jobs/getJob", "/docs/#/jobs/getJob"})
    void docsWorkAndTryTheServiceItself(String path) {
        Browser page = browser();
        page.open(origin() + path);
        page.awaitText(".opblock.is-open", "unknown-job");
        page.find(".opblock.is-open input[placeholder=job]").sendKeys("mail");
        page.click(".opblock.is-open .execute");
        page.awaitText(".opblock.is-open .live-responses-table", "\"name\": \"mail\"");
    }

    @Test
    void eventsComeAtOnce() throws Exception {
        try (BufferedReader events = new BufferedReader(new InputStreamReader(
                client.send(
                                HttpRequest.newBuilder(URI.create(origin() + "/api/events"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofInputStream())
                        .body(),
                StandardCharsets.UTF_8))) {
            awaitLine(events, "event: snapshot");
            submit("mail", "1");
            awaitLine(events, "event: execution.queued"); // the connection stays open, so nothing is flushed by its end
        }
    }

    private static void awaitLine(BufferedReader lines, String wanted) throws Exception {
        for (String line = lines.readLine(); !wanted.equals(line); line = lines.readLine()) {
            assertThat(line).as("end before " + wanted).isNotNull();
        }
    }

    @Test
    void placeOfASubmissionIsWhereItCanBeFetched() throws Exception {
        URI jobs = URI.create(origin() + "/api/jobs/mail/executions");
        HttpResponse<String> accepted = client.send(
                HttpRequest.newBuilder(jobs)
                        .header("Content-Type", "application/json")
                        .header("Origin", origin().replace(PREFIX, ""))
                        .POST(HttpRequest.BodyPublishers.ofString("1"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        URI place = jobs.resolve(accepted.headers().firstValue("Location").orElseThrow());
        assertThat(place.toString()).startsWith(origin() + "/api/executions/");
        assertThat(client.send(HttpRequest.newBuilder(place).build(), HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void pagesOfOtherOriginsAreStillRefused() throws Exception {
        HttpResponse<String> refused = client.send(
                HttpRequest.newBuilder(URI.create(origin() + "/api/pause"))
                        .header("Origin", "http://evil.example")
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(refused.statusCode()).isEqualTo(403);
    }
}

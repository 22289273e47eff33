package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the dashboard's files are served. */
class DashboardRoutesTest {

    private final WorkingService service =
            new WorkingService("{'a': {}}", "defaultJob", "a", "http.apiKeys", "a-key-of-more-than-16-characters");

    @AfterEach
    void stop() {
        service.close();
    }

    static Stream<String> paths() {
        return DashboardRoutes.FILES.stream().map(name -> name.equals("index.html") ? "/" : "/dashboard/" + name);
    }

    @ParameterizedTest
    @MethodSource("paths")
    void servesEachFileToAnybodyUnderAStrictPolicy(String path) {
        RawResponse answer = service.get(path);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Security-Policy").orElseThrow())
                .contains(
                        "default-src 'none'",
                        "script-src 'self'",
                        "style-src 'self'",
                        "connect-src 'self'",
                        "img-src 'self' data:",
                        "base-uri 'none'",
                        "form-action 'none'",
                        "frame-ancestors 'none'",
                        "require-trusted-types-for 'script'")
                .doesNotContain("unsafe");
        assertThat(answer.header("X-Content-Type-Options")).contains("nosniff");
        assertThat(answer.header("Referrer-Policy")).contains("no-referrer");
        assertThat(answer.header("Cache-Control")).contains("no-cache");
        assertThat(answer.header("Content-Type").orElseThrow()).startsWith(typeOf(path));
    }

    private static String typeOf(String path) {
        return path.endsWith(".js")
                ? "text/javascript; charset=utf-8"
                : path.endsWith(".css")
                        ? "text/css; charset=utf-8"
                        : path.endsWith(".svg") ? "image/svg+xml" : "text/html; charset=utf-8";
    }

    @Test
    void sendsWhatIsKnownNoSecondTime() {
        String tag = service.get("/dashboard/main.js").header("ETag").orElseThrow();
        assertThat(tag).matches("\"[0-9a-f]+-[0-9a-f]+\"");
        for (String known : new String[] {tag, "W/" + tag, "\"other\", " + tag, "*"}) {
            RawResponse answer = conditional(known);
            assertThat(answer.status()).as(known).isEqualTo(304);
            assertThat(answer.header("ETag")).contains(tag);
            assertThat(answer.header("Content-Length")).isEmpty();
        }
        assertThat(conditional("\"other\"").status()).isEqualTo(200);
        assertThat(service.get("/dashboard/job.js").header("ETag")).isNotEqualTo(tag);
    }

    private RawResponse conditional(String known) {
        return RawClient.exchange(
                service.port(),
                "GET /dashboard/main.js HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: " + known + "\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/dashboard",
                "/dashboard/",
                "/dashboard/index.html",
                "/dashboard/nope.js",
                "/dashboard/../META-INF/services/ch.qos.logback.classic.spi.Configurator",
                "/dashboard/uplot-1.6.32/",
                "/dashboard/uplot-1.6.32/LICENSE",
                "/dashboard/.git",
                "/index.html",
                "/dashboard/%2e%2e/META-INF/services/ch.qos.logback.classic.spi.Configurator",
                "/META-INF/services/ch.qos.logback.classic.spi.Configurator"
            })
    void servesNoOtherFile(String path) {
        service.get(path).assertProblem(404, "not-found");
    }

    @Test
    void isOnlyRead() {
        assertThat(service.post("/", "{}").header("Allow")).contains("GET, HEAD");
    }

    /** What is not in the table is not served, and what is in it and not there stops the start. */
    @Test
    void hasEveryFileInItsTable() throws IOException, URISyntaxException {
        Path folder = Path.of(DashboardRoutes.class.getResource("/dashboard/").toURI());
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> folder.relativize(file).toString()))
                    .filteredOn(name -> !name.endsWith("LICENSE"))
                    .containsExactlyInAnyOrderElementsOf(DashboardRoutes.FILES);
        }
    }
}

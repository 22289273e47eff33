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

/** How the contract and the page that shows it are served. */
class DocsRoutesTest {

    private final WorkingService service =
            new WorkingService("{'a': {}}", "defaultJob", "a", "http.apiKeys", "a-key-of-more-than-16-characters");

    @AfterEach
    void stop() {
        service.close();
    }

    @Test
    void servesTheContractToAnybodyAsItStandsInTheFile() throws IOException {
        RawResponse answer = service.get("/openapi.yaml");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).contains("application/yaml");
        assertThat(answer.header("X-Content-Type-Options")).contains("nosniff");
        assertThat(answer.body()).isEqualTo(Files.readString(Path.of("src/main/resources/openapi.yaml")));
    }

    @Test
    void sendsTheContractNoSecondTime() {
        String tag = service.get("/openapi.yaml").header("ETag").orElseThrow();
        RawResponse answer = RawClient.exchange(
                service.port(), "GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: " + tag + "\r\n\r\n");
        assertThat(answer.status()).isEqualTo(304);
        assertThat(answer.header("ETag")).contains(tag);
    }

    static Stream<String> pages() {
        return Stream.concat(Stream.of("/docs"), DocsRoutes.PARTS.stream().map(name -> "/docs/" + name));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void servesThePageToAnybodyUnderAStrictPolicy(String path) {
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
                        "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(answer.header("X-Content-Type-Options")).contains("nosniff");
        assertThat(answer.header("Referrer-Policy")).contains("no-referrer");
        assertThat(answer.header("Cache-Control")).contains("no-cache");
    }

    /** Its links are relative, so that they are right behind a proxy with a prefix. */
    @Test
    void sendsWhoAsksWithASlashToThePage() {
        RawResponse answer = service.get("/docs/");
        assertThat(answer.status()).isEqualTo(308);
        assertThat(answer.header("Location")).contains("../docs");
        service.post("/docs/", "{}").assertProblem(405, "method-not-allowed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/docs/index.html", "/docs/swagger-ui-bundle.js.LICENSE.txt", "/openapi.json"})
    void servesNoOtherFile(String path) {
        service.get(path).assertProblem(404, "not-found");
    }

    /** What is not in the table is not served, and what is in it and not there stops the start. */
    @Test
    void hasEveryFileInItsTable() throws IOException, URISyntaxException {
        Path folder = Path.of(DocsRoutes.class.getResource("/docs/").toURI());
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> folder.relativize(file).toString()))
                    .filteredOn(name -> !name.endsWith(".txt") && !name.equals("index.html"))
                    .containsExactlyInAnyOrderElementsOf(DocsRoutes.PARTS);
        }
    }
}

package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    private RawResponse get(String path, String... headers) {
        return RawClient.exchange(
                service.port(), "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + String.join("", headers) + "\r\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    gzip                     | true
                    x-gzip                   | true
                    GZip;q=0.001             | true
                    br, gzip ; Q=1.000       | true
                    *                        | true
                    *;q=0.5, identity        | true
                    identity;q=0, gzip;q=0.1 | true
                    ''                       | false
                    identity                 | false
                    gzip;q=0                 | false
                    gzip;q=0.000, *          | false
                    *;q=0                    | false
                    gzip;q=                  | false
                    gzip;q=2                 | false
                    gzip;q=-1                | false
                    gzip;level=9             | false
                    gzipped, br              | false
                    """)
    void compressesForWhoAcceptsThat(String accepted, boolean isCompressed) {
        RawResponse answer = get("/docs/swagger-ui.css", "Accept-Encoding: " + accepted + "\r\n");
        assertThat(answer.header("Content-Encoding").isPresent()).isEqualTo(isCompressed);
        assertThat(answer.header("Vary")).contains("accept-encoding");
        assertThat(answer.header("ETag").orElseThrow().endsWith("-gzip\"")).isEqualTo(isCompressed);
    }

    @Test
    void eachFormHasATagOfItsOwn() {
        String gzip = "Accept-Encoding: gzip\r\n";
        String plainTag = get("/docs/swagger-ui.css").header("ETag").orElseThrow();
        String gzipTag = get("/docs/swagger-ui.css", gzip).header("ETag").orElseThrow();
        assertThat(gzipTag).isNotEqualTo(plainTag);
        for (String form : new String[] {"", gzip}) {
            String own = form.isEmpty() ? plainTag : gzipTag;
            String other = form.isEmpty() ? gzipTag : plainTag;
            RawResponse known = get("/docs/swagger-ui.css", form, "If-None-Match: " + own + "\r\n");
            assertThat(known.status()).isEqualTo(304);
            assertThat(known.header("ETag")).contains(own);
            assertThat(known.header("Vary")).contains("accept-encoding");
            assertThat(get("/docs/swagger-ui.css", form, "If-None-Match: " + other + "\r\n")
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void whatIsCompressedIsTheSameFile() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        URI bundle = URI.create("http://localhost:" + service.port() + "/docs/swagger-ui-bundle.js");
        byte[] plain = client.send(HttpRequest.newBuilder(bundle).build(), BodyHandlers.ofByteArray())
                .body();
        HttpRequest asks =
                HttpRequest.newBuilder(bundle).header("Accept-Encoding", "gzip").build();
        for (int again = 0; again < 2; again++) {
            byte[] compressed = client.send(asks, BodyHandlers.ofByteArray()).body();
            assertThat(compressed.length).isLessThan(plain.length / 3);
            assertThat(new GZIPInputStream(new ByteArrayInputStream(compressed)).readAllBytes())
                    .isEqualTo(plain);
        }
        for (String form : new String[] {"", "Accept-Encoding: gzip\r\n"}) {
            RawResponse get = get("/docs/swagger-ui-bundle.js", form);
            try (RawClient head = new RawClient(service.port())) {
                RawResponse answer = head.send(
                                "HEAD /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n" + form + "\r\n")
                        .readHead();
                assertThat(answer.header("Content-Length")).isEqualTo(get.header("Content-Length"));
                assertThat(answer.header("ETag")).isEqualTo(get.header("ETag"));
            }
        }
    }
}

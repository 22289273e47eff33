package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricsRoutesTest {

    private final Service service = Services.start();
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void stop() {
        service.stop();
    }

    private HttpResponse<byte[]> get(String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.port() + "/metrics"));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }

    @Test
    void isCompressedForWhoTakesThat() throws Exception {
        get(); // has the meters of requests show
        HttpResponse<byte[]> plain = get();
        HttpResponse<byte[]> compressed = get("Accept-Encoding", "gzip");

        assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(text(plain.body()))
                .contains("latido_job_running{job=\"heartbeat\"} ")
                .endsWith("\n");
        assertThat(compressed.headers().firstValue("Content-Encoding")).contains("gzip");
        assertThat(compressed.headers().firstValueAsLong("Content-Length")).hasValue(compressed.body().length);
        assertThat(compressed.body().length).isLessThan(plain.body().length / 3);
        byte[] text = new GZIPInputStream(new ByteArrayInputStream(compressed.body())).readAllBytes();
        assertThat(text(text).lines().filter(line -> line.startsWith("#")))
                .containsExactlyElementsOf(text(plain.body())
                        .lines()
                        .filter(line -> line.startsWith("#"))
                        .toList());
        for (HttpResponse<byte[]> each : List.of(plain, compressed)) {
            assertThat(each.headers().firstValue("Vary")).contains("accept-encoding");
            assertThat(each.headers().firstValue("Content-Type")).contains("text/plain; version=0.0.4; charset=utf-8");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    gzip                    | true
                    GZIP;q=0.5, identity    | true
                    deflate, gzip;q=1.0     | true
                    gzip;q=0                | false
                    identity                | false
                    br, x-gzipped           | false
                    """)
    void followsAcceptEncoding(String accepted, boolean compressed) throws Exception {
        assertThat(get("Accept-Encoding", accepted)
                        .headers()
                        .firstValue("Content-Encoding")
                        .isPresent())
                .isEqualTo(compressed);
    }

    @Test
    void answersOldClientsAndThoseWhoOnlyAskForTheHead() {
        try (RawClient head = new RawClient(service.port())) {
            String request = String.join(
                    "\r\n",
                    "HEAD /metrics HTTP/1.1",
                    "Host: localhost",
                    "Accept-Encoding: gzip",
                    "Connection: close",
                    "",
                    "");
            String all = head.send(request).readUntilClosed();
            assertThat(all)
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("content-encoding: gzip\r\n", "content-length: ")
                    .endsWith("\r\n\r\n");
        }
        try (RawClient old = new RawClient(service.port())) {
            String all =
                    old.send("GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n").readUntilClosed();
            assertThat(all)
                    .startsWith("HTTP/1.0 200 OK\r\n")
                    .doesNotContain("transfer-encoding")
                    .contains("\nlatido_job_running{job=\"heartbeat\"} ");
        }
    }
}

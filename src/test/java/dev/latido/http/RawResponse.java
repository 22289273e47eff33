package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An HTTP answer as it came over the wire. */
public record RawResponse(String statusLine, Map<String, List<String>> headers, String body) {

    public int status() {
        return Integer.parseInt(statusLine.split(" ", 3)[1]);
    }

    public String reason() {
        return statusLine.split(" ", 3)[2];
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name)).map(values -> values.get(0));
    }

    public JsonObject json() {
        return new JsonObject(body);
    }

    /** Asserts that this is the problem {@code type} with {@code status}, and that it tells nothing of the inside. */
    public RawResponse assertProblem(int status, String type) {
        assertThat(status()).as(this::toString).isEqualTo(status);
        assertThat(header("Content-Type")).contains("application/problem+json");
        assertThat(json().fieldNames()).containsExactlyInAnyOrder("type", "title", "status", "detail");
        assertThat(json().getString("type")).isEqualTo("urn:latido:problem:" + type);
        assertThat(json().getInteger("status")).isEqualTo(status);
        assertThat(json().getString("title")).isEqualTo(reason());
        assertThat(json().getString("detail")).isNotBlank().endsWith(".");
        return assertTellsNothingOfTheInside();
    }

    public RawResponse assertTellsNothingOfTheInside() {
        assertThat(headers).doesNotContainKeys("Server", "X-Powered-By", "Via");
        assertKeptFromPages();
        assertThat(body)
                .doesNotContainIgnoringCase("vert.x", "vertx", "netty", "exception")
                .doesNotContainPattern("\\b(java|javax|io|com|org|dev)\\.[a-z]+\\.")
                .doesNotContainPattern("(?<![\\d.])\\d+\\.\\d+\\.\\d+(?![\\d.])")
                .doesNotContainPattern("\\tat [a-z]");
        assertThat(Duration.between(date(), Instant.now()).abs()).isLessThan(Duration.ofMinutes(1));
        return this;
    }

    /** Asserts that a page of another origin cannot see it, and that no browser takes it for something else. */
    public RawResponse assertKeptFromPages() {
        assertThat(headers.get("Cross-Origin-Resource-Policy"))
                .as(this::toString)
                .isEqualTo(List.of("same-origin"));
        assertThat(headers.get("X-Content-Type-Options")).isEqualTo(List.of("nosniff"));
        return this;
    }

    private Instant date() {
        String date = header("Date").orElseThrow(() -> new AssertionError("no Date in " + this));
        assertThat(date).as("IMF-fixdate").hasSize(29);
        return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    }

    public RawResponse assertClosesConnection() {
        assertThat(header("Connection")).contains("close");
        return this;
    }
}

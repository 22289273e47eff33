package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code GET /api/series}; every answer is compared with the contract. */
class SeriesApiTest {

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final WorkingService service =
            new WorkingService("{'mail': {'concurrency': 9}, 'idle': {'autoStart': false}}", "defaultJob", "mail");

    @AfterEach
    void close() {
        service.close();
    }

    private static JsonArray column(JsonObject series, String measure) {
        return series.getJsonObject("points").getJsonArray(measure);
    }

    private static long sum(JsonObject series, String measure) {
        return column(series, measure).stream()
                .filter(Number.class::isInstance)
                .mapToLong(value -> ((Number) value).longValue())
                .sum();
    }

    private JsonObject awaitPoint(String query, String measure, long sum) {
        return await().atMost(PATIENCE)
                .until(() -> service.read("/api/series" + query), series -> sum(series, measure) == sum);
    }

    @Test
    void saysWhatOneJobDidAndAllTogether() {
        service.submit("mail", "1", "");
        service.bench("mail").take().succeed("2");
        service.submit("mail", "1", "");
        service.bench("mail").take().fail("no");
        service.submit("idle", "1", "");
        Instant before = Instant.now();

        JsonObject mail = awaitPoint("?job=mail", "failed", 1);
        assertThat(mail.getString("job")).isEqualTo("mail");
        assertThat(mail.getString("range")).isEqualTo("1h");
        assertThat(mail.getInteger("stepSeconds")).isEqualTo(5);
        assertThat(Instant.parse(mail.getString("since"))).isBefore(before);
        assertThat(Instant.parse(mail.getString("from")).getEpochSecond() % 5).isZero();
        assertThat(sum(mail, "succeeded")).isEqualTo(1);
        assertThat(sum(mail, "accepted")).isEqualTo(2);
        assertThat(column(mail, "queued").getLong(0)).isZero();
        JsonObject all = awaitPoint("", "accepted", 3);
        assertThat(all.containsKey("job")).isFalse();
        assertThat(column(all, "queued").stream()).last().isEqualTo(1);
        JsonObject day = service.read("/api/series?range=24h");
        assertThat(day.getInteger("stepSeconds")).isEqualTo(60);
        assertThat(column(day, "succeeded").size()).isLessThan(3);
    }

    @Test
    void givesOnlyWhatIsNew() {
        service.submit("mail", "1", "");
        JsonObject first = awaitPoint("", "accepted", 1);
        int known = column(first, "accepted").size();
        Instant last = Instant.parse(first.getString("from")).plusSeconds(5L * (known - 1));

        JsonObject next = await().atMost(PATIENCE)
                .until(
                        () -> service.read("/api/series?after=" + last),
                        series -> !column(series, "accepted").isEmpty());
        assertThat(next.getString("from")).isEqualTo(last.plusSeconds(5).toString());
        assertThat(sum(next, "accepted")).isZero();
        assertThat(column(service.read("/api/series?after=9999-12-31T23:59:59Z"), "accepted"))
                .isEmpty();
        assertThat(column(service.read("/api/series?after=%2B1000000000-12-31T23:59:59Z"), "accepted"))
                .isEmpty();
    }

    @Test
    void refusesAJobThatIsNotThere() {
        RawResponse answer = service.get("/api/series?job=nope");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.json().getString("type")).isEqualTo("urn:latido:problem:unknown-job");
        assertThat(service.get("/api/series?job=").status()).isEqualTo(404);
    }
}

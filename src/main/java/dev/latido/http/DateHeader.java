package dev.latido.http;

import dev.latido.job.TimeSource;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The {@code Date} that a server with a clock has to send (RFC 9110, 6.6.1), as text that is written once a second and
 * not once a request. Belongs to one event loop.
 */
final class DateHeader {

    private static final long PERIOD_MILLIS = 1_000;

    /** IMF-fixdate (RFC 9110, 5.6.7); {@link DateTimeFormatter#RFC_1123_DATE_TIME} writes days without their zero. */
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final TimeSource time;
    private CharSequence text;

    DateHeader(Vertx vertx, TimeSource time) {
        this.time = time;
        this.text = now();
        vertx.setPeriodic(PERIOD_MILLIS, ignored -> text = now());
    }

    /** Has the date put on {@code response} when its head is written, whoever writes it and whatever clears it before. */
    void stamp(HttpServerResponse response) {
        response.headersEndHandler(ignored -> response.putHeader(HttpHeaders.DATE, text));
    }

    private CharSequence now() {
        return HttpHeaders.createOptimized(FORMAT.format(time.now().wall()));
    }
}

package dev.latido.http;

import dev.latido.job.TimeSource;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What stands in every answer. The {@code Date} that a server with a clock has to send (RFC 9110, 6.6.1), as text that is written
 * once a second and not once a request. And where the connection stays open, for how long it may be used again
 * ({@code Keep-Alive}, RFC 2068, 19.7.1.1): a little shorter than it stays open, so that a request that is sent at the last moment
 * is still answered. And that a page of another origin may not load it ({@code Cross-Origin-Resource-Policy}, Fetch standard, 3.7),
 * nor a browser take it for something else than it is: a page could otherwise see whether its image, script or request succeeded,
 * and so what is here. Belongs to one event loop.
 */
final class CommonHeaders {

    private static final CharSequence RESOURCE_POLICY = HttpHeaders.createOptimized("Cross-Origin-Resource-Policy");
    private static final CharSequence SAME_ORIGIN = HttpHeaders.createOptimized("same-origin");
    private static final CharSequence TYPE_OPTIONS = HttpHeaders.createOptimized("X-Content-Type-Options");
    private static final CharSequence NO_SNIFF = HttpHeaders.createOptimized("nosniff");
    private static final CharSequence KEEP_ALIVE = HttpHeaders.createOptimized("Keep-Alive");

    /** The part of the time that a connection is kept open which nobody is told of. */
    private static final int SECRET_PART = 15;

    private static final long PERIOD_MILLIS = 1_000;

    /** IMF-fixdate (RFC 9110, 5.6.7); {@link DateTimeFormatter#RFC_1123_DATE_TIME} writes days without their zero. */
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final TimeSource time;
    private final @Nullable CharSequence keepAlive;
    private CharSequence text;

    /**
     * Makes them.
     *
     * @param idle how long a connection stays open on which nothing happens
     */
    CommonHeaders(Vertx vertx, TimeSource time, Duration idle) {
        this.time = time;
        long told = idle.minus(idle.dividedBy(SECRET_PART)).toSeconds();
        this.keepAlive = told == 0 ? null : HttpHeaders.createOptimized("timeout=" + told);
        this.text = now();
        vertx.setPeriodic(PERIOD_MILLIS, ignored -> text = now());
    }

    /** Has them put on the answer to {@code request} when its head is written, whoever writes it and whatever clears it before. */
    void stamp(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        response.headersEndHandler(ignored -> {
            MultiMap headers = response.headers()
                    .set(HttpHeaders.DATE, text)
                    .set(RESOURCE_POLICY, SAME_ORIGIN)
                    .set(TYPE_OPTIONS, NO_SNIFF);
            if (keepAlive != null && staysOpen(request, headers)) {
                headers.set(HttpHeaders.CONNECTION, HttpHeaders.KEEP_ALIVE).set(KEEP_ALIVE, keepAlive);
            }
        });
    }

    /** Puts on the answer what keeps pages of other origins from seeing that there is one. */
    static void keepFromPages(io.netty.handler.codec.http.HttpHeaders headers) {
        headers.set(RESOURCE_POLICY, SAME_ORIGIN).set(TYPE_OPTIONS, NO_SNIFF);
    }

    /** Tells what Vert.x has found out, and noted where it is not what the version of HTTP says by itself. */
    private static boolean staysOpen(HttpServerRequest request, MultiMap headers) {
        return request.version() == HttpVersion.HTTP_1_0
                ? headers.contains(HttpHeaders.CONNECTION, HttpHeaders.KEEP_ALIVE, true)
                : !headers.contains(HttpHeaders.CONNECTION, HttpHeaders.CLOSE, true);
    }

    private CharSequence now() {
        return HttpHeaders.createOptimized(FORMAT.format(time.now().wall()));
    }
}

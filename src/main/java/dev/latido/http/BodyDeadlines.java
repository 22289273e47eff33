package dev.latido.http;

import dev.latido.job.TimeSource;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Answers requests with 408 whose bodies have not arrived in time. All have the same time, so one timer, for the oldest, is
 * enough: one for each request costs more than to read a short body. For one event loop.
 */
final class BodyDeadlines {

    private final Vertx vertx;
    private final TimeSource time;
    private final Duration timeout;

    /** Requests whose bodies are arriving, in the order of their deadlines, on the monotonic clock. */
    private final Map<HttpServerRequest, Long> open = new LinkedHashMap<>();

    private boolean isSet;

    BodyDeadlines(Vertx vertx, TimeSource time, Duration timeout) {
        this.vertx = vertx;
        this.time = time;
        this.timeout = timeout;
    }

    /** The body of {@code request} is to arrive from now on. */
    void begin(HttpServerRequest request) {
        open.put(request, time.nanos() + timeout.toNanos());
        if (!isSet) {
            set(timeout.toMillis());
        }
    }

    /** The body of {@code request} has arrived, or never will. */
    void end(HttpServerRequest request) {
        open.remove(request);
    }

    private void set(long millis) {
        isSet = true;
        vertx.setTimer(Math.max(1, millis), ignored -> rang());
    }

    private void rang() {
        isSet = false;
        long now = time.nanos();
        Iterator<Map.Entry<HttpServerRequest, Long>> oldest = open.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<HttpServerRequest, Long> entry = oldest.next();
            long left = entry.getValue() - now;
            if (left > 0) {
                set(Duration.ofNanos(left).toMillis() + 1); // not before
                return;
            }
            HttpServerRequest late = entry.getKey();
            oldest.remove();
            vertx.runOnContext(ignored -> Problem.TIMEOUT.sendAndClose(late)); // which may end others
        }
    }
}

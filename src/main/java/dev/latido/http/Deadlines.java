package dev.latido.http;

import dev.latido.job.TimeSource;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What has to be done in time: bodies that arrive, pieces of answers that leave. All have the same time, so one timer, for the
 * oldest, is enough: one for each request costs more than to read a short body. For one event loop.
 */
final class Deadlines<T> {

    private final Vertx vertx;
    private final TimeSource time;
    private final Duration timeout;
    private final Consumer<T> late;

    /** What is under way, in the order of its deadlines, on the monotonic clock. */
    private final Map<T, Long> open = new LinkedHashMap<>();

    private boolean isSet;

    /**
     * Makes them.
     *
     * @param late told of each that was not done in time
     */
    Deadlines(Vertx vertx, TimeSource time, Duration timeout, Consumer<T> late) {
        this.vertx = vertx;
        this.time = time;
        this.timeout = timeout;
        this.late = late;
    }

    /** From now on the time of {@code one} runs, which is not under way. */
    void begin(T one) {
        open.put(one, time.nanos() + timeout.toNanos());
        if (!isSet) {
            set(timeout.toMillis());
        }
    }

    /** It is done, or never will be. */
    void end(T one) {
        open.remove(one);
    }

    private void set(long millis) {
        isSet = true;
        vertx.setTimer(Math.max(1, millis), ignored -> rang());
    }

    private void rang() {
        isSet = false;
        long now = time.nanos();
        Iterator<Map.Entry<T, Long>> oldest = open.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<T, Long> entry = oldest.next();
            long left = entry.getValue() - now;
            if (left > 0) {
                set(Duration.ofNanos(left).toMillis() + 1); // not before
                return;
            }
            T overdue = entry.getKey();
            oldest.remove();
            vertx.runOnContext(ignored -> late.accept(overdue)); // which may end others
        }
    }
}

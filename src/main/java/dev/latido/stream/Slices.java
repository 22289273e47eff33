package dev.latido.stream;

import dev.latido.job.TimeSource;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does something for many, letting the event loop's other work have its turn in between. */
final class Slices {

    /** For so many at a time. */
    private static final int SIZE = 32;

    /** And for no longer: what is done for one may be long, such as a snapshot of many jobs. */
    private static final long MAX_NANOS = 5_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(Slices.class);

    private final Vertx vertx;
    private final TimeSource time;

    Slices(Vertx vertx, TimeSource time) {
        this.vertx = vertx;
        this.time = time;
    }

    /**
     * Does {@code action} for each in order, for the first ones at once, and then {@code whenDone}. One that fails is
     * logged, and keeps nothing from the others.
     */
    <T> void each(List<T> all, Consumer<T> action, Runnable whenDone) {
        each(all, 0, action, whenDone);
    }

    private <T> void each(List<T> all, int begin, Consumer<T> action, Runnable whenDone) {
        long begun = time.nanos();
        int next = begin;
        while (next < all.size() && next - begin < SIZE && (next == begin || time.nanos() - begun < MAX_NANOS)) {
            try {
                action.accept(all.get(next));
            } catch (RuntimeException | Error fault) {
                LOG.error("a fault in the stream of events", fault);
            }
            next++;
        }
        if (next == all.size()) {
            whenDone.run();
        } else {
            int rest = next;
            vertx.runOnContext(ignored -> each(all, rest, action, whenDone));
        }
    }
}

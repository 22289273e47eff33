package dev.latido.stream;

import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does something for many, letting the event loop's other work have its turn in between. */
final class Slices {

    /** For so many at a time: a few milliseconds at most. */
    private static final int SIZE = 32;

    private static final Logger LOG = LoggerFactory.getLogger(Slices.class);

    private final Vertx vertx;

    Slices(Vertx vertx) {
        this.vertx = vertx;
    }

    /**
     * Does {@code action} for each in order, for the first ones at once, and then {@code whenDone}. One that fails is
     * logged, and keeps nothing from the others.
     */
    <T> void each(List<T> all, Consumer<T> action, Runnable whenDone) {
        int end = Math.min(SIZE, all.size());
        for (T one : all.subList(0, end)) {
            try {
                action.accept(one);
            } catch (RuntimeException | Error fault) {
                LOG.error("a fault in the stream of events", fault);
            }
        }
        if (end == all.size()) {
            whenDone.run();
        } else {
            vertx.runOnContext(ignored -> each(all.subList(end, all.size()), action, whenDone));
        }
    }
}

package dev.latido.stream;

import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Consumer;

/** Does something for many, letting the event loop's other work have its turn in between. */
final class Slices {

    /** For so many at a time: a few milliseconds at most. */
    private static final int SIZE = 32;

    private final Vertx vertx;

    Slices(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Does {@code action} for each in order, for the first ones at once, and then {@code whenDone}. */
    <T> void each(List<T> all, Consumer<T> action, Runnable whenDone) {
        int end = Math.min(SIZE, all.size());
        all.subList(0, end).forEach(action);
        if (end == all.size()) {
            whenDone.run();
        } else {
            vertx.runOnContext(ignored -> each(all.subList(end, all.size()), action, whenDone));
        }
    }
}

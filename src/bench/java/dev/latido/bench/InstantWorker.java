package dev.latido.bench;

import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A worker that is done at once, and notes when it was last called. */
public final class InstantWorker implements Worker {

    private static final AtomicLong CALLED_NANOS = new AtomicLong();

    @Override
    public Future<@Nullable String> perform(Task task) {
        CALLED_NANOS.lazySet(System.nanoTime());
        return Future.succeededFuture();
    }

    /** Returns when, by {@link System#nanoTime}, the latest execution of this JVM began. */
    static long calledNanos() {
        return CALLED_NANOS.get();
    }
}

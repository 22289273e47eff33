package dev.latido.bench;

import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Takes one millisecond for everything: a worker that producers outrun. */
public final class SlowWorker implements Worker {

    private final Vertx vertx;

    public SlowWorker(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public Future<@Nullable String> perform(Task task) {
        return vertx.timer(1, TimeUnit.MILLISECONDS).map((String) null);
    }
}

package dev.latido;

import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Takes a moment for everything; and for the payload {@code "halt"} ends the process it runs in. */
public final class HaltingWorker implements Worker {

    /** How the process ends. */
    static final int EXIT_CODE = 77;

    private static final long HALTS_AFTER_MILLIS = 100;
    private static final long SUCCEEDS_AFTER_MILLIS = 150;

    private final Vertx vertx;

    public HaltingWorker(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public Future<@Nullable String> perform(Task task) {
        if ("\"halt\"".equals(task.payload())) {
            vertx.setTimer(HALTS_AFTER_MILLIS, ignored -> Runtime.getRuntime().halt(EXIT_CODE));
        }
        return vertx.timer(SUCCEEDS_AFTER_MILLIS, TimeUnit.MILLISECONDS).map(task.payload());
    }
}

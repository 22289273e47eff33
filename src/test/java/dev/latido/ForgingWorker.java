package dev.latido;

import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import org.jspecify.annotations.Nullable;

/** Fails with what its payload says, as a worker does that names in its error what it was given. */
public final class ForgingWorker implements Worker {

    @Override
    public Future<@Nullable String> perform(Task task) {
        throw new IllegalStateException(new JsonArray(String.valueOf(task.payload())).getString(0));
    }
}

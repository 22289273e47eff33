package com.example;

import dev.latido.worker.Task;
import dev.latido.worker.WorkFailedException;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Greets whoever the payload names, as in {@code {"name":"Ada"}}. It never waits, so it needs no thread of its own. */
public final class Greeter implements Worker {

    @Override
    public Future<String> perform(Task task) {
        String name = task.payload() == null ? null : new JsonObject(task.payload()).getString("name");
        if (name == null) {
            return Future.failedFuture(WorkFailedException.doNotRetry("the payload has no name"));
        }
        task.progress(0.5, "thinking of something nice to say");
        return Future.succeededFuture(
                new JsonObject().put("greeting", "Hello, " + name + "!").encode());
    }
}

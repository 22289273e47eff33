package dev.latido.bench;

import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** A worker that is done at once. */
public final class InstantWorker implements Worker {

    /** The configuration of a job that it works for, 10,000 at once. */
    static final String JOB =
            "jobs:\n  work: {concurrency: 10000, queue: {capacity: 100000}, worker: {type: class, class: "
                    + InstantWorker.class.getName() + "}}\n";

    /** Where work for that job is submitted. */
    static final String PATH = "/api/jobs/work/executions";

    @Override
    public Future<@Nullable String> perform(Task task) {
        return Future.succeededFuture();
    }
}

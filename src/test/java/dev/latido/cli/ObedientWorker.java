package dev.latido.cli;

import dev.latido.worker.Task;
import dev.latido.worker.WorkFailedException;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/** Does what the payload says: {@code "fail"}, {@code "hang"} until it is cancelled, or that is its result; that of {@code "deep"} is nested deep. */
public final class ObedientWorker implements Worker {

    static final String DEEP = "[".repeat(20_000) + "0." + "1".repeat(5_000) + "]".repeat(20_000);
    static final String NOTE = "half \u001b[31mred\u009b0m done";

    @Override
    public Future<@Nullable String> perform(Task task) {
        String payload = String.valueOf(task.payload());
        if (payload.contains("fail")) {
            return Future.failedFuture(new WorkFailedException("as I was told \u001b]0;title\u0007"));
        }
        if (payload.contains("hang")) {
            Promise<@Nullable String> promise = Promise.promise();
            task.progress(0.5, NOTE);
            task.onCancel(() -> promise.tryComplete(null));
            return promise.future();
        }
        if (payload.contains("note")) {
            task.progress(1, NOTE);
        }
        return Future.succeededFuture(payload.contains("deep") ? DEEP : payload);
    }
}

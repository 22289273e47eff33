package dev.latido;

import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.opentelemetry.api.trace.Span;
import io.vertx.core.Future;
import io.vertx.core.json.Json;
import org.jspecify.annotations.Nullable;

/** Its result is the id of the trace that it is part of. */
public final class CurrentTrace implements Worker {
    @Override
    public Future<@Nullable String> perform(Task task) {
        return Future.succeededFuture(
                Json.encode(Span.current().getSpanContext().getTraceId()));
    }
}

package dev.latido.trace;

import dev.latido.job.Attempt;
import dev.latido.worker.Task;
import dev.latido.worker.WorkFailedException;
import dev.latido.worker.Worker;
import dev.latido.worker.WorkerUnavailableException;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.tracing.opentelemetry.VertxContextStorageProvider.VertxContextStorage;
import org.jspecify.annotations.Nullable;

/**
 * A worker whose attempts are traced. Each is performed in a Vert.x context of its own, in which its span is the current
 * one, so that Vert.x hands it on with what the worker sends.
 */
final class TracedWorker implements Worker {

    private final Tracer tracer;
    private final TracingConfig.Attempts belonging;
    private final Worker worker;

    TracedWorker(Tracer tracer, TracingConfig.Attempts belonging, Worker worker) {
        this.tracer = tracer;
        this.belonging = belonging;
        this.worker = worker;
    }

    @Override
    public Future<@Nullable String> perform(Task task) {
        Attempt attempt = task.attempt();
        WorkTrace from = WorkTrace.read(task.trace());
        Span span = begin(attempt, from);
        Context within = Context.root().with(span);
        task.tracedAs(from.next(within, attempt.execution()));
        task.onCancel(() -> {
            if (task.isTimedOut()) {
                failed(span, "timeout", "it took too long");
            } else {
                failed(span, "cancelled", "not wanted any more");
            }
        });
        return within(within, task).onComplete((result, failure) -> {
            if (failure == null) {
                span.end();
            } else {
                failed(span, typeOf(failure), String.valueOf(failure.getMessage()));
            }
        });
    }

    private Span begin(Attempt attempt, WorkTrace from) {
        SpanBuilder builder = tracer.spanBuilder("run " + attempt.job())
                .setSpanKind(SpanKind.CONSUMER)
                .setAttribute(Attributes.SYSTEM, Attributes.LATIDO)
                .setAttribute(Attributes.DESTINATION, attempt.job())
                .setAttribute(Attributes.OPERATION_NAME, "run")
                .setAttribute(Attributes.OPERATION_TYPE, "process")
                .setAttribute(Attributes.MESSAGE_ID, attempt.execution().toString())
                .setAttribute(Attributes.ATTEMPT, (long) attempt.number())
                .setAttribute(Attributes.ORIGIN, from.originOf(attempt.execution()));
        if (from.parent() != null) {
            builder.setAttribute(Attributes.PARENT, from.parent());
        }
        switch (belonging) {
            case PARENT -> builder.setParent(from.context());
            case LINK -> builder.setNoParent();
        }
        if (from.span().isValid()) {
            builder.addLink(from.span()); // with a parent too: who looks for links finds them
        }
        return builder.startSpan();
    }

    @Override
    public Future<Void> checkReachable() {
        return worker.checkReachable();
    }

    private Future<@Nullable String> within(Context context, Task task) {
        ContextInternal own = ((ContextInternal) Vertx.currentContext()).duplicate();
        var unused = VertxContextStorage.INSTANCE.attach(own, context); // for as long as it lives
        ContextInternal before = own.beginDispatch();
        try {
            return worker.perform(task);
        } catch (RuntimeException | Error thrown) { // a worker's code is not ours, its faults are its own
            return Future.failedFuture(thrown);
        } finally {
            own.endDispatch(before);
        }
    }

    private static String typeOf(Throwable failure) {
        if (failure instanceof WorkerUnavailableException) {
            return "unavailable";
        }
        String code = failure instanceof WorkFailedException known ? known.code() : null;
        return code == null ? failure.getClass().getName() : code;
    }

    /** Ends {@code span}; does nothing when it has ended. */
    private static void failed(Span span, String type, String problem) {
        span.setAttribute(Attributes.ERROR_TYPE, type)
                .setStatus(StatusCode.ERROR, problem)
                .end();
    }
}

package dev.latido.trace;

import dev.latido.job.Attempt;
import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import dev.latido.worker.WorkerUnavailableException;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
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
    private final Worker worker;

    TracedWorker(Tracer tracer, Worker worker) {
        this.tracer = tracer;
        this.worker = worker;
    }

    @Override
    public Future<@Nullable String> perform(Task task) {
        Attempt attempt = task.attempt();
        SpanBuilder builder = tracer.spanBuilder("run " + attempt.job())
                .setNoParent()
                .setSpanKind(SpanKind.CONSUMER)
                .setAttribute(Attributes.SYSTEM, Attributes.LATIDO)
                .setAttribute(Attributes.DESTINATION, attempt.job())
                .setAttribute(Attributes.OPERATION_NAME, "run")
                .setAttribute(Attributes.OPERATION_TYPE, "process")
                .setAttribute(Attributes.MESSAGE_ID, attempt.execution().toString())
                .setAttribute(Attributes.ATTEMPT, (long) attempt.number());
        SpanContext submission = TraceParent.read(task.trace());
        if (submission.isValid()) {
            builder.addLink(submission);
        }
        Span span = builder.startSpan();
        task.onCancel(() -> failed(span, "cancelled", "not wanted any more: cancelled, or it took too long"));
        return within(span, task).onComplete((result, failure) -> {
            if (failure == null) {
                span.end();
            } else if (!(failure
                    instanceof WorkerUnavailableException)) { // then nobody got it, and nothing is told of it
                failed(span, failure.getClass().getName(), String.valueOf(failure.getMessage()));
            }
        });
    }

    @Override
    public Future<Void> checkReachable() {
        return worker.checkReachable();
    }

    private Future<@Nullable String> within(Span span, Task task) {
        ContextInternal own = ((ContextInternal) Vertx.currentContext()).duplicate();
        var unused = VertxContextStorage.INSTANCE.attach(own, Context.root().with(span)); // for as long as it lives
        ContextInternal before = own.beginDispatch();
        try {
            return worker.perform(task);
        } catch (RuntimeException | Error thrown) { // a worker's code is not ours, its faults are its own
            return Future.failedFuture(thrown);
        } finally {
            own.endDispatch(before);
        }
    }

    /** Ends {@code span}; does nothing when it has ended. */
    private static void failed(Span span, String type, String problem) {
        span.setAttribute(Attributes.ERROR_TYPE, type)
                .setStatus(StatusCode.ERROR, problem)
                .end();
    }
}

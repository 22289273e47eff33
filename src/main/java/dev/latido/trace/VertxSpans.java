package dev.latido.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.spi.observability.HttpRequest;
import io.vertx.core.spi.observability.HttpResponse;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.tracing.opentelemetry.VertxContextStorageProvider.VertxContextStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Spans of HTTP requests and of messages on the event bus, as the conventions of OpenTelemetry have them. Vert.x's own tracer
 * is not used: it writes attributes of older conventions, all of them as text, and no status. The context of a trace is
 * where that tracer keeps it.
 */
final class VertxSpans implements VertxTracer<VertxSpans.Received, Span> {

    /** What Vert.x calls its event bus in traces. */
    private static final String EVENT_BUS = "vertx-eventbus";

    private static final int FIRST_CLIENT_ERROR = 400;
    private static final int FIRST_SERVER_ERROR = 500;

    private static final TextMapGetter<Iterable<Map.Entry<String, String>>> HEADERS = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Iterable<Map.Entry<String, String>> headers) {
            List<String> names = new ArrayList<>();
            headers.forEach(header -> names.add(header.getKey()));
            return names;
        }

        @Override
        public @Nullable String get(@Nullable Iterable<Map.Entry<String, String>> headers, String name) {
            if (headers != null) {
                for (Map.Entry<String, String> header : headers) {
                    if (header.getKey().equalsIgnoreCase(name)) {
                        return header.getValue();
                    }
                }
            }
            return null;
        }
    };

    private final Tracer tracer;
    private final TextMapPropagator propagator;
    private final TracingConfig.Requests requests;

    /** A request or message that was received, and is being dealt with. */
    record Received(Span span, Scope scope) {}

    VertxSpans(Tracer tracer, TextMapPropagator propagator, TracingConfig.Requests requests) {
        this.tracer = tracer;
        this.propagator = propagator;
        this.requests = requests;
    }

    @Override
    public <R> @Nullable Received receiveRequest(
            io.vertx.core.Context context,
            io.vertx.core.spi.tracing.SpanKind kind,
            TracingPolicy policy,
            R request,
            String operation,
            Iterable<Map.Entry<String, String>> headers,
            TagExtractor<R> tags) {
        if (policy == TracingPolicy.IGNORE) {
            return null;
        }
        Context sender = propagator.extract(Context.root(), headers, HEADERS);
        SpanContext caller = Span.fromContext(sender).getSpanContext();
        SpanBuilder builder;
        if (request instanceof HttpServerRequest http && isTraced(http, caller)) {
            builder = HttpSpans.received(tracer, http);
        } else if (request instanceof Message<?> message && caller.isValid()) {
            builder = message(message, "process", "process", SpanKind.CONSUMER);
        } else {
            return null;
        }
        Span span = builder.setParent(sender).startSpan();
        return new Received(span, VertxContextStorage.INSTANCE.attach((ContextInternal) context, sender.with(span)));
    }

    private boolean isTraced(HttpServerRequest request, SpanContext caller) {
        return requests == TracingConfig.Requests.ALL
                || !HttpSpans.isSafe(request.method())
                || (caller.isSampled()
                        && request.path() != null
                        && request.path().startsWith("/api/"));
    }

    @Override
    public <R> void sendResponse(
            io.vertx.core.Context context,
            @Nullable R response,
            @Nullable Received received,
            @Nullable Throwable failure,
            TagExtractor<R> tags) {
        if (received == null) {
            return;
        }
        Span span = received.span;
        if (response instanceof HttpServerResponse http) {
            status(span, http.getStatusCode(), FIRST_SERVER_ERROR);
        }
        end(span, failure);
        received.scope.close();
    }

    @Override
    public <R> @Nullable Span sendRequest(
            io.vertx.core.Context context,
            io.vertx.core.spi.tracing.SpanKind kind,
            TracingPolicy policy,
            R request,
            String operation,
            BiConsumer<String, String> headers,
            TagExtractor<R> tags) {
        if (policy == TracingPolicy.IGNORE) {
            return null;
        }
        Context current = currentIn((ContextInternal) context);
        if (Span.fromContextOrNull(current) == null) {
            return null; // what is sent for nobody's sake is not traced
        }
        SpanBuilder builder;
        if (request instanceof HttpRequest http) {
            builder = HttpSpans.sent(tracer, http);
        } else if (request instanceof Message<?> message) {
            builder = message(message, message.isSend() ? "send" : "publish", "send", SpanKind.PRODUCER);
        } else {
            return null;
        }
        Span span = builder.setParent(current).startSpan();
        propagator.inject(current.with(span), headers, (to, name, value) -> {
            if (to != null) {
                to.accept(name, value);
            }
        });
        return span;
    }

    /** Returns the context of the trace that {@code context} is part of, whatever the thread is busy with. */
    private static Context currentIn(ContextInternal context) {
        ContextInternal before = context.beginDispatch();
        try {
            return Context.current();
        } finally {
            context.endDispatch(before);
        }
    }

    @Override
    public <R> void receiveResponse(
            io.vertx.core.Context context,
            @Nullable R response,
            @Nullable Span span,
            @Nullable Throwable failure,
            TagExtractor<R> tags) {
        if (span == null) {
            return;
        }
        if (response instanceof HttpResponse http) {
            status(span, http.statusCode(), FIRST_CLIENT_ERROR);
        }
        end(span, failure);
    }

    private SpanBuilder message(Message<?> message, String name, String type, SpanKind kind) {
        return tracer.spanBuilder(name + " " + message.address())
                .setSpanKind(kind)
                .setAttribute(Attributes.SYSTEM, EVENT_BUS)
                .setAttribute(Attributes.DESTINATION, message.address())
                .setAttribute(Attributes.OPERATION_NAME, name)
                .setAttribute(Attributes.OPERATION_TYPE, type);
    }

    private static void status(Span span, int status, int firstError) {
        span.setAttribute(Attributes.STATUS, (long) status);
        if (status >= firstError) {
            span.setAttribute(Attributes.ERROR_TYPE, Integer.toString(status)).setStatus(StatusCode.ERROR);
        }
    }

    private static void end(Span span, @Nullable Throwable failure) {
        if (failure != null) {
            span.setAttribute(Attributes.ERROR_TYPE, typeOf(failure))
                    .setStatus(StatusCode.ERROR, String.valueOf(failure.getMessage()));
        }
        span.end();
    }

    private static String typeOf(Throwable failure) {
        if (failure instanceof ReplyException reply) {
            return reply.failureType().name().toLowerCase(Locale.ROOT);
        }
        return failure instanceof TimeoutException
                ? "timeout"
                : failure.getClass().getName();
    }
}

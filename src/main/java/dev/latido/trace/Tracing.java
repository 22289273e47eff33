package dev.latido.trace;

import dev.latido.worker.Worker;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.vertx.core.spi.VertxTracerFactory;
import io.vertx.tracing.opentelemetry.OpenTelemetryTracingFactory;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Makes traces of submissions and attempts by OpenTelemetry, sent to where its own environment variables say. May be used
 * from any thread.
 */
public final class Tracing implements AutoCloseable {

    /** What holds where no environment variable or system property of OpenTelemetry says otherwise. */
    private static final Map<String, String> DEFAULTS = Map.of(
            "otel.service.name", Attributes.LATIDO,
            "otel.exporter.otlp.protocol", "http/protobuf",
            "otel.metrics.exporter", "none", // there is /metrics
            "otel.logs.exporter", "none");

    private static final long LAST_EXPORT_SECONDS = 5;

    private final OpenTelemetrySdk telemetry;
    private final Tracer tracer;

    Tracing(OpenTelemetrySdk telemetry) {
        this.telemetry = telemetry;
        this.tracer = telemetry.getTracer("dev.latido");
    }

    /**
     * Makes the SDK as its environment variables say, which begin with {@code OTEL_}. It keeps spans in a queue that is
     * bounded and sends them from a thread of its own; with a collector that is away, spans are lost and nothing else.
     *
     * @throws RuntimeException when one of them is wrong
     * @see <a href="https://opentelemetry.io/docs/languages/java/configuration/">what they are</a>
     */
    public static Tracing start() {
        if (!SLF4JBridgeHandler.isInstalled()) { // the SDK logs through java.util.logging
            SLF4JBridgeHandler.removeHandlersForRootLogger();
            SLF4JBridgeHandler.install();
        }
        return new Tracing(AutoConfiguredOpenTelemetrySdk.builder()
                .addPropertiesSupplier(() -> DEFAULTS)
                .addSamplerCustomizer((sampler, config) -> new LinkedSampler(sampler))
                .disableShutdownHook() // it is to be the last to end
                .build()
                .getOpenTelemetrySdk());
    }

    /** Returns what makes Vert.x part of the traces: what comes with a {@code traceparent}, and what is sent meanwhile. */
    public VertxTracerFactory vertx() {
        return new OpenTelemetryTracingFactory(telemetry);
    }

    /** Returns what is being done here and now, as a W3C {@code traceparent}; null when that is not traced. */
    public @Nullable String current() {
        return TraceParent.write(Context.current());
    }

    /**
     * Begins the span of a submission.
     *
     * @param job whom the work is for
     * @param items how many pieces of work there are
     * @param parent what it is part of, as a W3C {@code traceparent}; null for nothing that is known
     */
    public SubmissionSpan submitted(String job, int items, @Nullable String parent) {
        Context within = TraceParent.context(parent);
        Span span = tracer.spanBuilder("submit " + job)
                .setParent(within)
                .setSpanKind(SpanKind.PRODUCER)
                .setAttribute(Attributes.SYSTEM, Attributes.LATIDO)
                .setAttribute(Attributes.DESTINATION, job)
                .setAttribute(Attributes.OPERATION_NAME, "submit")
                .setAttribute(Attributes.OPERATION_TYPE, "send")
                .setAttribute(Attributes.MESSAGE_COUNT, (long) items)
                .startSpan();
        return new SubmissionSpan(span, TraceParent.write(within.with(span)));
    }

    /**
     * Returns a worker that does what {@code worker} does, with a span for each attempt: the root of a trace of its own,
     * linked to the submission. What the worker calls meanwhile becomes part of it.
     */
    public Worker traced(Worker worker) {
        return new TracedWorker(tracer, worker);
    }

    /** Sends what is left to send, for some seconds at most. Blocks. */
    @Override
    public void close() {
        telemetry.shutdown().join(LAST_EXPORT_SECONDS, TimeUnit.SECONDS);
    }
}

package dev.latido.trace;

import dev.latido.worker.Worker;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.spi.VertxTracerFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Makes traces of requests, submissions and attempts by OpenTelemetry, sent to where its own environment variables say. May be
 * used from any thread.
 */
public final class Tracing implements AutoCloseable {

    /** What holds where no environment variable or system property of OpenTelemetry says otherwise. */
    private static final Map<String, String> DEFAULTS =
            Map.of("otel.service.name", Attributes.LATIDO, "otel.exporter.otlp.protocol", "http/protobuf");

    /** What holds whatever they say: others in the same environment may export these. */
    private static final Map<String, String> FIXED = Map.of(
            "otel.metrics.exporter", "none", // there is /metrics
            "otel.logs.exporter", "none");

    private static final AttributeKey<String> VERSION = AttributeKey.stringKey("service.version");
    private static final AttributeKey<String> INSTANCE = AttributeKey.stringKey("service.instance.id");

    /** The SDK's loggers that say again, or of each export that fails with a stack trace, what is told here. Kept, or they forget. */
    private static final List<Logger> SILENT = List.of(
            Logger.getLogger("io.opentelemetry.exporter.otlp.internal.HttpExporter"),
            Logger.getLogger("io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdkBuilder"));

    private static final long LAST_EXPORT_SECONDS = 5;

    private final OpenTelemetrySdk telemetry;
    private final TracingConfig config;
    private final SpanDrops drops;
    private final Tracer tracer;

    Tracing(OpenTelemetrySdk telemetry, TracingConfig config, SpanDrops drops) {
        this.telemetry = telemetry;
        this.config = config;
        this.drops = drops;
        this.tracer = telemetry.getTracer("dev.latido");
    }

    /** Which process makes the traces. */
    public record Instance(String version, String id) {}

    /**
     * Makes the SDK as its environment variables say, which begin with {@code OTEL_}. It keeps spans in a queue that is
     * bounded and sends them from a thread of its own; with a collector that is away, spans are lost and nothing else.
     *
     * @throws TraceVariables.WrongException when one of them is wrong
     * @see <a href="https://opentelemetry.io/docs/languages/java/configuration/">what they are</a>
     */
    public static Tracing start(TracingConfig config, Instance instance) {
        if (!SLF4JBridgeHandler.isInstalled()) { // the SDK logs through java.util.logging
            SLF4JBridgeHandler.removeHandlersForRootLogger();
            SLF4JBridgeHandler.install();
        }
        SILENT.forEach(logger -> logger.setLevel(Level.OFF));
        SpanDrops drops = new SpanDrops();
        try {
            return new Tracing(sdk(instance, config, drops), config, drops);
        } catch (RuntimeException wrong) {
            throw TraceVariables.meaning(wrong);
        }
    }

    private static OpenTelemetrySdk sdk(Instance instance, TracingConfig config, SpanDrops drops) {
        return AutoConfiguredOpenTelemetrySdk.builder()
                .addPropertiesSupplier(() -> DEFAULTS)
                .addPropertiesCustomizer(properties -> FIXED)
                .addResourceCustomizer((resource, properties) -> named(resource, instance))
                .addSamplerCustomizer((sampler, properties) -> new LinkedSampler(sampler))
                .addSpanExporterCustomizer((exporter, properties) -> exporter instanceof OtlpHttpSpanExporter otlp
                        ? new WatchedExporter(withHeaders(otlp, config), TraceVariables.endpoint(properties), drops)
                        : exporter)
                .addSpanProcessorCustomizer((processor, properties) -> processor instanceof BatchSpanProcessor
                        ? new BoundedProcessor(processor, TraceVariables.queueSize(properties), drops)
                        : processor)
                .disableShutdownHook() // it is to be the last to end
                .build()
                .getOpenTelemetrySdk();
    }

    private static OtlpHttpSpanExporter withHeaders(OtlpHttpSpanExporter exporter, TracingConfig config) {
        if (config.headers() == null) {
            return exporter;
        }
        OtlpHttpSpanExporter with = exporter.toBuilder()
                .setHeaders(new TraceHeaders(config.headers()))
                .build();
        exporter.shutdown(); // which was used for nothing
        return with;
    }

    /** Adds what the variables do not say. */
    private static Resource named(Resource resource, Instance instance) {
        AttributesBuilder attributes = io.opentelemetry.api.common.Attributes.builder();
        if (resource.getAttribute(VERSION) == null) {
            attributes.put(VERSION, instance.version);
        }
        if (resource.getAttribute(INSTANCE) == null) {
            attributes.put(INSTANCE, instance.id);
        }
        return resource.merge(Resource.create(attributes.build()));
    }

    /** Returns what makes Vert.x part of the traces: what it receives, and what it sends meanwhile. */
    public VertxTracerFactory vertx() {
        return options -> new VertxSpans(tracer, telemetry.getPropagators().getTextMapPropagator(), config.requests());
    }

    /** Returns what is being done here and now, as a W3C {@code traceparent}; null when that is not traced. */
    public @Nullable String current() {
        return TraceParent.write(Context.current());
    }

    /** Notes that the HTTP request that is being dealt with here and now takes {@code route}. */
    public void routed(HttpMethod method, String route) {
        HttpSpans.routed(Span.current(), method, route);
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
        SpanBuilder builder = tracer.spanBuilder("submit " + job)
                .setParent(within)
                .setSpanKind(SpanKind.PRODUCER)
                .setAttribute(Attributes.SYSTEM, Attributes.LATIDO)
                .setAttribute(Attributes.DESTINATION, job)
                .setAttribute(Attributes.OPERATION_NAME, "submit")
                .setAttribute(Attributes.OPERATION_TYPE, "send");
        if (items != 1) {
            builder.setAttribute(Attributes.MESSAGE_COUNT, (long) items);
        }
        Span span = builder.startSpan();
        return new SubmissionSpan(span, TraceParent.write(within.with(span)));
    }

    /**
     * Returns a worker that does what {@code worker} does, with a span for each attempt that belongs, as configured, to the
     * submission or to the stage before. What the worker calls meanwhile becomes part of it.
     */
    public Worker traced(Worker worker) {
        return new TracedWorker(tracer, config.attempts(), worker);
    }

    /** Returns, by the reason, how many spans were dropped so far. */
    public Map<String, LongSupplier> dropped() {
        return drops.byReason();
    }

    /** Sends what is left to send, for some seconds at most. Blocks. */
    @Override
    public void close() {
        telemetry.shutdown().join(LAST_EXPORT_SECONDS, TimeUnit.SECONDS);
    }
}

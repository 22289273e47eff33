package dev.latido.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.core.HistoryConfig;
import dev.latido.core.JobDefinition;
import dev.latido.core.JobEngine;
import dev.latido.core.JobRegistry;
import dev.latido.job.ExecutionId;
import dev.latido.job.TimeSource;
import dev.latido.memory.MemoryBudget;
import dev.latido.owner.Endings;
import dev.latido.owner.JobVerticle;
import dev.latido.owner.JobWorkers;
import dev.latido.owner.Owner;
import dev.latido.protocol.Addresses;
import dev.latido.protocol.CommandObserver;
import dev.latido.room.memory.MemoryRoom;
import dev.latido.store.StoreConfig;
import dev.latido.store.memory.MemoryStore;
import dev.latido.worker.Worker;
import dev.latido.worker.WorkerUnavailableException;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.tracing.opentelemetry.VertxContextStorageProvider.VertxContextStorage;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the owner makes of work that comes over the bus, and how its workers' ends look. */
class TracedOwnerTest {

    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    private Duration timeout = Duration.ofMillis(50);
    private TracingConfig.Attempts belonging = TracingConfig.Attempts.LINK;
    private Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private Tracing tracing(Sampler sampler) {
        return new Tracing(
                OpenTelemetrySdk.builder()
                        .setTracerProvider(SdkTracerProvider.builder()
                                .setSampler(new LinkedSampler(sampler))
                                .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                                .build())
                        .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
                        .build(),
                new TracingConfig(true, belonging, TracingConfig.Requests.CHANGES, null),
                new SpanDrops());
    }

    private Tracing deploy(Sampler sampler, Worker worker) {
        vertx.close().await();
        Tracing tracing = tracing(sampler);
        vertx = Vertx.builder()
                .with(BlockedThreadGuard.strict())
                .withTracer(tracing.vertx())
                .build();
        JobDefinition job = JobDefinition.named("work").withTimeout(timeout);
        JobVerticle owner = new JobVerticle(
                new JobEngine(
                        JobRegistry.of("work", List.of(job)),
                        HistoryConfig.DEFAULT,
                        0,
                        MemoryRoom::new,
                        MemoryBudget.unbounded(),
                        new SplittableRandom(1)),
                new MemoryStore(),
                StoreConfig.DEFAULT,
                Map.of("work", new JobWorkers(tracing.traced(worker), null)),
                Map.of(),
                List.of(),
                new JobVerticle.Observer(
                        CommandObserver.NONE,
                        new Owner.Observer((rows, took) -> {}, new Endings(broken -> {}, fenced -> {}, fault -> {})),
                        tracing),
                TimeSource.system());
        vertx.deployVerticle(owner).await();
        owner.begin().await();
        return tracing;
    }

    private Future<Message<JsonObject>> submit(String json) {
        return vertx.eventBus().request(Addresses.SUBMIT, new JsonObject(json));
    }

    private SpanData span(String name) {
        await().until(() -> spans(name).size() == 1);
        return spans(name).get(0);
    }

    private List<SpanData> spans(String name) {
        return exporter.getFinishedSpanItems().stream()
                .filter(span -> span.getName().equals(name))
                .toList();
    }

    @Test
    void whatComesOverTheBusIsPartOfItsSendersTrace() {
        Tracing tracing = deploy(Sampler.alwaysOn(), task -> Future.succeededFuture());
        String sender = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        ContextInternal context = ((ContextInternal) vertx.getOrCreateContext()).duplicate();
        context.runOnContext(ignored -> {
            var unused = VertxContextStorage.INSTANCE.attach(context, TraceParent.context(sender));
            assertThat(tracing.current()).isEqualTo(sender);
            submit("{\"items\":[{},{\"delayMillis\":1}]}");
        });
        SpanData submission = span("submit work");
        assertThat(submission.getTraceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
        assertThat(submission.getAttributes().get(Attributes.MESSAGE_COUNT)).isEqualTo(2);
        assertThat(submission.getAttributes().get(Attributes.ACCEPTED)).isEqualTo(2);
        SpanData sent = span("send " + Addresses.SUBMIT);
        SpanData received = span("process " + Addresses.SUBMIT);
        assertThat(sent.getKind()).isEqualTo(SpanKind.PRODUCER);
        assertThat(received.getKind()).isEqualTo(SpanKind.CONSUMER);
        assertThat(sent.getParentSpanId()).isEqualTo("00f067aa0ba902b7");
        assertThat(received.getParentSpanId()).isEqualTo(sent.getSpanId());
        assertThat(submission.getParentSpanId()).isEqualTo(received.getSpanId());
        assertThat(received.getAttributes().asMap())
                .isEqualTo(Map.of(
                        Attributes.SYSTEM, "vertx-eventbus",
                        Attributes.DESTINATION, Addresses.SUBMIT,
                        Attributes.OPERATION_NAME, "process",
                        Attributes.OPERATION_TYPE, "process"));
        await().until(() -> spans("run work").size() == 2);
        assertThat(spans("run work"))
                .allSatisfy(run -> assertThat(run.getLinks())
                        .singleElement()
                        .satisfies(link ->
                                assertThat(link.getSpanContext().getSpanId()).isEqualTo(submission.getSpanId())));
    }

    @Test
    void saysWhyASubmissionWasRefused() {
        deploy(Sampler.alwaysOn(), task -> Future.succeededFuture());
        vertx.eventBus()
                .request(Addresses.CONTROL, new JsonObject("{\"type\":\"Complete\"}"))
                .await();
        submit("{}").otherwiseEmpty().await();
        SpanData refused = span("submit work");
        assertThat(refused.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(refused.getAttributes().get(ERROR)).isEqualTo("closed");
        assertThat(refused.getAttributes().get(Attributes.ACCEPTED)).isZero();
        submit("{\"job\":\"nope\"}").otherwiseEmpty().await();
        assertThat(exporter.getFinishedSpanItems())
                .as("callers do not make up names")
                .hasSize(1);
    }

    @Test
    void anAttemptThatTookTooLongEndsOnceAndSaysSo() {
        Promise<String> late = Promise.promise();
        deploy(Sampler.alwaysOn(), task -> {
            task.onCancel(() -> late.complete("\"too late\""));
            return late.future();
        });
        submit("{}").await();
        SpanData run = span("run work");
        assertThat(run.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(run.getAttributes().get(ERROR)).isEqualTo("timeout");
    }

    @Test
    void anAttemptThatIsNotWantedAnyMoreSaysSo() {
        Promise<String> end = Promise.promise();
        Promise<Void> begun = Promise.promise();
        timeout = Duration.ofHours(1);
        deploy(Sampler.alwaysOn(), task -> {
            task.onCancel(() -> end.complete(null));
            begun.complete();
            return end.future();
        });
        String id = submit("{}").await().body().getString("id");
        begun.future().await();
        vertx.eventBus()
                .request(
                        Addresses.CONTROL,
                        new JsonObject().put("type", "Cancel").put("id", id))
                .await();
        assertThat(span("run work").getAttributes().get(ERROR)).isEqualTo("cancelled");
    }

    @Test
    void anAttemptThatReachedNobodySaysSo() {
        deploy(
                Sampler.alwaysOn(),
                task -> task.attempt().number() == 1
                                && exporter.getFinishedSpanItems().stream()
                                        .noneMatch(span -> span.getName().equals("run work"))
                        ? Future.failedFuture(new WorkerUnavailableException("nobody is there"))
                        : Future.succeededFuture());
        submit("{}").await();
        await().until(() -> spans("run work").size() == 2);
        assertThat(spans("run work"))
                .extracting(run -> run.getAttributes().get(ERROR))
                .containsExactly("unavailable", null);
    }

    @Test
    void attemptsAreChildrenOfTheSubmissionWhereThatIsWanted() {
        belonging = TracingConfig.Attempts.PARENT;
        deploy(Sampler.alwaysOn(), task -> Future.succeededFuture());
        submit("{}").await();
        SpanData submission = span("submit work");
        SpanData run = span("run work");
        assertThat(run.getParentSpanId()).isEqualTo(submission.getSpanId());
        assertThat(run.getTraceId()).isEqualTo(submission.getTraceId());
        assertThat(run.getLinks()).hasSize(1);
    }

    @Test
    void aWorkerThatThrowsHasFailed() {
        deploy(Sampler.alwaysOn(), task -> {
            throw new IllegalStateException("broken");
        });
        submit("{}").await();
        SpanData run = span("run work");
        assertThat(run.getStatus().getDescription()).isEqualTo("broken");
        assertThat(run.getAttributes().get(ERROR)).isEqualTo(IllegalStateException.class.getName());
    }

    @Test
    void whatBeganNowhereIsSampledAsConfigured() {
        deploy(
                Sampler.alwaysOff(),
                task -> Future.succeededFuture(
                        "\"" + Span.current().getSpanContext().isSampled() + "\""));
        JsonObject accepted = submit("{}").await().body();
        await().untilAsserted(() -> assertThat(vertx.eventBus()
                        .<JsonObject>request(
                                Addresses.CONTROL,
                                new JsonObject().put("type", "GetExecution").put("id", accepted.getString("id")))
                        .await()
                        .body()
                        .getString("result"))
                .isEqualTo("false"));
        assertThat(exporter.getFinishedSpanItems()).isEmpty();
    }

    @Test
    void readsAndWritesTheLineAndNothingElse() {
        String line = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assertThat(TraceParent.write(TraceParent.context(line))).isEqualTo(line);
        assertThat(TraceParent.write(Context.root())).isNull();
        for (String none : Arrays.asList("00-nonsense", "", line + " one too few", " ", null)) {
            assertThat(WorkTrace.read(none).origin()).isNull();
        }
        assertThat(WorkTrace.read("00-nonsense").span().isValid()).isFalse();
        assertThat(WorkTrace.read(null).span().isValid()).isFalse();
    }

    @Test
    void aStageKnowsWhereItsPipelineBegan() {
        String line = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        WorkTrace first = WorkTrace.read(line);
        assertThat(first.parent()).isNull();
        assertThat(first.originOf(new ExecutionId(1))).isEqualTo("0000000000001");
        WorkTrace second = WorkTrace.read(first.next(first.context(), new ExecutionId(1)));
        WorkTrace third = WorkTrace.read(second.next(second.context(), new ExecutionId(2)));
        assertThat(third.span()).isEqualTo(first.span());
        assertThat(third.originOf(new ExecutionId(3))).isEqualTo("0000000000001");
        assertThat(third.parent()).isEqualTo("0000000000002");
        assertThat(first.next(Context.root(), new ExecutionId(1))).isNull();
    }
}

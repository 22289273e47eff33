package dev.latido;

import static dev.latido.SpanCollector.attribute;
import static dev.latido.SpanCollector.hex;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.http.RawClient;
import dev.latido.http.RawResponse;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program with a collector of OpenTelemetry beside it. */
class TracingTest {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String CALLER = "00f067aa0ba902b7";

    @TempDir
    private Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final SpanCollector collector = new SpanCollector();
    private final Queue<String> calls = new ConcurrentLinkedQueue<>();
    private HttpServer endpoint;

    @BeforeEach
    void listen() {
        endpoint = vertx.createHttpServer()
                .requestHandler(request -> {
                    calls.add(String.valueOf(request.getHeader("traceparent")));
                    request.response()
                            .setStatusCode(request.getHeader("Latido-Attempt").equals("1") ? 500 : 204)
                            .end();
                })
                .listen(0, "127.0.0.1")
                .await();
    }

    @AfterEach
    void close() {
        collector.close();
        vertx.close().await();
    }

    private MainProcess start(String enabled) throws IOException {
        String yaml = """
                jobs:
                  work:
                    worker: {type: http, url: "http://127.0.0.1:%2$d/", allowPrivate: true}
                    retry: {attempts: 3, delay: 1ms, maxDelay: 1ms}
                    next: [after, beside]
                  after:
                    worker: {type: class, class: %1$s, blocking: true}
                  beside:
                    worker: {type: class, class: %1$s}
                tracing: {enabled: %3$s}
                """.formatted(CurrentTrace.class.getName(), endpoint.actualPort(), enabled);
        Path config = directory.resolve("latido.yaml");
        Files.writeString(config, yaml);
        return MainProcess.start(
                Map.of(
                        "LATIDO_CONFIG", config.toString(),
                        "OTEL_EXPORTER_OTLP_ENDPOINT", collector.url(),
                        "OTEL_BSP_SCHEDULE_DELAY", "20"),
                "store.directory=" + directory);
    }

    private static String submit(int port, String query, String flags) {
        RawResponse answer = RawClient.exchange(
                port,
                "POST /api/jobs/work/executions" + query + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
                        + "traceparent: 00-" + TRACE + "-" + CALLER + "-" + flags + "\r\n\r\n");
        assertThat(answer.status()).as(answer::toString).isBetween(200, 202);
        return answer.json().getString("id");
    }

    private static void assertLinked(Span run, Span submission) {
        assertThat(run.getParentSpanId().isEmpty()).as("a trace of its own").isTrue();
        assertThat(hex(run.getTraceId())).isNotEqualTo(TRACE);
        assertThat(run.getLinksList()).singleElement().satisfies(link -> {
            assertThat(link.getTraceId()).isEqualTo(submission.getTraceId());
            assertThat(link.getSpanId()).isEqualTo(submission.getSpanId());
        });
    }

    @Test
    void leadsFromTheRequestToEveryAttemptAndOn() throws Exception {
        try (MainProcess program = start("true")) {
            int port = program.awaitPort();
            String id = submit(port, "", "01");

            Span request = collector.awaitNamed("POST", 1).get(0);
            assertThat(hex(request.getTraceId())).isEqualTo(TRACE);
            assertThat(hex(request.getParentSpanId())).isEqualTo(CALLER);
            Span submission = collector.awaitNamed("submit work", 1).get(0);
            assertThat(submission.getKind()).isEqualTo(SpanKind.SPAN_KIND_PRODUCER);
            assertThat(submission.getTraceId()).isEqualTo(request.getTraceId());
            assertThat(submission.getParentSpanId()).isEqualTo(request.getSpanId());
            assertThat(attribute(submission, "messaging.destination.name")).isEqualTo("work");
            assertThat(attribute(submission, "messaging.batch.message_count")).isEqualTo("1");
            assertThat(attribute(submission, "latido.accepted")).isEqualTo("1");

            List<Span> runs = collector.awaitNamed("run work", 2);
            assertThat(runs).allSatisfy(run -> {
                assertLinked(run, submission);
                assertThat(run.getKind()).isEqualTo(SpanKind.SPAN_KIND_CONSUMER);
                assertThat(attribute(run, "messaging.message.id")).isEqualTo(id);
            });
            assertThat(runs).extracting(run -> attribute(run, "latido.attempt")).containsExactly("1", "2");
            assertThat(runs)
                    .extracting(run -> run.getStatus().getCode())
                    .containsExactly(StatusCode.STATUS_CODE_ERROR, StatusCode.STATUS_CODE_UNSET);
            assertThat(runs.get(0).getStatus().getMessage()).contains("500");

            assertThat(List.copyOf(calls)).hasSize(2);
            for (Span run : runs) {
                assertThat(calls).anyMatch(call -> call.startsWith("00-" + hex(run.getTraceId()) + "-"));
            }

            for (String job : List.of("after", "beside")) {
                Span after = collector.awaitNamed("run " + job, 1).get(0);
                assertLinked(after, submission);
                RawResponse stage = RawClient.exchange(
                        port,
                        "GET /api/executions/" + attribute(after, "messaging.message.id")
                                + " HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=10\r\n\r\n");
                assertThat(stage.json().getString("result")).as(job).isEqualTo(hex(after.getTraceId()));
            }
        }
    }

    @Test
    void linksOverARestartWhatWasSubmittedBefore() throws Exception {
        String id;
        try (MainProcess program = start("true")) {
            id = submit(program.awaitPort(), "?delay=2s", "01");
            program.terminate();
            program.awaitExit();
        }
        Span submission = collector.awaitNamed("submit work", 1).get(0); // sent at the end at the latest
        assertThat(collector.named("run work")).isEmpty();
        try (MainProcess program = start("true")) {
            program.awaitPort();
            Span run = collector.awaitNamed("run work", 1).get(0);
            assertThat(attribute(run, "messaging.message.id")).isEqualTo(id);
            assertLinked(run, submission);
        }
    }

    @Test
    void makesNoSpansOfWhatTheCallerDoesNotSample() throws Exception {
        try (MainProcess program = start("true")) {
            submit(program.awaitPort(), "", "00");
            submit(program.awaitPort(), "", "01");
            collector.awaitNamed("run after", 1);
            program.terminate();
            program.awaitExit();
        }
        assertThat(collector.named("submit work")).hasSize(1);
        assertThat(collector.named("run after")).hasSize(1);
        assertThat(collector.named("run work")).hasSize(2);
    }

    @Test
    void makesNoneWhereItIsOff() throws Exception {
        try (MainProcess program = start("false")) {
            int port = program.awaitPort();
            submit(port, "", "01");
            program.terminate();
            assertThat(program.awaitExit()).isZero();
            assertThat(program.lines()).noneMatch(line -> line.contains("opentelemetry"));
        }
        assertThat(collector.all()).isEmpty();
    }
}

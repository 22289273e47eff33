package dev.latido;

import static dev.latido.SpanCollector.attribute;
import static dev.latido.SpanCollector.attributes;
import static dev.latido.SpanCollector.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
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
    private final Queue<String> received = new ConcurrentLinkedQueue<>();
    private HttpServer endpoint;

    @BeforeEach
    void listen() {
        endpoint = vertx.createHttpServer()
                .requestHandler(request -> {
                    received.add(String.valueOf(request.getHeader("traceparent")));
                    request.response()
                            .setStatusCode(request.getHeader("Latido-Attempt").equals("1") ? 503 : 204)
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

    private MainProcess start(String tracing, String... variables) throws IOException {
        String yaml = """
                jobs:
                  work:
                    worker: {type: http, url: "http://127.0.0.1:%2$d/hook?token=secret", allowPrivate: true}
                    retry: {attempts: 3, delay: 1ms, maxDelay: 1ms}
                    next: [after, beside]
                  after:
                    worker: {type: class, class: %1$s, blocking: true}
                  beside:
                    worker: {type: class, class: %1$s}
                    next: [last]
                  last: {}
                tracing: %3$s
                """.formatted(CurrentTrace.class.getName(), endpoint.actualPort(), tracing);
        Path config = directory.resolve("latido.yaml");
        Files.writeString(config, yaml);
        Map<String, String> environment = new HashMap<>(Map.of(
                "LATIDO_CONFIG",
                config.toString(),
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                collector.url(),
                "OTEL_METRICS_EXPORTER",
                "prometheus", // for others in the same environment
                "OTEL_BSP_SCHEDULE_DELAY",
                "20"));
        for (String variable : variables) {
            environment.put(
                    variable.substring(0, variable.indexOf('=')), variable.substring(variable.indexOf('=') + 1));
        }
        return MainProcess.start(environment, "store.directory=" + directory);
    }

    private static String submit(int port, String query, String flags) {
        return submit(port, query, "traceparent: 00-" + TRACE + "-" + CALLER + "-" + flags + "\r\n", "");
    }

    private static String submit(int port, String query, String headers, String body) {
        RawResponse answer = RawClient.exchange(
                port,
                "POST /api/jobs/work/executions" + query + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                        + body.length() + "\r\n" + headers + "\r\n" + body);
        assertThat(answer.status()).as(answer::toString).isBetween(200, 202);
        return answer.json().getString("id");
    }

    private static RawResponse get(int port, String path, String headers) {
        return RawClient.exchange(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
    }

    private static void assertOwnTrace(Span run, Span from) {
        assertThat(run.getParentSpanId().isEmpty()).as("a trace of its own").isTrue();
        assertThat(hex(run.getTraceId())).isNotEqualTo(TRACE);
        assertLinked(run, from);
    }

    private static void assertChild(Span run, Span of) {
        assertThat(run.getTraceId()).isEqualTo(of.getTraceId());
        assertThat(run.getParentSpanId()).isEqualTo(of.getSpanId());
    }

    private static void assertLinked(Span run, Span from) {
        assertThat(run.getLinksList()).singleElement().satisfies(link -> {
            assertThat(link.getTraceId()).isEqualTo(from.getTraceId());
            assertThat(link.getSpanId()).isEqualTo(from.getSpanId());
        });
    }

    private Span one(String name) {
        return collector.awaitNamed(name, 1).get(0);
    }

    @Test
    void isOneTraceFromTheRequestOverStagesAndRetriesToTheWorker() throws Exception {
        try (MainProcess program = start("{enabled: true}")) {
            int port = program.awaitPort();
            String id = submit(port, "", "01");

            Span request = one("POST /api/jobs/:job/executions");
            assertThat(hex(request.getTraceId())).isEqualTo(TRACE);
            assertThat(hex(request.getParentSpanId())).isEqualTo(CALLER);
            Span submission = one("submit work");
            assertChild(submission, request);
            assertThat(submission.getKind()).isEqualTo(SpanKind.SPAN_KIND_PRODUCER);
            assertThat(attributes(submission))
                    .isEqualTo(Map.of(
                            "messaging.system", "latido",
                            "messaging.destination.name", "work",
                            "messaging.operation.name", "submit",
                            "messaging.operation.type", "send",
                            "messaging.message.id", id,
                            "latido.accepted", 1L));

            List<Span> runs = collector.awaitNamed("run work", 2);
            assertThat(runs).hasSize(2).allSatisfy(run -> {
                assertChild(run, submission);
                assertLinked(run, submission);
                assertThat(run.getKind()).isEqualTo(SpanKind.SPAN_KIND_CONSUMER);
            });
            assertThat(attributes(runs.get(1)))
                    .isEqualTo(Map.of(
                            "messaging.system", "latido",
                            "messaging.destination.name", "work",
                            "messaging.operation.name", "run",
                            "messaging.operation.type", "process",
                            "messaging.message.id", id,
                            "latido.origin.id", id,
                            "latido.attempt", 2L));
            assertThat(attribute(runs.get(0), "error.type")).isEqualTo("503");
            assertThat(runs)
                    .extracting(run -> run.getStatus().getCode())
                    .containsExactly(StatusCode.STATUS_CODE_ERROR, StatusCode.STATUS_CODE_UNSET);

            List<Span> calls = collector.awaitNamed("POST", 2);
            assertThat(calls).hasSize(2);
            for (int i = 0; i < 2; i++) {
                assertChild(calls.get(i), runs.get(i));
                assertThat(calls.get(i).getKind()).isEqualTo(SpanKind.SPAN_KIND_CLIENT);
                assertThat(List.copyOf(received).get(i))
                        .isEqualTo("00-" + TRACE + "-" + hex(calls.get(i).getSpanId()) + "-01");
            }
            long workPort = endpoint.actualPort();
            assertThat(attributes(calls.get(0)))
                    .isEqualTo(Map.of(
                            "http.request.method",
                            "POST",
                            "url.full",
                            "http://127.0.0.1:" + workPort + "/REDACTED?REDACTED",
                            "server.address",
                            "127.0.0.1",
                            "server.port",
                            workPort,
                            "network.peer.address",
                            "127.0.0.1",
                            "network.peer.port",
                            workPort,
                            "http.response.status_code",
                            503L,
                            "error.type",
                            "503"));
            assertThat(calls)
                    .extracting(call -> call.getStatus().getCode())
                    .containsExactly(StatusCode.STATUS_CODE_ERROR, StatusCode.STATUS_CODE_UNSET);

            for (String job : List.of("after", "beside")) {
                Span stage = one("run " + job);
                assertChild(stage, runs.get(1));
                assertThat(attribute(stage, "latido.origin.id")).isEqualTo(id);
                assertThat(attribute(stage, "latido.parent.id")).isEqualTo(id);
            }
            Span last = one("run last");
            assertChild(last, one("run beside"));
            assertThat(attribute(last, "latido.origin.id")).isEqualTo(id);
            assertThat(attribute(last, "latido.parent.id"))
                    .isEqualTo(attribute(one("run beside"), "messaging.message.id"));
            assertThat(collector.all()).hasSize(9);

            assertThat(collector.senders("service.name")).containsExactly("latido");
            assertThat(collector.senders("service.version")).containsExactly("unpackaged");
            assertThat(collector.senders("service.instance.id"))
                    .singleElement()
                    .satisfies(instance -> assertThat(UUID.fromString(instance)).isNotNull());
        }
    }

    @Test
    void linksEachAttemptToTheSubmissionAndEachStageToTheOneBefore() throws Exception {
        try (MainProcess program = start("{enabled: true, attempts: link}")) {
            int port = program.awaitPort();
            submit(port, "", "01");
            Span submission = one("submit work");
            List<Span> runs = collector.awaitNamed("run work", 2);
            assertThat(runs).allSatisfy(run -> assertOwnTrace(run, submission));
            for (Span run : runs) {
                assertThat(received).anyMatch(call -> call.startsWith("00-" + hex(run.getTraceId()) + "-"));
            }
            for (String job : List.of("after", "beside")) {
                Span stage = one("run " + job);
                assertOwnTrace(stage, runs.get(1));
                RawResponse ended =
                        get(port, "/api/executions/" + attribute(stage, "messaging.message.id"), "Prefer: wait=10\r\n");
                assertThat(ended.json().getString("result")).as(job).isEqualTo(hex(stage.getTraceId()));
            }
            assertOwnTrace(one("run last"), one("run beside"));
        }
    }

    @Test
    void followsTheConventionsOfHttpServers() throws Exception {
        try (MainProcess program = start("{enabled: true}")) {
            int port = program.awaitPort();
            submit(port, "?delay=1h&priority=high", "User-Agent: probe/1\r\nContent-Type: application/json\r\n", "{}");
            Span accepted = one("POST /api/jobs/:job/executions");
            assertThat(accepted.getKind()).isEqualTo(SpanKind.SPAN_KIND_SERVER);
            assertThat(accepted.getParentSpanId().isEmpty())
                    .as("begins a trace")
                    .isTrue();
            assertThat(accepted.getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_UNSET);
            Map<String, Object> told = attributes(accepted);
            assertThat(told.remove("network.peer.port")).isInstanceOf(Long.class);
            assertThat(told)
                    .isEqualTo(Map.ofEntries(
                            Map.entry("http.request.method", "POST"),
                            Map.entry("http.route", "/api/jobs/:job/executions"),
                            Map.entry("http.response.status_code", 202L),
                            Map.entry("url.scheme", "http"),
                            Map.entry("url.path", "/api/jobs/work/executions"),
                            Map.entry("url.query", "delay=1h&priority=high"),
                            Map.entry("server.address", "localhost"),
                            Map.entry("server.port", 80L),
                            Map.entry("client.address", "127.0.0.1"),
                            Map.entry("network.peer.address", "127.0.0.1"),
                            Map.entry("network.protocol.version", "1.1"),
                            Map.entry("user_agent.original", "probe/1")));

            RawClient.exchange(port, "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
            Span lost = one("POST");
            assertThat(attributes(lost))
                    .containsEntry("http.response.status_code", 404L)
                    .doesNotContainKeys("http.route", "error.type");
            assertThat(lost.getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_UNSET);

            RawClient.exchange(port, "BREW /api/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(attributes(one("HTTP /api/jobs")))
                    .containsEntry("http.request.method", "_OTHER")
                    .containsEntry("http.request.method_original", "BREW")
                    .containsEntry("http.response.status_code", 405L);
        }
    }

    @Test
    void leavesOutWhatIsAskedForAgainAndAgain() throws Exception {
        String traced = "traceparent: 00-" + TRACE + "-" + CALLER + "-01\r\n";
        try (MainProcess program = start("{enabled: true}")) {
            int port = program.awaitPort();
            for (String path : List.of("/health/live", "/health/ready", "/metrics", "/dashboard/", "/api/summary")) {
                get(port, path, "");
            }
            get(port, "/health/live", traced);
            get(port, "/metrics", traced);
            get(port, "/api/jobs", traced.replace("-01", "-00"));
            get(port, "/api/jobs", traced);
            one("GET /api/jobs");
            program.terminate();
            program.awaitExit();
        }
        assertThat(collector.all()).hasSize(1);
    }

    @Test
    void leavesNothingOutWhereAllIsWanted() throws Exception {
        try (MainProcess program = start("{enabled: true, requests: all}")) {
            int port = program.awaitPort();
            get(port, "/metrics", "");
            get(port, "/health/live", "");
            one("GET /metrics");
            assertThat(attributes(one("GET /health/live"))).containsEntry("http.response.status_code", 200L);
        }
    }

    @Test
    void saysOnceThatExportingStoppedAndOnceThatItWorksAgain() throws Exception {
        try (MainProcess program = start("{enabled: true}", "OTEL_JAVA_EXPORTER_OTLP_RETRY_DISABLED=true")) {
            int port = program.awaitPort();
            collector.goAway();
            RawResponse metrics = get(port, "/metrics", "");
            assertThat(metrics.body())
                    .contains("latido_traces_spans_dropped_total{reason=\"export-failed\"} 0.0")
                    .contains("latido_traces_spans_dropped_total{reason=\"queue-full\"} 0.0");
            submit(port, "?delay=1h", "01");
            program.awaitLine(" WARN  Tracing - Traces are not exported to '" + collector.url() + "': no connection; ");
            double before = dropped(port);
            submit(port, "?delay=1h", "01");
            await().until(() -> dropped(port) > before);

            collector.comeBack();
            await().until(() -> {
                submit(port, "?delay=1h", "01");
                return !collector.named("submit work").isEmpty();
            });
            program.awaitLine(" INFO  Tracing - Traces are exported to '" + collector.url() + "' again; ");
            assertThat(program.lines())
                    .filteredOn(line -> line.contains("Traces are "))
                    .hasSize(2);
            assertThat(program.lines()).noneMatch(line -> line.contains("opentelemetry") || line.startsWith("\tat "));
        }
    }

    private static double dropped(int port) {
        return get(port, "/metrics", "")
                .body()
                .lines()
                .filter(line -> line.startsWith("latido_traces_spans_dropped_total{reason=\"export-failed\"}"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf('}') + 2)))
                .sum();
    }

    @Test
    void endsAsWithAWrongConfigurationWhenAVariableIsWrongThatOnlyTheSdkCanCheck() throws Exception {
        try (MainProcess program = start("{enabled: true}", "OTEL_EXPORTER_OTLP_CERTIFICATE=/nowhere.pem")) {
            assertThat(program.awaitExit()).isEqualTo(2);
            assertThat(program.lines())
                    .singleElement()
                    .satisfies(line -> assertThat(line)
                            .endsWith("Latido did not start: the variables of OpenTelemetry are wrong: Invalid OTLP"
                                    + " certificate/key path: /nowhere.pem"));
        }
    }

    @Test
    void linksOverARestartWhatWasSubmittedBefore() throws Exception {
        String id;
        try (MainProcess program = start("{enabled: true, attempts: link}")) {
            id = submit(program.awaitPort(), "?delay=2s", "01");
            program.terminate();
            program.awaitExit();
        }
        Span submission = collector.awaitNamed("submit work", 1).get(0); // sent at the end at the latest
        assertThat(collector.named("run work")).isEmpty();
        try (MainProcess program = start("{enabled: true, attempts: link}")) {
            program.awaitPort();
            Span run = collector.awaitNamed("run work", 1).get(0);
            assertThat(attribute(run, "messaging.message.id")).isEqualTo(id);
            assertOwnTrace(run, submission);
        }
    }

    @Test
    void makesNoSpansOfWhatTheCallerDoesNotSample() throws Exception {
        try (MainProcess program = start("{enabled: true, attempts: link}")) {
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
        try (MainProcess program = start("{enabled: false}")) {
            int port = program.awaitPort();
            submit(port, "", "01");
            program.terminate();
            assertThat(program.awaitExit()).isZero();
            assertThat(program.lines()).noneMatch(line -> line.contains("opentelemetry"));
        }
        assertThat(collector.all()).isEmpty();
    }
}

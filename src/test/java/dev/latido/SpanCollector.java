package dev.latido;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** A collector of OpenTelemetry that keeps the spans that it gets. */
final class SpanCollector implements AutoCloseable {

    private static final HexFormat HEX = HexFormat.of();

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    private final Queue<Span> spans = new ConcurrentLinkedQueue<>();

    SpanCollector() {
        server = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    take(body);
                    request.response()
                            .putHeader("Content-Type", "application/x-protobuf")
                            .end();
                }))
                .listen(0, "127.0.0.1")
                .await();
    }

    private void take(Buffer body) {
        try {
            ExportTraceServiceRequest.parseFrom(body.getBytes()).getResourceSpansList().stream()
                    .flatMap(resource -> resource.getScopeSpansList().stream())
                    .forEach(scope -> spans.addAll(scope.getSpansList()));
        } catch (InvalidProtocolBufferException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    /** Waits until there are {@code count} spans of that name, and returns these. */
    List<Span> awaitNamed(String name, int count) {
        await().atMost(30, TimeUnit.SECONDS).until(() -> named(name).size() >= count);
        return named(name);
    }

    List<Span> named(String name) {
        return spans.stream().filter(span -> span.getName().equals(name)).toList();
    }

    List<Span> all() {
        return List.copyOf(spans);
    }

    static String hex(ByteString id) {
        return HEX.formatHex(id.toByteArray());
    }

    /** Returns the value of an attribute as text; empty where there is none. */
    static String attribute(Span span, String key) {
        return span.getAttributesList().stream()
                .filter(attribute -> attribute.getKey().equals(key))
                .map(KeyValue::getValue)
                .map(value -> value.hasIntValue() ? Long.toString(value.getIntValue()) : value.getStringValue())
                .findFirst()
                .orElse("");
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}

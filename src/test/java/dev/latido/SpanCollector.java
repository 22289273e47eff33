package dev.latido;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A collector of OpenTelemetry that keeps the spans that it gets, and that can go and come back. */
final class SpanCollector implements AutoCloseable {

    private static final HexFormat HEX = HexFormat.of();

    private final Vertx vertx = Vertx.vertx();
    private final Queue<Span> spans = new ConcurrentLinkedQueue<>();
    private final Queue<Resource> resources = new ConcurrentLinkedQueue<>();
    private final int port;
    private HttpServer server;

    SpanCollector() {
        server = listen(0);
        port = server.actualPort();
    }

    private HttpServer listen(int wanted) {
        return vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    take(body);
                    request.response()
                            .putHeader("Content-Type", "application/x-protobuf")
                            .end();
                }))
                .listen(wanted, "127.0.0.1")
                .await();
    }

    /** Is away until {@link #comeBack}. */
    void goAway() {
        server.close().await();
    }

    void comeBack() {
        server = listen(port);
    }

    private void take(Buffer body) {
        try {
            ExportTraceServiceRequest.parseFrom(body.getBytes())
                    .getResourceSpansList()
                    .forEach(of -> {
                        resources.add(of.getResource());
                        of.getScopeSpansList().forEach(scope -> spans.addAll(scope.getSpansList()));
                    });
        } catch (InvalidProtocolBufferException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
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

    /** Returns the values of an attribute of those who sent something. */
    Set<String> senders(String key) {
        return resources.stream()
                .map(resource -> value(resource.getAttributesList(), key))
                .map(SpanCollector::text)
                .collect(Collectors.toSet());
    }

    static String hex(ByteString id) {
        return HEX.formatHex(id.toByteArray());
    }

    /** Returns the value of an attribute as text; empty where there is none. */
    static String attribute(Span span, String key) {
        return text(value(span.getAttributesList(), key));
    }

    /** Returns all attributes, a number as a {@link Long}, and anything else as text. */
    static Map<String, Object> attributes(Span span) {
        Map<String, Object> all = new TreeMap<>();
        for (KeyValue attribute : span.getAttributesList()) {
            AnyValue value = attribute.getValue();
            all.put(attribute.getKey(), value.hasIntValue() ? (Object) value.getIntValue() : text(value));
        }
        return all;
    }

    private static AnyValue value(List<KeyValue> attributes, String key) {
        return attributes.stream()
                .filter(attribute -> attribute.getKey().equals(key))
                .map(KeyValue::getValue)
                .findFirst()
                .orElse(AnyValue.getDefaultInstance());
    }

    private static String text(AnyValue value) {
        return value.hasIntValue() ? Long.toString(value.getIntValue()) : value.getStringValue();
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}

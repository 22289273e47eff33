package dev.latido;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * An HTTP endpoint outside of the service that fails in every way there is. How it treats an attempt stands in the payload:
 * {@code {"modes":["ERROR","WELL"]}}, one for each attempt, the last for all that follow.
 */
final class FailingEndpoint implements AutoCloseable {

    private static final int SLOW_MILLIS = 200;
    private static final int DRIP_MILLIS = 10;

    /** How an attempt is treated. */
    enum Mode {
        /** It is answered with 200 at once. */
        WELL,
        /** It is answered with 200, a while later. */
        SLOW,
        /** It is answered with 500. */
        ERROR,
        /** It is never answered. */
        HANG,
        /** The connection is closed without an answer. */
        CLOSE,
        /** The answer comes a byte at a time and has no end. */
        DRIP,
        /** It is answered with 200 and a body without end. */
        FLOOD,
        /** It is answered with 500 and a body without end. */
        FLOODED_ERROR,
        /** It is answered with 429 and the {@code Retry-After} that stands in the payload. */
        BUSY,
        /** It is answered with 404. */
        MISSING
    }

    /**
     * An attempt that came.
     *
     * @param nanos when, on the monotonic clock
     */
    record Call(String path, String execution, int attempt, Mode mode, long nanos) {}

    private final Vertx vertx = Vertx.vertx();
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final HttpServer server;
    private volatile boolean isWell;

    FailingEndpoint() {
        server = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> take(request, body)))
                .listen(0, "127.0.0.1")
                .await();
    }

    private void take(HttpServerRequest request, Buffer body) {
        JsonObject payload = body.length() == 0 ? new JsonObject() : body.toJsonObject();
        int attempt = Integer.parseInt(request.getHeader("Latido-Attempt"));
        String execution = request.getHeader("Latido-Execution");
        long before = calls.stream()
                .filter(call -> call.execution().equals(execution))
                .count();
        Mode mode = isWell ? Mode.WELL : mode(payload.getJsonArray("modes", new JsonArray()), (int) before + 1);
        calls.add(new Call(request.path(), execution, attempt, mode, System.nanoTime()));
        answer(mode, request, payload.getString("retryAfter", "0"));
    }

    private static Mode mode(JsonArray modes, int call) {
        return modes.isEmpty() ? Mode.WELL : Mode.valueOf(modes.getString(Math.min(call, modes.size()) - 1));
    }

    private void answer(Mode mode, HttpServerRequest request, String retryAfter) {
        HttpServerResponse response = request.response();
        switch (mode) {
            case WELL -> response.end();
            case SLOW -> vertx.setTimer(SLOW_MILLIS, ignored -> response.end());
            case ERROR -> response.setStatusCode(500).end("out of order");
            case HANG -> {}
            case CLOSE -> request.connection().close();
            case DRIP -> {
                response.setChunked(true);
                vertx.setPeriodic(DRIP_MILLIS, timer -> drip(response, timer));
            }
            case FLOOD -> pour(response.setChunked(true));
            case FLOODED_ERROR -> pour(response.setStatusCode(500).setChunked(true));
            case BUSY ->
                response.setStatusCode(429).putHeader("Retry-After", retryAfter).end();
            case MISSING -> response.setStatusCode(404).end();
        }
    }

    private void drip(HttpServerResponse response, long timer) {
        if (response.closed()) {
            vertx.cancelTimer(timer);
        } else {
            response.write("x");
        }
    }

    private void pour(HttpServerResponse response) {
        response.write("x".repeat(10_000)).onSuccess(ignored -> vertx.runOnContext(next -> pour(response)));
    }

    /** Treats everything well that comes from now on, whatever its payload says. */
    void recover() {
        isWell = true;
    }

    /** Returns what makes {@code path} of this endpoint the worker of a job. */
    JsonObject worker(String path) {
        return new JsonObject()
                .put("type", "http")
                .put("allowPrivate", true)
                .put("url", "http://127.0.0.1:" + server.actualPort() + path);
    }

    /** Returns all attempts that came so far, the oldest first. */
    List<Call> calls() {
        return List.copyOf(calls);
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}

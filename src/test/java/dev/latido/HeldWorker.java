package dev.latido;

import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** An HTTP worker outside of the service, whose work is done when the test says so, or at once. */
final class HeldWorker implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx();
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final HttpServer server;
    private volatile boolean isHolding;

    /** One attempt that waits for its end. */
    record Call(String execution, int attempt, String payload, HttpServerRequest request) {
        void succeed() {
            request.response().end();
        }
    }

    HeldWorker() {
        server = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    Call call = new Call(
                            request.getHeader("Latido-Execution"),
                            Integer.parseInt(request.getHeader("Latido-Attempt")),
                            body.toString(),
                            request);
                    count.incrementAndGet();
                    if (isHolding) {
                        calls.add(call);
                    } else {
                        call.succeed();
                    }
                }))
                .listen(0, "127.0.0.1")
                .await();
    }

    /** Returns what makes this the worker of a job. */
    JsonObject config() {
        return new JsonObject()
                .put("type", "http")
                .put("allowPrivate", true)
                .put("url", "http://127.0.0.1:" + server.actualPort());
    }

    /** Has what comes from now on wait for {@link Call#succeed}. */
    void hold() {
        isHolding = true;
    }

    /** Has what comes from now on succeed at once. */
    void release() {
        isHolding = false;
    }

    /** Waits for the next attempt that waits for its end. */
    Call take() {
        return await().until(calls::poll, call -> call != null);
    }

    /** Returns how many attempts came. */
    int count() {
        return count.get();
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}

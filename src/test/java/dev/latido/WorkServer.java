package dev.latido;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The HTTP workers of a service, outside of it, with a note of every call. Work whose payload says {@code "fails": true}
 * fails once; everything else succeeds, with the id of its execution and the number of the attempt as result.
 */
final class WorkServer implements AutoCloseable {

    private static final int MAX_MILLIS = 12;

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final Set<String> failed = ConcurrentHashMap.newKeySet();

    /**
     * What a worker got.
     *
     * @param life which life of the service called
     * @param isFailed whether it was answered that the work is not done
     */
    record Call(int life, String job, String execution, int attempt, boolean isFailed) {}

    WorkServer() {
        server = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> take(request, body)))
                .listen(0, "127.0.0.1")
                .await();
    }

    /** Returns where a service in its {@code life} has its work done. */
    String url(int life) {
        return "http://127.0.0.1:" + server.actualPort() + "/" + life;
    }

    private void take(HttpServerRequest request, Buffer body) {
        String id = request.getHeader("Latido-Execution");
        int attempt = Integer.parseInt(request.getHeader("Latido-Attempt"));
        boolean fails = body.length() > 0 && body.toJsonObject().getBoolean("fails", false) && failed.add(id);
        int life = Integer.parseInt(request.path().substring(1));
        calls.add(new Call(life, request.getHeader("Latido-Job"), id, attempt, fails));
        int millis = 1 + Math.floorMod(Objects.hash(id, attempt), MAX_MILLIS);
        vertx.setTimer(millis, ignored -> {
            if (!request.response().closed()) {
                request.response()
                        .setStatusCode(fails ? 500 : 200)
                        .putHeader("Content-Type", "application/json")
                        .end(new JsonObject()
                                .put("from", id)
                                .put("attempt", attempt)
                                .toBuffer());
            }
        });
    }

    /** Returns all calls so far, in the order in which they came. */
    List<Call> calls() {
        return List.copyOf(calls);
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}

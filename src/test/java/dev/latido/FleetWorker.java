package dev.latido;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;

/** The HTTP worker of a fleet, outside of it: it notes the number in each payload and takes its time to succeed. */
final class FleetWorker implements AutoCloseable {

    private static final int MIN_MILLIS = 10;
    private static final int MAX_MILLIS = 150;

    private final Vertx vertx = Vertx.vertx();
    private final FleetJournal journal;
    private final HttpServer server;

    FleetWorker(FleetJournal journal) {
        this.journal = journal;
        server = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> take(request, body)))
                .listen(0, "127.0.0.1")
                .await();
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort() + "/";
    }

    private void take(HttpServerRequest request, Buffer body) {
        int number;
        try {
            number = Integer.parseInt(String.valueOf(body.toJsonObject().getValue("n")));
        } catch (RuntimeException notOurs) {
            journal.problem("a worker got " + body.getString(0, Math.min(200, body.length())));
            request.response().setStatusCode(500).end();
            return;
        }
        journal.called(number);
        vertx.setTimer(MIN_MILLIS + Math.floorMod(number * 31, MAX_MILLIS - MIN_MILLIS), ignored -> {
            if (!request.response().closed()) {
                request.response().setStatusCode(200).end();
            }
        });
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}

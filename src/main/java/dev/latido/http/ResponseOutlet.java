package dev.latido.http;

import dev.latido.process.ProcessEnd;
import dev.latido.stream.Outlet;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.TimeUnit;

/** An answer that goes on. */
final class ResponseOutlet implements Outlet {

    private static final long LINGER_SECONDS = 1;

    private final HttpServerRequest request;
    private final HttpServerResponse response;

    ResponseOutlet(HttpServerRequest request) {
        this.request = request;
        this.response = request.response();
    }

    @Override
    public Future<Void> write(Buffer text) {
        return response.closed()
                ? Future.failedFuture("the connection is closed")
                : response.write(text).onFailure(ProcessEnd::endIfOutOfMemory);
    }

    @Override
    public void end(Buffer last) {
        if (!response.closed()) {
            response.end(last).onFailure(ProcessEnd::endIfOutOfMemory);
        }
        request.connection().shutdown(LINGER_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        request.connection().close();
    }

    @Override
    public String name() {
        return String.valueOf(request.remoteAddress());
    }
}

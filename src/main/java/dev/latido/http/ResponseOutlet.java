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
        Future<Void> written = Future.failedFuture("the connection is closed");
        // In pieces, of which only that one is in direct memory whose turn it is.
        for (int from = 0; from < text.length() && !response.closed(); from += AnswerBound.PIECE_BYTES) {
            Buffer piece = text.slice(from, Math.min(text.length(), from + AnswerBound.PIECE_BYTES));
            written = response.write(piece).onFailure(ProcessEnd::endIfOutOfMemory);
        }
        return written;
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
        AnswerBound.closeNow(request.connection());
    }

    @Override
    public String name() {
        return String.valueOf(request.remoteAddress());
    }
}

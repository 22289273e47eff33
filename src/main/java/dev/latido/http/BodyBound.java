package dev.latido.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Bounds the size and the time of bodies. */
final class BodyBound {

    private final Deadlines<HttpServerRequest> deadlines;
    private final long maxBytes;
    private final Problem tooLarge;

    BodyBound(Deadlines<HttpServerRequest> deadlines, int maxBytes) {
        this.deadlines = deadlines;
        this.maxBytes = maxBytes;
        this.tooLarge = Problem.bodyTooLarge(maxBytes);
    }

    /** Sees to it that a body ends in time and within its size, if it is not announced as too large already. */
    @Nullable Problem begin(HttpServerRequest request) {
        if (announcedBytes(request) > maxBytes) {
            return tooLarge;
        }
        deadlines.begin(request);
        keep(request, forgotten -> {});
        request.exceptionHandler(malformed -> {
            Problem.BAD_REQUEST.sendAndClose(request);
            request.connection().close(); // now: behind a chunk that is none there is nothing to wait for
        });
        request.end().onComplete(ignored -> deadlines.end(request));
        return null;
    }

    /** Has {@code keeper} keep the body of a request that has begun, as far as it is not too large. */
    void keep(HttpServerRequest request, Consumer<Buffer> keeper) {
        request.handler(piece -> {
            if (request.bytesRead() > maxBytes) {
                request.handler(null);
                tooLarge.sendAndClose(request);
            } else {
                keeper.accept(piece);
            }
        });
    }

    /** Returns how long the body of {@code request} is to be, in bytes; -1 when that is not said. */
    static long announcedBytes(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? -1 : Long.parseLong(length);
        } catch (NumberFormatException beyondAnyBound) {
            return Long.MAX_VALUE;
        }
    }
}

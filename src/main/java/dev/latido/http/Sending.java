package dev.latido.http;

import dev.latido.process.ProcessEnd;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * Sends the body of an answer; a large one piece by piece, each when the network has taken the one before, so that it holds
 * neither the event loop nor much of the network's memory. {@link AnswerBound} bounds what all of them take.
 */
final class Sending {

    /** Where the pieces of a body come from. */
    @FunctionalInterface
    interface Source {
        /** Returns the next piece, which is not empty. Called once the one before was taken, and as long as something is left. */
        Future<Buffer> next();
    }

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final AnswerBound bound;
    private final int charge;
    private final Source source;
    private long left;

    private Sending(HttpServerRequest request, AnswerBound bound, int charge, long length, Source source) {
        this.request = request;
        this.response = request.response();
        this.bound = bound;
        this.charge = charge;
        this.left = length;
        this.source = source;
    }

    /** Ends the answer to {@code request}, whose head is as it is to be, with {@code body}; or refuses it, if there is no room. */
    static void end(HttpServerRequest request, Buffer body) {
        if (body.length() <= AnswerBound.SMALL_BYTES || request.method().equals(HttpMethod.HEAD)) {
            request.response().end(body).onFailure(ProcessEnd::endIfOutOfMemory);
            return;
        }
        AnswerBound bound = AnswerBound.of(request);
        int charge = Math.min(body.length(), AnswerBound.PIECE_BYTES);
        if (bound.admit(request, charge)) {
            pieces(request, bound, charge, body.length(), slices(body));
        }
    }

    /** The same, and it is not refused. */
    static void endInAnyCase(HttpServerRequest request, Buffer body) {
        if (body.length() <= AnswerBound.SMALL_BYTES || request.method().equals(HttpMethod.HEAD)) {
            end(request, body);
            return;
        }
        AnswerBound bound = AnswerBound.of(request);
        int charge = Math.min(body.length(), AnswerBound.PIECE_BYTES);
        bound.take(charge);
        pieces(request, bound, charge, body.length(), slices(body));
    }

    /** The same with a body in direct memory, which does not change: nothing of it is copied, so there is always room. */
    static void endWithoutCopy(HttpServerRequest request, Buffer body) {
        if (request.method().equals(HttpMethod.HEAD)) {
            request.response()
                    .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()))
                    .end()
                    .onFailure(ProcessEnd::endIfOutOfMemory);
        } else {
            new Sending(request, AnswerBound.of(request), 0, body.length(), slices(body)).begin();
        }
    }

    /**
     * Sends the body of an answer for which there is room.
     *
     * @param charge what was taken for it, which is given back at its end
     * @param length how long it is in all
     */
    static void pieces(HttpServerRequest request, AnswerBound bound, int charge, long length, Source source) {
        new Sending(request, bound, charge, length, source).begin();
    }

    private static Source slices(Buffer body) {
        int[] from = {0};
        return () -> {
            int begin = from[0];
            from[0] = Math.min(body.length(), begin + AnswerBound.PIECE_BYTES);
            return Future.succeededFuture(body.slice(begin, from[0]));
        };
    }

    /** Returns what it is sent over. */
    HttpConnection connection() {
        return request.connection();
    }

    private void begin() {
        response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(left));
        next();
    }

    private void next() {
        if (response.closed()) {
            bound.release(charge);
        } else {
            source.next().onSuccess(this::send).onFailure(this::fail);
        }
    }

    private void send(Buffer piece) {
        if (response.closed()) {
            bound.release(charge);
            return;
        }
        left -= piece.length();
        Future<Void> taken = left == 0 ? response.end(piece) : response.write(piece);
        if (taken.isComplete()) {
            taken(taken);
        } else {
            bound.begin(this);
            taken.onComplete(done -> {
                bound.end(this);
                taken(done);
            });
        }
    }

    private void taken(AsyncResult<Void> done) {
        if (done.failed()) {
            fail(done.cause());
        } else if (left == 0) {
            bound.release(charge);
        } else {
            Vertx.currentContext().runOnContext(ignored -> next()); // others have their turn
        }
    }

    private void fail(Throwable failure) {
        ProcessEnd.endIfOutOfMemory(failure);
        bound.release(charge);
        AnswerBound.closeNow(request.connection()); // the client has a part of it, and must not take that for all
    }
}

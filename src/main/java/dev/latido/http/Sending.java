package dev.latido.http;

import dev.latido.process.ProcessEnd;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * Sends the body of an answer; a large one piece by piece, each when the network has taken the one before, so that it holds
 * neither the event loop nor much of the network's memory.
 */
final class Sending {

    private static final int PIECE_BYTES = 131_072;

    private final HttpServerResponse response;
    private final Buffer body;
    private int sent;

    private Sending(HttpServerResponse response, Buffer body) {
        this.response = response;
        this.body = body;
    }

    /** Ends the answer to {@code request}, whose head is as it is to be, with {@code body}. */
    static void end(HttpServerRequest request, Buffer body) {
        HttpServerResponse response = request.response();
        if (body.length() <= 2 * PIECE_BYTES || request.method().equals(HttpMethod.HEAD)) {
            response.end(body).onFailure(ProcessEnd::endIfOutOfMemory);
        } else {
            response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
            new Sending(response, body).next();
        }
    }

    private void next() {
        if (response.closed()) {
            return;
        }
        int end = Math.min(body.length(), sent + PIECE_BYTES);
        Buffer piece = body.slice(sent, end);
        sent = end;
        if (end == body.length()) {
            response.end(piece).onFailure(ProcessEnd::endIfOutOfMemory);
        } else {
            response.write(piece)
                    .onSuccess(
                            taken -> Vertx.currentContext().runOnContext(ignored -> next())) // others have their turn
                    .onFailure(ProcessEnd::endIfOutOfMemory);
        }
    }
}

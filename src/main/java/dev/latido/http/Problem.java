package dev.latido.http;

import dev.latido.process.ProcessEnd;
import dev.latido.protocol.Refusal;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An error answer: {@code application/problem+json} by RFC 9457.
 *
 * @param status the HTTP status code
 * @param type a stable name for programs; on the wire it stands behind {@value #TYPE_PREFIX}
 * @param detail one sentence for people
 * @param retryAfter for the {@code Retry-After} header (RFC 9110, 10.2.3); null for none
 */
record Problem(
        int status, String type, String detail, @Nullable Duration retryAfter) {

    static final String TYPE_PREFIX = "urn:latido:problem:";

    /** The status of a request for a host that is not ours (RFC 9110, 15.5.20). */
    static final int MISDIRECTED = 421;

    private static final long LINGER_SECONDS = 1;

    private static final Duration SOON = Duration.ofSeconds(1);

    private static final CharSequence CONTENT_TYPE = HttpHeaders.createOptimized("application/problem+json");

    static final Problem BAD_REQUEST = of(400, "bad-request", "The request breaks the rules of HTTP.");
    static final Problem BAD_PATH = of(400, "bad-path", "The path holds an escape that is malformed or not allowed.");
    static final Problem BAD_HOST = of(400, "bad-host", "A request needs exactly one valid Host.");
    static final Problem BAD_FRAMING =
            of(400, "bad-framing", "A body comes with one Content-Length or with 'Transfer-Encoding: chunked'.");
    static final Problem UNAUTHORIZED =
            of(401, "unauthorized", "Send one of the service's API keys as 'Authorization: Bearer <key>'.");
    static final Problem NOT_FOUND = of(404, "not-found", "There is nothing at this path.");
    static final Problem TIMEOUT = of(408, "request-timeout", "The request took too long to arrive.");
    static final Problem CODED = of(
            415, "unsupported-content-encoding", "A body that is read must not be compressed or coded in another way.");
    static final Problem EXPECTATION = of(417, "expectation-failed", "The only expectation known is '100-continue'.");
    static final Problem FAULT = of(Refusal.fault());

    static Problem of(int status, String type, String detail) {
        return new Problem(status, type, detail, null);
    }

    static Problem of(Refusal refusal) {
        return new Problem(refusal.code(), refusal.type(), refusal.detail(), refusal.retryAfter());
    }

    static Problem misdirected(String host) {
        return of(
                MISDIRECTED,
                "misdirected",
                "This service does not answer for the host '" + Quoted.of(host)
                        + "'. http.allowedHosts names its hosts, also as ranges of addresses such as 10.0.0.0/8.");
    }

    /** 503: clients do not take what they are sent, and there is no room for a further answer that is not small. */
    static Problem answersFull(long maxBytes) {
        return new Problem(
                503,
                "answers-full",
                "Answers that their clients have not taken yet take all of " + maxBytes
                        + " bytes (http.maxUnsentBytes). Small answers are still given.",
                SOON);
    }

    /** Says of what is compared why it counts as another origin's. */
    static Problem crossOrigin(String why) {
        return of(
                403,
                "cross-origin",
                "A page of another origin may have its visitor's browser open a page here, and nothing else: " + why);
    }

    static Problem methodNotAllowed(String allowed) {
        return of(405, "method-not-allowed", "This path takes " + allowed + ".");
    }

    static Problem bodyTooLarge(int maxBytes) {
        return of(413, "body-too-large", "A request body may have " + maxBytes + " bytes.");
    }

    static Problem requestLineTooLong(int maxBytes) {
        return of(414, "request-line-too-long", "A request line may have " + maxBytes + " bytes.");
    }

    static Problem headerTooLarge(int maxBytes) {
        return of(431, "header-too-large", "All header fields together may have " + maxBytes + " bytes.");
    }

    /**
     * Answers {@code request} with this problem, unless it was answered or lost before. Where a body is still to come,
     * the connection ends with the answer: nobody wants that body.
     */
    void send(HttpServerRequest request) {
        if (RequestGuard.awaitsBody(request)) {
            sendAndClose(request);
        } else {
            answer(request.response());
        }
    }

    /**
     * Answers {@code request} with this problem, unless it was answered or lost before, and closes the connection: what
     * follows on it cannot be trusted. What the client is still sending is read and forgotten for a moment, because a
     * client that cannot write does not read (RFC 9112, 9.6).
     */
    void sendAndClose(HttpServerRequest request) {
        if (RequestGuard.awaitsBody(request)) {
            // Else Vert.x drops the answer when what comes next, maybe in the same packet, is malformed. This sends it
            // before.
            request.exceptionHandler(malformed -> request.connection().close());
        }
        request.connection().shutdown(LINGER_SECONDS, TimeUnit.SECONDS);
        HttpServerResponse response = request.response();
        if (!response.headWritten()) {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        answer(response);
    }

    private void answer(HttpServerResponse response) {
        if (response.ended() || response.closed()) {
            return;
        }
        response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, CONTENT_TYPE);
        if (retryAfter != null) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(retryAfter.toSeconds()));
        }
        response.end(body()).onFailure(ProcessEnd::endIfOutOfMemory);
    }

    private Buffer body() {
        return new JsonObject()
                .put("type", TYPE_PREFIX + type)
                .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
                .put("status", status)
                .put("detail", detail)
                .toBuffer();
    }
}

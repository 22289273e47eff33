package dev.latido.worker;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.client.impl.ClientPhase;
import io.vertx.ext.web.client.impl.HttpContext;
import io.vertx.ext.web.codec.BodyCodec;
import io.vertx.ext.web.codec.spi.BodyStream;
import org.jspecify.annotations.Nullable;

/**
 * One call: the text of its response up to a bound, and the means to break it off. The web client offers neither. When a
 * body is refused it reads on and throws the rest away, for as long as the server cares to send; and it keeps the request,
 * which alone can be reset, to itself. So its calls are watched by {@link #watch}.
 *
 * <p>Thread-safe.
 */
final class HttpCall implements BodyCodec<HttpCall.Answer>, BodyStream<HttpCall.Answer> {

    /** How many characters are read of a response that is no success. */
    static final int MAX_REFUSAL = 8_192;

    /**
     * A response.
     *
     * @param status its status code
     * @param headers its header fields
     * @param text its body, or the beginning of one that is longer than was wanted
     * @param isMalformed whether something in the body is no character
     */
    record Answer(int status, MultiMap headers, String text, boolean isMalformed) {

        boolean isSuccess() {
            return HttpCall.isSuccess(status);
        }
    }

    private final Results results;
    private final Promise<Answer> whole = Promise.promise();
    private @Nullable HttpClientRequest request;
    private @Nullable HttpClientResponse response;
    private @Nullable BodyText body;
    private boolean isAborted;

    /**
     * Makes a call.
     *
     * @param results takes the body of a success; where that is longer than is wanted the call is broken off
     */
    HttpCall(Results results) {
        this.results = results;
    }

    private static boolean isSuccess(int status) {
        return status >= 200 && status < 300;
    }

    /** Has each call know its request and its response; to be called by the client in every phase of a call. */
    static void watch(HttpContext<?> context) {
        if (context.request().bodyCodec() instanceof HttpCall call) {
            if (context.phase() == ClientPhase.SEND_REQUEST) {
                call.sends(context.clientRequest());
            } else if (context.phase() == ClientPhase.RECEIVE_RESPONSE) {
                call.receives(context.clientResponse());
            }
        }
        context.next();
    }

    private synchronized void sends(HttpClientRequest toSend) {
        toSend.exceptionHandler(failure -> {}); // told by the call's future; an error in the log otherwise
        if (isAborted) {
            throw new WorkFailedException("cancelled"); // the client then resets what it has
        }
        request = toSend;
    }

    private synchronized void receives(HttpClientResponse received) {
        response = received;
        String type = received.getHeader(HttpHeaders.CONTENT_TYPE);
        body = isSuccess(received.statusCode()) ? results.from(type) : new BodyText(type, MAX_REFUSAL);
    }

    /** Breaks the call off: what is not sent is not sent any more, and a connection in use is closed. */
    void abort() {
        HttpClientRequest toReset;
        synchronized (this) {
            isAborted = true;
            toReset = request;
        }
        if (toReset != null) {
            toReset.reset();
        }
    }

    synchronized boolean isAborted() {
        return isAborted;
    }

    /** Tells whether the server may have got something of the request. */
    synchronized boolean wasSent() {
        return request != null;
    }

    /** Tells whether the body is longer than is wanted, and the call therefore broken off. */
    synchronized boolean isTooLong() {
        return body != null && body.isTooLong();
    }

    /** Returns the response with what was read of its body, of which no more comes. */
    synchronized Answer answer() {
        if (response == null || body == null) {
            throw new IllegalStateException("there is no response");
        }
        String text = body.end();
        return new Answer(response.statusCode(), response.headers(), text, body.isMalformed());
    }

    @Override
    public BodyStream<Answer> stream() {
        return this;
    }

    @Override
    public Future<Void> write(Buffer data) {
        synchronized (this) {
            if (body == null) {
                throw new IllegalStateException("a body without a response");
            }
            body.add(data);
            if (!body.isTooLong()) {
                return Future.succeededFuture();
            }
        }
        abort();
        return Future.failedFuture(new WorkFailedException("the rest is not wanted"));
    }

    @Override
    public Future<Void> end() {
        whole.tryComplete(answer());
        return Future.succeededFuture();
    }

    @Override
    public Future<Answer> result() {
        return whole.future();
    }

    @Override
    public void handle(Throwable failure) {
        whole.tryFail(failure);
    }

    @Override
    public HttpCall exceptionHandler(@Nullable Handler<Throwable> handler) {
        return this;
    }

    @Override
    public HttpCall setWriteQueueMaxSize(int maxSize) {
        return this;
    }

    @Override
    public boolean writeQueueFull() {
        return false;
    }

    @Override
    public HttpCall drainHandler(@Nullable Handler<Void> handler) {
        return this;
    }
}

package dev.latido.worker;

import io.vertx.core.Future;
import io.vertx.core.Handler;
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
 * One call: the body of its response up to {@value #MAX_BODY} bytes, and the means to break it off. The web client offers
 * neither. When a body is refused it reads on and throws the rest away, for as long as the server cares to send; and it
 * keeps the request, which alone can be reset, to itself. So its calls are watched by {@link #watch}.
 *
 * <p>Thread-safe.
 */
final class HttpCall implements BodyCodec<Buffer>, BodyStream<Buffer> {

    /** How many bytes of a response are read. */
    static final int MAX_BODY = 65_536;

    private final Buffer body = Buffer.buffer();
    private final Promise<Buffer> whole = Promise.promise();
    private @Nullable HttpClientRequest request;
    private int status;
    private @Nullable String retryAfter;
    private boolean isTooLarge;
    private boolean isAborted;

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

    private synchronized void receives(HttpClientResponse response) {
        status = response.statusCode();
        retryAfter = response.getHeader(HttpHeaders.RETRY_AFTER);
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

    /** Returns the status code; 0 while there is none. */
    synchronized int status() {
        return status;
    }

    /** Returns the header {@code Retry-After} of the response; null while there is none. */
    synchronized @Nullable String retryAfter() {
        return retryAfter;
    }

    /** Tells whether the server sent more than {@value #MAX_BODY} bytes. */
    synchronized boolean isTooLarge() {
        return isTooLarge;
    }

    /** Returns what was read so far. */
    synchronized Buffer body() {
        return body.copy();
    }

    @Override
    public BodyStream<Buffer> stream() {
        return this;
    }

    @Override
    public Future<Void> write(Buffer data) {
        synchronized (this) {
            int room = MAX_BODY - body.length();
            isTooLarge = isTooLarge || data.length() > room;
            body.appendBuffer(data, 0, Math.min(room, data.length()));
            if (!isTooLarge) {
                return Future.succeededFuture();
            }
        }
        abort();
        return Future.failedFuture(new WorkFailedException("the response is too large"));
    }

    @Override
    public Future<Void> end() {
        whole.tryComplete(body());
        return Future.succeededFuture();
    }

    @Override
    public Future<Buffer> result() {
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

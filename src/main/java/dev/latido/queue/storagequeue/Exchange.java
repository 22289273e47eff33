package dev.latido.queue.storagequeue;

import dev.latido.loop.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer: as a whole within a time, and of no more than so many bytes; otherwise it is broken off.
 * On the broker's loop; only the body is gathered on the thread that reads it.
 */
final class Exchange {

    /** An answer, whatever it says. */
    record Answer(int status, MultiMap headers, Buffer body) {}

    /** There was none. */
    static final class Failure extends Exception {

        private static final long serialVersionUID = 1L;
        private final boolean wasSent;
        private final boolean isTimeout;

        Failure(boolean wasSent, boolean isTimeout, Throwable cause) {
            super(cause.getMessage(), cause, false, false);
            this.wasSent = wasSent;
            this.isTimeout = isTimeout;
        }

        /** Tells whether the server may have got something of the request. */
        boolean wasSent() {
            return wasSent;
        }

        /** Tells whether it took too long. */
        boolean isTimeout() {
            return isTimeout;
        }

        /** Returns what it failed by. */
        Throwable reason() {
            Throwable cause = getCause();
            return cause == null ? this : cause;
        }
    }

    /** Sends requests, and tells on a loop how they ended. */
    record Sender(HttpClientAgent client, EventLoop loop, int maxBytes) {

        /** Sends one; fails with {@link Failure}. */
        Future<Answer> send(RequestOptions options, @Nullable Buffer body, Duration within) {
            return new Exchange(this).begin(options, body, within);
        }
    }

    private final Sender sender;
    private final EventLoop loop;
    private final Promise<Answer> promise = Promise.promise();
    private @Nullable HttpClientRequest request;
    private EventLoop.@Nullable Timer deadline;
    private boolean isOver;

    private Exchange(Sender sender) {
        this.sender = sender;
        loop = sender.loop();
    }

    private Future<Answer> begin(RequestOptions options, @Nullable Buffer body, Duration within) {
        deadline = loop.schedule(within, () -> fail(true, new IOException("no answer within " + within)));
        sender.client().request(options).onComplete((made, failure) -> {
            if (made != null) { // at once, as it may end before the loop has its turn
                made.exceptionHandler(ended -> {}); // told by the future; an error in the log otherwise
            }
            loop.execute(() -> send(made, failure, body));
        });
        return promise.future();
    }

    private void send(@Nullable HttpClientRequest made, @Nullable Throwable failure, @Nullable Buffer body) {
        if (made == null) {
            fail(false, failure == null ? new IOException("no request") : failure);
        } else if (isOver) {
            made.reset();
        } else {
            request = made;
            Future<HttpClientResponse> sent = body == null ? made.send() : made.send(body);
            sent.compose(this::gather)
                    .onComplete((answer, ended) -> loop.execute(() -> {
                        if (answer == null) {
                            fail(false, ended == null ? new IOException("no answer") : ended);
                        } else {
                            end();
                            promise.tryComplete(answer);
                        }
                    }));
        }
    }

    private Future<Answer> gather(HttpClientResponse response) {
        Promise<Answer> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        response.handler(part -> {
            if (body.length() + part.length() > sender.maxBytes()) {
                whole.tryFail(new IOException("the answer has more than " + sender.maxBytes() + " bytes"));
            } else {
                body.appendBuffer(part);
            }
        });
        response.exceptionHandler(whole::tryFail);
        response.endHandler(ended -> whole.tryComplete(new Answer(response.statusCode(), response.headers(), body)));
        return whole.future();
    }

    private void fail(boolean isTimeout, Throwable cause) {
        if (isOver) {
            return;
        }
        HttpClientRequest sent = request;
        end();
        if (sent != null) {
            sent.reset();
        }
        promise.tryFail(new Failure(sent != null, isTimeout, cause));
    }

    private void end() {
        isOver = true;
        if (deadline != null) {
            deadline.cancel();
        }
    }
}

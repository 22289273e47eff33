package dev.latido.queue.rabbitmq;

import com.rabbitmq.client.BlockedListener;
import com.rabbitmq.client.Connection;
import dev.latido.loop.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection, with a thread on which all of its calls are made, one after the other, as they block: until RabbitMQ answers,
 * or until the socket takes more. What comes of them is told on the broker's loop.
 */
final class Link {

    /** How long RabbitMQ may take to say that it closed the connection. */
    private static final int CLOSING_MILLIS = 1_000;

    private final String name;
    private final Connection connection;
    private final ExecutorService thread;
    private final EventLoop loop;
    private boolean isClosed;
    private @Nullable String blocked;

    /**
     * Takes over a connection.
     *
     * @param thread a thread of its own, which ends with it
     * @param lost told once when it is over, but not by {@link #close}
     */
    Link(String name, Connection connection, ExecutorService thread, EventLoop loop, Consumer<Failure> lost) {
        this.name = name;
        this.connection = connection;
        this.thread = thread;
        this.loop = loop;
        connection.addBlockedListener(new BlockedListener() {
            @Override
            public void handleBlocked(String reason) {
                loop.execute(() -> blocked = reason);
            }

            @Override
            public void handleUnblocked() {
                loop.execute(() -> blocked = null);
            }
        });
        connection.addShutdownListener(ended -> loop.execute(() -> {
            if (!isClosed) {
                lost.accept(Failure.of(ended));
            }
        }));
    }

    /** A call of the client; it may block. */
    interface Call<T> extends Callable<T> {}

    /** Has {@code call} made on this connection's thread; fails with what it throws. */
    <T> Future<T> call(Call<T> call) {
        return call(thread, call);
    }

    /** Has {@code call} made on a thread of its own, as it takes long; it has to use a channel of its own. */
    <T> Future<T> callAside(Call<T> call) {
        ExecutorService aside = Threads.one("latido-rabbitmq-aside");
        Future<T> answer = call(aside, call);
        aside.shutdown();
        return answer;
    }

    private <T> Future<T> call(ExecutorService on, Call<T> call) {
        Promise<T> promise = Promise.promise();
        try {
            on.execute(() -> {
                try {
                    T result = call.call();
                    loop.execute(() -> promise.complete(result));
                } catch (Exception failure) {
                    loop.execute(() -> promise.fail(failure));
                }
            });
        } catch (RejectedExecutionException closed) {
            loop.execute(() -> promise.fail(closed));
        }
        return promise.future();
    }

    /** Returns the connection, for calls that are made on its thread. */
    Connection connection() {
        return connection;
    }

    /** Returns why RabbitMQ takes no messages on it now, if it has been told; null when it does. */
    @Nullable String blocked() {
        return blocked;
    }

    /** Ends it; what is asked fails. */
    Future<Void> close() {
        if (isClosed) {
            return Future.succeededFuture();
        }
        isClosed = true;
        Promise<Void> closed = Promise.promise();
        // not on its own thread, which may be in a call that only this ends
        Threads.run("latido-rabbitmq-close-" + name, () -> {
            connection.abort(CLOSING_MILLIS);
            thread.shutdown();
            loop.execute(closed::complete);
        });
        return closed.future();
    }
}

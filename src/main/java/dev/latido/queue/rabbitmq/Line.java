package dev.latido.queue.rabbitmq;

import com.rabbitmq.client.Connection;
import dev.latido.loop.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Sees to it that there is a connection, again and again. On the broker's loop. */
final class Line {

    /** A connection that lived for as long is no reason to wait before the next. */
    private static final long LIVED_NANOS = 2_000_000_000L;

    private final String name;
    private final Connector connector;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final IntFunction<Duration> pause;
    private final User user;
    private @Nullable Link link;
    private long connectedAt;
    private int tries;
    private int attempt;
    private boolean isClosed;

    /** Whose connection it is. */
    interface User {
        void connected(Link link);

        /** There is none any more, or none yet; told again whenever a try fails. */
        void disconnected(Failure failure);
    }

    /**
     * Makes one that is still to be opened.
     *
     * @param pause how long to wait before the next try, after so many
     */
    Line(String name, Connector connector, EventLoop loop, LongSupplier nanos, IntFunction<Duration> pause, User user) {
        this.name = name;
        this.connector = connector;
        this.loop = loop;
        this.nanos = nanos;
        this.pause = pause;
        this.user = user;
    }

    /** Connects, and goes on until it is closed. */
    void open() {
        if (isClosed) {
            return;
        }
        int mine = ++attempt;
        ExecutorService thread = Threads.one("latido-rabbitmq-" + name);
        Promise<Connection> made = Promise.promise();
        thread.execute(() -> {
            try {
                made.complete(connector.connect("latido " + name));
            } catch (Exception failure) {
                made.fail(failure);
            }
        });
        made.future()
                .onComplete((connection, failure) -> loop.execute(() -> {
                    if (failure != null) {
                        thread.shutdown();
                        failed(connector.failure(failure));
                        return;
                    }
                    Link begun = new Link(name, connection, thread, loop, ended -> lost(mine, ended));
                    if (isClosed) {
                        begun.close();
                        return;
                    }
                    link = begun;
                    connectedAt = nanos.getAsLong();
                    user.connected(begun);
                }));
    }

    private void failed(Failure failure) {
        if (!isClosed) {
            user.disconnected(failure);
            loop.schedule(pause.apply(tries++), this::open);
        }
    }

    /** Gives the connection up, as it cannot be used, and makes another. */
    void giveUp(Link given, Failure why) {
        if (given == link) {
            lost(attempt, why);
        }
    }

    private void lost(int of, Failure failure) {
        Link ended = link;
        if (isClosed || ended == null || of != attempt) {
            return;
        }
        link = null;
        ended.close();
        if (nanos.getAsLong() - connectedAt >= LIVED_NANOS) {
            tries = 0;
        }
        failed(failure);
    }

    Future<Void> close() {
        isClosed = true;
        Link ended = link;
        link = null;
        return ended == null ? Future.succeededFuture() : ended.close();
    }
}

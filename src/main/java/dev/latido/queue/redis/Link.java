package dev.latido.queue.redis;

import dev.latido.loop.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection, on the broker's loop. It is given up when nothing was heard for too long while something was asked. What is
 * asked is answered in order.
 */
final class Link {

    /** How many requests may be on their way. The library has room for twice as many. */
    static final int MAX_ASKED = 16_384;

    private final String name;
    private final Redis client;
    private final RedisConnection connection;
    private final EventLoop loop;
    private final Consumer<String> lost;
    private int asked;
    private int looks;
    private boolean isClosed;

    /**
     * Takes over a connection.
     *
     * @param client its client, which has no other
     * @param lost told once when it is over, but not by {@link #close}
     */
    Link(String name, Redis client, RedisConnection connection, EventLoop loop, Consumer<String> lost) {
        this.name = name;
        this.client = client;
        this.connection = connection;
        this.loop = loop;
        this.lost = lost;
        connection.exceptionHandler(fault -> loop.execute(() -> lose("the connection to Redis was lost")));
        connection.endHandler(ended -> loop.execute(() -> lose("Redis closed the connection")));
        connection.handler(unasked -> loop.execute(this::heard));
    }

    /** Has what comes unasked for handled, too. Answers whose question the library forgot are among it. */
    void onMessage(Consumer<Response> handler) {
        connection.handler(message -> loop.execute(() -> {
            heard();
            asked = 0;
            if (message != null && message.type() == ResponseType.ERROR) {
                lose(message.toString());
            } else if (message != null) {
                handler.accept(message);
            }
        }));
    }

    /** Asks, and has the answer on the loop. */
    Future<@Nullable Response> send(Request request) {
        Promise<@Nullable Response> promise = Promise.promise();
        if (asked == 0) {
            looks = 0;
        }
        asked++;
        connection
                .send(request)
                .onComplete((response, failure) -> loop.execute(() -> {
                    asked = Math.max(0, asked - 1);
                    heard();
                    if (failure == null) {
                        promise.complete(response);
                    } else {
                        promise.fail(failure);
                    }
                }));
        return promise.future();
    }

    /** Calls a script, and hands it over when it is not known. */
    Future<@Nullable Response> run(Script script, List<String> keys, List<?> arguments) {
        return send(script.call(keys, arguments))
                .recover(failure -> Failure.of(failure).kind() == Failure.Kind.NO_SCRIPT
                        ? send(script.load(keys, arguments))
                        : Future.failedFuture(failure));
    }

    /** Returns a part of an answer as text. */
    static String text(Response answer, int index) {
        return String.valueOf(answer.get(index));
    }

    /** Returns a part of an answer as a number. */
    static long number(Response answer, int index) {
        return Long.parseLong(text(answer, index));
    }

    boolean isFull() {
        return asked >= MAX_ASKED;
    }

    private void heard() {
        looks = 0;
    }

    /**
     * Looks whether it lives, and asks when there is nothing else to hear.
     *
     * @param patience how many looks without a sign of life end it
     */
    void look(int patience) {
        if (isClosed) {
            return;
        }
        if (asked > 0 && ++looks > patience) {
            lose("Redis does not answer (" + name + ")");
        } else if (asked == 0) {
            send(Request.cmd(Command.PING)).onFailure(ignored -> {}); // how it ends is heard otherwise
        }
    }

    private void lose(String why) {
        if (!isClosed) {
            close();
            lost.accept(why);
        }
    }

    /** Ends it; what is asked fails. */
    Future<Void> close() {
        if (isClosed) {
            return Future.succeededFuture();
        }
        isClosed = true;
        return client.close();
    }
}

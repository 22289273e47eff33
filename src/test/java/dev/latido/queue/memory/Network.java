package dev.latido.queue.memory;

import dev.latido.loop.EventLoop;
import dev.latido.queue.QueueException;
import dev.latido.queue.QueueException.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What is between processes and the broker: it takes time, keeps the order for each process, and breaks. */
public final class Network {

    private final EventLoop server;
    private final Random random;
    private final List<Client> clients = new ArrayList<>();
    private boolean isBroken;

    /** One step of the server. */
    interface Call<T> {
        T run() throws QueueException;
    }

    public Network(EventLoop server, Random random) {
        this.server = server;
        this.random = random;
    }

    boolean isBroken() {
        return isBroken;
    }

    public void breakDown() {
        isBroken = true;
        clients.forEach(Client::loseAll);
    }

    public void bringBack() {
        isBroken = false;
    }

    Client client(EventLoop loop, Runnable lost) {
        Client client = new Client(loop, lost);
        clients.add(client);
        return client;
    }

    /** A process's connection. */
    final class Client {

        private final EventLoop loop;
        private final Runnable lost;
        private List<Promise<?>> asked = new ArrayList<>();

        /** How many connections were lost that this process has not noticed: it asks what nobody hears. */
        private int unnoticed;

        private Client(EventLoop loop, Runnable lost) {
            this.loop = loop;
            this.lost = lost;
        }

        private void loseAll() {
            List<Promise<?>> open = asked;
            asked = new ArrayList<>();
            unnoticed++;
            loop.execute(() -> {
                unnoticed--;
                lost.run();
                open.forEach(each -> each.tryFail(new QueueException(Kind.UNKNOWN, "the connection was lost")));
            });
        }

        <T> Future<T> call(Call<T> call) {
            Promise<T> promise = Promise.promise();
            if (isBroken || unnoticed > 0) {
                loop.execute(() -> promise.fail(new QueueException(Kind.UNAVAILABLE, "the broker is not reached")));
                return promise.future();
            }
            asked.add(promise);
            List<Promise<?>> connection = asked;
            server.execute(() -> {
                if (connection != asked && random.nextBoolean()) {
                    return; // it was lost on its way
                }
                T result;
                try {
                    result = call.run();
                } catch (QueueException failure) {
                    answer(connection, promise, () -> promise.tryFail(failure));
                    return;
                }
                answer(connection, promise, () -> promise.tryComplete(result));
            });
            return promise.future();
        }

        private void answer(List<Promise<?>> connection, Promise<?> promise, Runnable answer) {
            loop.execute(() -> {
                if (connection == asked && connection.remove(promise)) { // who lost it is told that
                    answer.run();
                }
            });
        }

        EventLoop.Timer in(Duration delay, Runnable task) {
            return loop.schedule(delay, task);
        }
    }
}

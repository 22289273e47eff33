package dev.latido.queue.redis;

import dev.latido.loop.EventLoop;
import dev.latido.loop.VertxLoop;
import dev.latido.process.FileAccess;
import dev.latido.queue.Broker;
import dev.latido.queue.BrokerType;
import dev.latido.queue.Capabilities;
import dev.latido.queue.JobQueue;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.redis.Connecting.Facts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A Redis, and three connections to it, however many queues there are: one for what has to be soon, one for what is submitted,
 * which may be large, and one that rings. They live and end together. All state is on one loop, which is the broker's own.
 */
public final class RedisBroker implements Broker {

    /** What queues at Redis promise. */
    static final Capabilities CAPABILITIES = BrokerType.REDIS.capabilities();

    private static final Duration MAX_PATIENCE = Duration.ofSeconds(10);
    private static final Duration HANDSHAKE = Duration.ofSeconds(5);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private static final int CONNECTIONS = 3;

    /** How many looks without a sign of life end a connection. */
    private static final int LOOKS = 4;

    private final Vertx vertx;
    private final RedisConfig config;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final RandomGenerator random;
    private final int version;
    private final Set<RedisQueue> queues = new LinkedHashSet<>();
    private final Bell bell;
    private @Nullable Session session;
    private @Nullable Connecting connecting;
    private @Nullable String why;
    private int failures;
    private boolean isBegun;
    private boolean isClosed;

    /** The connections of one life, and what the server said of itself. */
    record Session(Link commands, Link publishing, Link waking, Facts facts) {

        void close() {
            commands.close();
            publishing.close();
            waking.close();
        }
    }

    /** Makes a broker that connects once a queue is opened. */
    public RedisBroker(Vertx vertx, RedisConfig config, RandomGenerator random) {
        this(vertx, config, new VertxLoop(vertx.getOrCreateContext()), System::nanoTime, random, Entry.VERSION);
    }

    /** Makes one on a loop of its own kind; its thread has to be one of Vert.x. It takes messages up to {@code version}. */
    RedisBroker(
            Vertx vertx, RedisConfig config, EventLoop loop, LongSupplier nanos, RandomGenerator random, int version) {
        this.vertx = vertx;
        this.config = config;
        this.loop = loop;
        this.nanos = nanos;
        this.random = random;
        this.version = version;
        bell = new Bell(loop, this::lost);
    }

    @Override
    public Capabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public String place() {
        return config.place();
    }

    @Override
    public JobQueue queue(QueueBinding binding, String process, EventLoop owner) {
        return new RedisQueue(this, binding, process, owner, loop, nanos, version);
    }

    /** Returns a time of up to {@code most} that others do not have, too. */
    Duration jittered(Duration most) {
        return Duration.ofNanos((long) (most.toNanos() * (0.5 + random.nextDouble() / 2)));
    }

    /** Returns how long to wait before the next try, after so many. */
    Duration pause(int tries) {
        long most = Math.min(LONGEST_PAUSE.toMillis(), SHORTEST_PAUSE.toMillis() << Math.min(10, tries));
        return jittered(Duration.ofMillis(most));
    }

    /** Has a queue be told of the connections, from now on. On the loop. */
    void add(RedisQueue queue) {
        if (isClosed) {
            return;
        }
        queues.add(queue);
        bell.add(queue);
        if (session != null) {
            queue.connected(session);
        } else if (!isBegun) {
            isBegun = true;
            connect();
            loop.schedule(lookPeriod(), this::look);
        } else if (why != null) {
            queue.disconnected(why);
        }
    }

    void remove(RedisQueue queue) {
        queues.remove(queue);
        bell.remove(queue);
    }

    private void connect() {
        if (isClosed) {
            return;
        }
        Connecting attempt = new Connecting(vertx, config, HANDSHAKE);
        connecting = attempt;
        EventLoop.Timer deadline = loop.schedule(HANDSHAKE, () -> failed(attempt, unanswered()));
        attempt.credentials()
                .onComplete((credentials, unread) -> loop.execute(() -> {
                    if (unread != null) {
                        failed(attempt, "the login of Redis cannot be read: " + FileAccess.reason(unread));
                        return;
                    }
                    attempt.find(credentials)
                            .compose(address -> onLoop(() -> attempt.connect(address, credentials, CONNECTIONS)))
                            .onComplete((made, failure) -> loop.execute(() -> {
                                if (failure != null) {
                                    failed(attempt, attempt.why(failure));
                                } else if (attempt == connecting) {
                                    shakeHands(attempt, made, deadline);
                                }
                            }));
                }));
    }

    private String unanswered() {
        return "Redis at " + config.place() + " does not answer"
                + (config.isSecure() ? "; that is also so where it does not speak TLS" : "");
    }

    private <T> Future<T> onLoop(Supplier<Future<T>> task) {
        Promise<T> promise = Promise.promise();
        loop.execute(() -> task.get().onComplete(promise));
        return promise.future();
    }

    private void shakeHands(Connecting attempt, List<Connecting.Made> made, EventLoop.Timer deadline) {
        Link[] links = new Link[CONNECTIONS];
        List<String> names = List.of("commands", "publishing", "wake-up");
        for (int i = 0; i < links.length; i++) {
            links[i] = new Link(names.get(i), made.get(i).client(), made.get(i).connection(), loop, reason -> {
                if (attempt == connecting) {
                    failed(attempt, reason);
                } else if (session != null && session.commands == links[0]) {
                    lost(reason);
                }
            });
        }
        isMaster(links[0]).compose(ignored -> Facts.ask(links[0])).onComplete((facts, failure) -> {
            if (attempt != connecting) {
                return;
            }
            if (failure != null) {
                failed(attempt, attempt.why(failure));
                return;
            }
            deadline.cancel();
            connecting = null;
            failures = 0;
            why = null;
            Session begun = new Session(links[0], links[1], links[2], facts);
            session = begun;
            bell.connected(links[2]);
            List.copyOf(queues).forEach(queue -> queue.connected(begun));
        });
    }

    /** Sentinels may name one that is not the master yet, or not any more: who is asked himself is right. */
    private Future<Void> isMaster(Link link) {
        if (config.sentinels().isEmpty()) {
            return Future.succeededFuture();
        }
        return link.send(Request.cmd(Command.ROLE))
                .compose(answer -> answer != null && Link.text(answer, 0).equals("master")
                        ? Future.succeededFuture()
                        : Future.failedFuture(
                                new Sentinels.Unanswered("the Redis that Sentinel names as master is a replica")));
    }

    private void failed(Connecting attempt, String reason) {
        if (attempt != connecting) {
            return;
        }
        attempt.giveUp();
        connecting = null;
        tell(reason);
        loop.schedule(pause(failures++), this::connect);
    }

    /** Has all begin anew, as the server cannot be used like this. On the loop. */
    void lost(String reason) {
        if (session == null) {
            return;
        }
        Session ended = session;
        session = null;
        bell.disconnected();
        ended.close();
        tell(reason);
        loop.schedule(pause(0), this::connect);
    }

    private void tell(String reason) {
        why = reason;
        List.copyOf(queues).forEach(queue -> queue.disconnected(reason));
    }

    /** A connection without a sign of life is given up after a third of the shortest lease. */
    private Duration lookPeriod() {
        Duration patience = MAX_PATIENCE;
        for (RedisQueue queue : queues) {
            Duration third = queue.lease().dividedBy(3);
            patience = third.compareTo(patience) < 0 ? third : patience;
        }
        return patience.dividedBy(LOOKS + 1);
    }

    private void look() {
        if (isClosed) {
            return;
        }
        if (session != null) {
            Session living = session;
            living.commands.look(LOOKS);
            living.publishing.look(LOOKS);
            living.waking.look(LOOKS);
        }
        loop.schedule(lookPeriod(), this::look);
    }

    @Override
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        loop.execute(() -> {
            isClosed = true;
            if (connecting != null) {
                connecting.giveUp();
                connecting = null;
            }
            if (session != null) {
                session.close();
                session = null;
            }
            closed.complete();
        });
        return closed.future();
    }
}

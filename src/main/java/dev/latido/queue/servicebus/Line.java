package dev.latido.queue.servicebus;

import dev.latido.loop.EventLoop;
import dev.latido.queue.ConnectProblem;
import dev.latido.queue.servicebus.BusException.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.proton.ProtonClient;
import io.vertx.proton.ProtonClientOptions;
import io.vertx.proton.ProtonConnection;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sees to it that there is a connection, again and again. On the broker's loop, whose thread is one of Vert.x. */
final class Line {

    /** A connection that lived for as long is no reason to wait before the next. */
    private static final long LIVED_NANOS = 2_000_000_000L;

    /** How often this side says that it lives, and half of how long the other may say nothing. */
    private static final int HEARTBEAT_MILLIS = 10_000;

    /** The same for what heartbeats do not see, as they begin once the connection is open. */
    private static final int SILENCE_SECONDS = 30;

    private final Vertx vertx;
    private final ServiceBusConfig config;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final Bus.Tokens tokens;
    private final IntFunction<Duration> pause;
    private final Supplier<String> newName;
    private final User user;
    private @Nullable Bus bus;
    private long connectedAt;
    private int tries;
    private int attempt;
    private boolean isClosed;

    /** Whose connection it is. */
    interface User {
        void connected(Bus bus);

        /** There is none any more, or none yet; told again whenever a try fails. */
        void disconnected(String why);
    }

    /**
     * Makes one that is still to be opened.
     *
     * @param pause how long to wait before the next try, after so many
     */
    Line(
            Vertx vertx,
            ServiceBusConfig config,
            EventLoop loop,
            LongSupplier nanos,
            Bus.Tokens tokens,
            IntFunction<Duration> pause,
            Supplier<String> newName,
            User user) {
        this.vertx = vertx;
        this.config = config;
        this.loop = loop;
        this.nanos = nanos;
        this.tokens = tokens;
        this.pause = pause;
        this.newName = newName;
        this.user = user;
    }

    /** Connects, and goes on until it is closed. */
    void open() {
        if (isClosed) {
            return;
        }
        int mine = ++attempt;
        loop.schedule(Bus.ANSWER, () -> failed(mine, "Service Bus does not answer"));
        connect()
                .onComplete((connection, failure) -> loop.execute(() -> {
                    if (failure != null) {
                        failed(mine, ConnectProblem.of(failure, "UseDevelopmentEmulator=true"));
                    } else if (mine != attempt || isClosed) {
                        connection.disconnect();
                    } else {
                        opened(mine, connection);
                    }
                }));
    }

    private Future<ProtonConnection> connect() {
        ProtonClientOptions options = new ProtonClientOptions().setHeartbeat(HEARTBEAT_MILLIS);
        options.addEnabledSaslMechanism("ANONYMOUS"); // rights are shown by tokens
        options.setConnectTimeout((int) Bus.ANSWER.toMillis());
        options.setReadIdleTimeout(SILENCE_SECONDS).setIdleTimeoutUnit(TimeUnit.SECONDS);
        options.setSsl(config.isSecure());
        options.setTcpNoDelay(true);
        if (config.caFile() != null) {
            options.setTrustOptions(new PemTrustOptions().addCertPath(config.caFile()));
        }
        Promise<ProtonConnection> opened = Promise.promise();
        ProtonClient.create(vertx).connect(options, config.host(), config.port(), connected -> {
            ProtonConnection connection = connected.result();
            if (connection == null) {
                opened.tryFail(connected.cause());
                return;
            }
            connection.setContainer("latido-" + newName.get());
            connection.openHandler(done -> {
                if (done.succeeded()) {
                    opened.tryComplete(connection);
                } else {
                    opened.tryFail(done.cause());
                }
            });
            connection.closeHandler(done -> {
                opened.tryFail(BusException.of(connection.getRemoteCondition(), "the connection"));
                connection.disconnect();
            });
            connection.disconnectHandler(
                    done -> opened.tryFail(new BusException(Kind.NOT_SENT, "the connection was closed at once")));
            connection.open();
        });
        return opened.future();
    }

    private void opened(int mine, ProtonConnection connection) {
        Bus begun = new Bus(vertx, config, connection, loop, tokens, connection.getContainer(), this::lost);
        bus = begun;
        connectedAt = nanos.getAsLong();
        begun.open().onComplete((done, failure) -> {
            if (mine != attempt || begun != bus) {
                return;
            }
            if (failure instanceof BusException why) {
                begun.giveUp(why);
            } else if (!begun.isEnded()) {
                attempt++; // in time
                user.connected(begun);
            }
        });
    }

    /** A try to connect failed, or took too long, unless it is over otherwise. */
    private void failed(int of, String why) {
        if (of != attempt || isClosed) {
            return;
        }
        attempt++;
        Bus half = bus;
        bus = null;
        if (half != null) {
            half.giveUp(new BusException(Kind.UNANSWERED, why));
        }
        again(why);
    }

    private void lost(Bus of, BusException why) {
        if (of != bus || isClosed) {
            return;
        }
        attempt++;
        bus = null;
        if (nanos.getAsLong() - connectedAt >= LIVED_NANOS) {
            tries = 0;
        }
        again(String.valueOf(why.getMessage()));
    }

    private void again(String why) {
        user.disconnected(why);
        loop.schedule(pause.apply(tries++), this::open);
    }

    void close() {
        isClosed = true;
        attempt++;
        Bus last = bus;
        bus = null;
        if (last != null) {
            last.close();
        }
    }
}

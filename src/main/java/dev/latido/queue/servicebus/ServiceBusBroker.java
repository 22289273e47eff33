package dev.latido.queue.servicebus;

import dev.latido.loop.EventLoop;
import dev.latido.loop.VertxLoop;
import dev.latido.queue.Broker;
import dev.latido.queue.BrokerType;
import dev.latido.queue.Capabilities;
import dev.latido.queue.JobQueue;
import dev.latido.queue.QueueBinding;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A namespace of Azure Service Bus, and the connection that all its queues share. All state is on the broker's loop. */
public final class ServiceBusBroker implements Broker {

    /** What queues at Azure Service Bus promise. */
    static final Capabilities CAPABILITIES = BrokerType.SERVICE_BUS.capabilities();

    /** For how long a token is made, when nothing else is said. */
    static final Duration TOKEN_LIFETIME = Duration.ofMinutes(20);

    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final ServiceBusConfig config;
    private final Duration tokenLifetime;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final LongSupplier wallMillis;
    private final RandomGenerator random;
    private final Set<ServiceBusQueue> queues = new LinkedHashSet<>();
    private @Nullable Line line;
    private @Nullable Bus bus;
    private @Nullable String why;
    private boolean isClosed;

    /**
     * Makes a broker that connects once a queue is opened.
     *
     * @param wallMillis the clock of this process, since 1970: Service Bus tells none
     */
    public ServiceBusBroker(Vertx vertx, ServiceBusConfig config, LongSupplier wallMillis, RandomGenerator random) {
        this(
                vertx,
                config,
                TOKEN_LIFETIME,
                new VertxLoop(vertx.getOrCreateContext()),
                System::nanoTime,
                wallMillis,
                random);
    }

    /** Makes one on a loop of its own kind; its thread has to be one of Vert.x. */
    ServiceBusBroker(
            Vertx vertx,
            ServiceBusConfig config,
            Duration tokenLifetime,
            EventLoop loop,
            LongSupplier nanos,
            LongSupplier wallMillis,
            RandomGenerator random) {
        this.vertx = vertx;
        this.config = config;
        this.tokenLifetime = tokenLifetime;
        this.loop = loop;
        this.nanos = nanos;
        this.wallMillis = wallMillis;
        this.random = random;
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
        return new ServiceBusQueue(this, binding, process, owner, loop, nanos);
    }

    /** Returns how long to wait before the next try, after so many. */
    Duration pause(int tries) {
        long most = Math.min(LONGEST_PAUSE.toMillis(), SHORTEST_PAUSE.toMillis() << Math.min(10, tries));
        return Duration.ofMillis((long) (most * (0.5 + random.nextDouble() / 2)));
    }

    /** Makes a name that nothing else has. */
    String newName() {
        return Long.toUnsignedString(random.nextLong(), 36) + Long.toUnsignedString(random.nextLong(), 36);
    }

    /** Returns this process's clock, in milliseconds since 1970. */
    long wallMillis() {
        return wallMillis.getAsLong();
    }

    /** Has a queue be told of the connection, from now on; false when it is too late for one. On the loop. */
    boolean add(ServiceBusQueue queue) {
        if (isClosed || !queues.add(queue)) {
            return false;
        }
        if (line == null) {
            line = new Line(
                    vertx,
                    config,
                    loop,
                    nanos,
                    new Bus.Tokens(tokenLifetime, wallMillis),
                    this::pause,
                    this::newName,
                    new Line.User() {
                        @Override
                        public void connected(Bus begun) {
                            bus = begun;
                            why = null;
                            List.copyOf(queues).forEach(each -> each.connected(begun));
                        }

                        @Override
                        public void disconnected(String reason) {
                            bus = null;
                            why = reason;
                            List.copyOf(queues).forEach(each -> each.disconnected(reason));
                        }
                    });
            line.open();
        } else if (bus != null) {
            queue.connected(bus);
        } else if (why != null) {
            queue.disconnected(why);
        }
        return true;
    }

    void remove(ServiceBusQueue queue) {
        queues.remove(queue);
    }

    @Override
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        loop.execute(() -> {
            isClosed = true;
            List.copyOf(queues).forEach(ServiceBusQueue::end);
            if (line != null) {
                line.close();
            }
            closed.complete();
        });
        return closed.future();
    }
}

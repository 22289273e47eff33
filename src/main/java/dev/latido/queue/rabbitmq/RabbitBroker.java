package dev.latido.queue.rabbitmq;

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
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A RabbitMQ, and the connection by which all queues submit. Each queue that is taken from has another one for itself:
 * RabbitMQ holds up a connection that submits when it is short of memory or disk, and what is done must be told nonetheless;
 * and one message that is too large to be read ends the connection it comes by. All state is on one loop, the broker's own.
 */
public final class RabbitBroker implements Broker {

    /** What queues at RabbitMQ promise. */
    static final Capabilities CAPABILITIES = BrokerType.RABBITMQ.capabilities();

    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    /** How large a message may be that is taken: a larger one ends the connection that it comes by. */
    static final int MAX_BODY_BYTES = 64 * 1024 * 1024;

    private final RabbitConfig config;
    private final int maxBodyBytes;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final LongSupplier wallMillis;
    private final RandomGenerator random;
    private final Set<RabbitQueue> queues = new LinkedHashSet<>();
    private @Nullable Connector connector;
    private @Nullable Line publishing;
    private @Nullable Link link;
    private @Nullable String why;
    private boolean isClosed;

    /**
     * Makes a broker that connects once a queue is opened.
     *
     * @param wallMillis the clock of this process, since 1970: RabbitMQ tells none
     */
    public RabbitBroker(Vertx vertx, RabbitConfig config, LongSupplier wallMillis, RandomGenerator random) {
        this(config, MAX_BODY_BYTES, new VertxLoop(vertx.getOrCreateContext()), System::nanoTime, wallMillis, random);
    }

    /** Makes one on a loop of its own kind. */
    RabbitBroker(
            RabbitConfig config,
            int maxBodyBytes,
            EventLoop loop,
            LongSupplier nanos,
            LongSupplier wallMillis,
            RandomGenerator random) {
        this.config = config;
        this.maxBodyBytes = maxBodyBytes;
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
        return new RabbitQueue(this, binding, process, owner, loop, nanos);
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

    int maxBodyBytes() {
        return maxBodyBytes;
    }

    /** Makes a line of a queue's own. On the loop. */
    Line line(String name, Line.User user) {
        return new Line(name, connector(), loop, nanos, this::pause, user);
    }

    private Connector connector() {
        if (connector == null) {
            connector = new Connector(config, maxBodyBytes);
        }
        return connector;
    }

    /** Has a queue be told of the connection, from now on. On the loop. */
    void add(RabbitQueue queue) {
        if (isClosed) {
            return;
        }
        queues.add(queue);
        if (publishing == null) {
            publishing = line("publishing", new Line.User() {
                @Override
                public void connected(Link begun) {
                    link = begun;
                    why = null;
                    List.copyOf(queues).forEach(each -> each.canPublish(begun));
                }

                @Override
                public void disconnected(Failure failure) {
                    link = null;
                    why = failure.why();
                    List.copyOf(queues).forEach(each -> each.cannotPublish(failure.why()));
                }
            });
            publishing.open();
        } else if (link != null) {
            queue.canPublish(link);
        } else if (why != null) {
            queue.cannotPublish(why);
        }
    }

    void remove(RabbitQueue queue) {
        queues.remove(queue);
    }

    @Override
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        loop.execute(() -> {
            isClosed = true;
            List<Future<Void>> all = new ArrayList<>();
            List.copyOf(queues).forEach(queue -> all.add(queue.end()));
            if (publishing != null) {
                all.add(publishing.close());
            }
            Connector last = connector;
            Future.join(all)
                    .transform(done -> last == null ? Future.succeededFuture() : last.close())
                    .onComplete(done -> loop.execute(closed::complete));
        });
        return closed.future();
    }
}

package dev.latido.queue.storagequeue;

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

/** An account of Azure Storage, and the connections by which all its queues are called. All state is on the broker's loop. */
public final class StorageBroker implements Broker {

    /** What queues at Azure Queue Storage promise. */
    static final Capabilities CAPABILITIES = BrokerType.STORAGE_QUEUE.capabilities();

    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final StorageConfig config;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final RandomGenerator random;
    private final StorageClient client;
    private final Set<StorageQueue> queues = new LinkedHashSet<>();
    private boolean isClosed;

    /**
     * Makes a broker that calls once a queue is opened.
     *
     * @param wallMillis the clock of this process, since 1970: what is asked for says when, until an answer says it better
     */
    public StorageBroker(Vertx vertx, StorageConfig config, LongSupplier wallMillis, RandomGenerator random) {
        this(vertx, config, new VertxLoop(vertx.getOrCreateContext()), System::nanoTime, wallMillis, random);
    }

    /** Makes one on a loop of its own kind; its thread has to be one of Vert.x. */
    StorageBroker(
            Vertx vertx,
            StorageConfig config,
            EventLoop loop,
            LongSupplier nanos,
            LongSupplier wallMillis,
            RandomGenerator random) {
        this.config = config;
        this.loop = loop;
        this.nanos = nanos;
        this.random = random;
        client = new StorageClient(vertx, config, loop, nanos, wallMillis, random);
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
        return new StorageQueue(this, binding, process, owner, loop, nanos, client);
    }

    RandomGenerator random() {
        return random;
    }

    /** Returns how long to wait before the next try, after so many. */
    Duration pause(int tries) {
        long most = Math.min(LONGEST_PAUSE.toMillis(), SHORTEST_PAUSE.toMillis() << Math.min(10, tries));
        return Duration.ofMillis((long) (most * (0.5 + random.nextDouble() / 2)));
    }

    /** Notes a queue; false when it is too late for one. On the loop. */
    boolean add(StorageQueue queue) {
        return !isClosed && queues.add(queue);
    }

    void remove(StorageQueue queue) {
        queues.remove(queue);
    }

    @Override
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        loop.execute(() -> {
            isClosed = true;
            List.copyOf(queues).forEach(StorageQueue::end);
            client.close().onComplete(done -> loop.execute(closed::complete));
        });
        return closed.future();
    }
}

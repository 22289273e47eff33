package dev.latido.queue.memory;

import dev.latido.loop.EventLoop;
import dev.latido.queue.Broker;
import dev.latido.queue.Capabilities;
import dev.latido.queue.JobQueue;
import dev.latido.queue.QueueBinding;
import dev.latido.room.FullMode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Set;
import java.util.function.Function;

/** A process's way to {@link MemoryServer}s, which are behind a {@link Network}. */
public final class MemoryBroker implements Broker {

    public static final Capabilities CAPABILITIES = new Capabilities(
            Capabilities.Durable.ALWAYS,
            Capabilities.Lease.RENEWED,
            Capabilities.AtDeath.AT_LEASE_END,
            true,
            true,
            true,
            true,
            true,
            Capabilities.Order.FIFO,
            4,
            Duration.ofDays(365),
            Duration.ofDays(365),
            false,
            Capabilities.DeadLetters.QUEUE_ATOMIC,
            Capabilities.Later.ATOMIC,
            Integer.MAX_VALUE,
            Capabilities.Bound.EXACT,
            Set.of(FullMode.REJECT, FullMode.WAIT, FullMode.DROP_WRITE),
            true);

    private final Network network;
    private final Function<String, MemoryServer> servers;

    /** Makes one; {@code servers} finds queues by their names. */
    public MemoryBroker(Network network, Function<String, MemoryServer> servers) {
        this.network = network;
        this.servers = servers;
    }

    @Override
    public Capabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public String place() {
        return "memory";
    }

    @Override
    public JobQueue queue(QueueBinding binding, String process, EventLoop owner) {
        return new MemoryQueue(binding, process, owner, network, servers.apply(binding.name()));
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}

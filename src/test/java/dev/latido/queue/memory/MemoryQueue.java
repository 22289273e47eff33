package dev.latido.queue.memory;

import dev.latido.loop.EventLoop;
import dev.latido.queue.DeadLetters;
import dev.latido.queue.Delivery;
import dev.latido.queue.Depth;
import dev.latido.queue.Handle;
import dev.latido.queue.JobQueue;
import dev.latido.queue.Message;
import dev.latido.queue.Outcome;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueException;
import dev.latido.queue.QueueException.Kind;
import dev.latido.queue.Receipt;
import dev.latido.queue.Settlement;
import dev.latido.queue.Tick;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A queue as a process sees it. All of it is on the process's loop, but for the steps of the server. */
final class MemoryQueue implements JobQueue {

    private static final Duration PAUSE = Duration.ofMillis(500);

    private final QueueBinding binding;
    private final String process;
    private final EventLoop loop;
    private final Network network;
    private final Network.Client client;
    private final MemoryServer server;
    private final MemoryServer.Turn turn = new MemoryServer.Turn();

    /** What this process has, and whether a settlement of it was sent that nobody answered. */
    private final Map<LeaseHandle, Boolean> leases = new LinkedHashMap<>();

    private List<MemoryServer.LeaseName> own = List.of();
    private @Nullable Listener listener;
    private boolean isUp;
    private boolean isClosed;
    private boolean mayReclaim;
    private boolean isTaking;
    private boolean isRung;
    private int lives;
    private int credit;
    private long creditBytes;
    private boolean isFresh;
    private long nextLease;

    private record LeaseHandle(MemoryServer.LeaseName name, long number) implements Handle {}

    MemoryQueue(QueueBinding binding, String process, EventLoop loop, Network network, MemoryServer server) {
        this.binding = binding;
        this.process = process;
        this.loop = loop;
        this.network = network;
        this.server = server;
        client = network.client(loop, this::lost);
        if (binding.isTaken()) {
            server.bell(() -> loop.execute(this::take));
        }
    }

    private Listener listener() {
        if (listener == null) {
            throw new IllegalStateException("not opened");
        }
        return listener;
    }

    @Override
    public void open(Listener told) {
        listener = told;
        if (network.isBroken()) {
            loop.execute(() -> told.down("the broker is not reached"));
        }
        loop.execute(this::connect);
    }

    private void lost() {
        if (isUp && !isClosed) {
            isUp = false;
            lives++;
            isTaking = false;
            listener().down("the broker is not reached");
            connect();
        }
    }

    private void connect() {
        if (isClosed) {
            return;
        }
        int life = lives;
        renew().compose(ignored -> client.call(() -> server.own(process))).onComplete((names, failure) -> {
            if (failure != null || life != lives) {
                client.in(PAUSE, this::connect);
                return;
            }
            own = names.stream()
                    .filter(name -> leases.keySet().stream().noneMatch(lease -> lease.name.equals(name)))
                    .toList();
            isUp = true;
            mayReclaim = false;
            listener().up();
            client.in(binding.lease(), () -> {
                mayReclaim = mayReclaim || life == lives;
                take();
            });
            tick(life);
            take();
        });
    }

    private void tick(int life) {
        client.in(binding.lease().dividedBy(3), () -> {
            if (life == lives && !isClosed) {
                renew();
                take();
                tick(life);
            }
        });
    }

    private Future<Void> renew() {
        List<LeaseHandle> held = List.copyOf(leases.keySet());
        return client.call(() -> server.renew(
                        binding, process, held.stream().map(LeaseHandle::name).toList()))
                .map(lost -> {
                    for (LeaseHandle handle : held) {
                        if (lost.contains(handle.name) && leases.remove(handle, false)) {
                            listener().leaseLost(handle, "another process has it");
                        }
                    }
                    return null;
                });
    }

    @Override
    public Future<Receipt> enqueue(Message message) {
        return ask(() -> server.enqueue(binding, message));
    }

    @Override
    public Future<Tick.Fate> tick(Tick tick) {
        return ask(() -> server.tick(binding, tick));
    }

    @Override
    public Future<Long> time() {
        return ask(server::millis);
    }

    @Override
    public void dequeue(int messages, long bytes) {
        credit = messages;
        creditBytes = bytes;
        isFresh = true;
        loop.execute(this::take);
    }

    private void take() {
        if (!isUp || isClosed || credit <= 0 || creditBytes <= 0) {
            return;
        }
        if (isTaking) {
            isRung = true;
            return;
        }
        isTaking = true;
        isRung = false;
        List<MemoryServer.LeaseName> before = own;
        own = List.of();
        int life = lives;
        int messages = credit;
        long bytes = creditBytes;
        boolean fresh = isFresh;
        boolean reclaim = mayReclaim;
        client.call(() -> server.take(binding, process, turn, before, reclaim, messages, bytes, fresh))
                .onSuccess(result -> {
                    isTaking = false;
                    if (life == lives && !isClosed) {
                        own = result.kept();
                        tell(result);
                    }
                })
                .compose(ignored -> client.call(server::nextDue))
                .onSuccess(due -> due.ifPresent(delay -> client.in(delay, this::take)));
    }

    private void tell(MemoryServer.Take result) {
        result.refused().forEach(listener()::refused);
        List<Delivery> deliveries = new ArrayList<>();
        for (MemoryServer.Taken taken : result.taken()) {
            LeaseHandle handle =
                    new LeaseHandle(new MemoryServer.LeaseName(taken.id(), taken.deliveries()), nextLease++);
            leases.put(handle, false);
            credit = Math.max(0, credit - 1);
            creditBytes = Math.max(0, creditBytes - taken.bytes());
            isFresh = false;
            deliveries.add(new Delivery(
                    handle,
                    taken.key(),
                    taken.lane(),
                    taken.payload(),
                    taken.bytes(),
                    taken.deliveries(),
                    taken.attempts(),
                    taken.properties()));
        }
        if (!deliveries.isEmpty()) {
            listener().arrived(deliveries);
        }
        if (isRung) {
            take();
        }
    }

    @Override
    public Future<Void> settle(Handle handle, Settlement how) {
        if (!(handle instanceof LeaseHandle lease) || !leases.containsKey(handle)) {
            return failed(Kind.LEASE_LOST, "it is settled, or lost");
        }
        boolean isRepeated = leases.getOrDefault(lease, false);
        return ask(() -> {
                    server.settle(binding, process, lease.name, how, isRepeated);
                    return true;
                })
                .onSuccess(ignored -> leases.remove(lease))
                .onFailure(failure -> {
                    Kind kind = failure instanceof QueueException refused ? refused.kind() : Kind.UNKNOWN;
                    if (kind == Kind.UNKNOWN) {
                        leases.replace(lease, true);
                    } else if (kind == Kind.LEASE_LOST && leases.remove(lease) != null) {
                        listener().leaseLost(lease, "another process has it");
                    }
                })
                .mapEmpty();
    }

    @Override
    public Future<Optional<Outcome>> find(String key) {
        return ask(() -> server.find(key));
    }

    @Override
    public Future<Depth> depth() {
        return ask(() -> server.depth(binding));
    }

    @Override
    public Future<DeadLetters> deadLetters(String after, int limit) {
        return ask(() -> server.deadLetters(after, limit));
    }

    @Override
    public Future<Integer> replay(List<String> ids) {
        return ask(() -> server.replay(binding, ids));
    }

    private <T> Future<T> ask(Network.Call<T> call) {
        return isUp ? client.call(call) : failed(Kind.UNAVAILABLE, "the broker is not reached");
    }

    private <T> Future<T> failed(Kind kind, String message) {
        Promise<T> promise = Promise.promise();
        loop.execute(() -> promise.fail(new QueueException(kind, message)));
        return promise.future();
    }

    @Override
    public Future<Void> close() {
        isClosed = true;
        Promise<Void> promise = Promise.promise();
        loop.execute(promise::complete);
        return promise.future();
    }
}

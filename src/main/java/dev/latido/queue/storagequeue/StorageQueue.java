package dev.latido.queue.storagequeue;

import dev.latido.job.Priority;
import dev.latido.loop.EventLoop;
import dev.latido.queue.DeadLetters;
import dev.latido.queue.Delivery;
import dev.latido.queue.Depth;
import dev.latido.queue.Handle;
import dev.latido.queue.JobQueue;
import dev.latido.queue.Message;
import dev.latido.queue.MessageFields;
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
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A queue at Azure Queue Storage. Its state is on the broker's loop; calls come from the owner's and are answered there.
 *
 * <p>There is no connection that could tell of an outage: any call that fails because of the service has the queue be down, and
 * prepared again and again until it is up. What this process has is renewed first then. If leases may have ended meanwhile,
 * nothing is taken for as long as others need to come back to theirs.
 */
final class StorageQueue implements JobQueue {

    /** The header field with the new receipt of a message. */
    static final String RECEIPT = "x-ms-popreceipt";

    private static final String LOST = "its lease was over, and another process may have it";
    private static final String SETTLED_OR_LOST = "it is settled, or its lease was lost";

    /** How long a message that cannot be work waits until it is tried again to make it a dead letter. */
    private static final Duration BURIED_AGAIN = Duration.ofSeconds(1);

    /** For how long dead letters are kept. */
    private static final Duration DEAD_AGE = Duration.ofDays(14);

    /** After how long without an answer something is asked only to see whether there is one. */
    private static final Duration PROBE = Duration.ofSeconds(5);

    private static final Duration SHORTEST_PATIENCE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PATIENCE = Duration.ofSeconds(10);

    /** How much more than an answer takes others need to come back after an outage. */
    private static final Duration COMING_BACK = Duration.ofSeconds(3);

    private final StorageBroker broker;
    private final QueueBinding binding;
    private final Names names;
    private final String process;
    private final EventLoop owner;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final StorageClient client;

    /** How long an answer may take: no longer than a third of a lease, or two renewals in vain would be the end of it. */
    private final Duration patience;

    private final Taking taking;
    private final Graveyard graveyard;
    private final Map<String, Lease> leases = new LinkedHashMap<>();
    private final Map<Priority, Delays> delays = new EnumMap<>(Priority.class);
    private Map<Priority, Long> leftovers = Map.of();

    private @Nullable Listener listener;
    private boolean isUp;
    private boolean wasUp;
    private boolean isClosed;
    private String why = "Azure Queue Storage was not asked yet";

    /** Counts preparations: what belongs to one before is over. */
    private int life;

    /** How often it was prepared in vain. */
    private int troubles;

    /** When there was an answer last. */
    private long heardAt;

    private long nextNumber;
    private long lastDeath;

    StorageQueue(
            StorageBroker broker,
            QueueBinding binding,
            String process,
            EventLoop owner,
            EventLoop loop,
            LongSupplier nanos,
            StorageClient client) {
        this.broker = broker;
        this.binding = binding;
        this.process = process;
        this.owner = owner;
        this.loop = loop;
        this.nanos = nanos;
        this.client = client;
        names = new Names(binding.name());
        Duration third = binding.lease().dividedBy(3);
        patience = third.compareTo(SHORTEST_PATIENCE) < 0
                ? SHORTEST_PATIENCE
                : third.compareTo(LONGEST_PATIENCE) > 0 ? LONGEST_PATIENCE : third;
        binding.lanes().forEach(lane -> delays.put(lane, new Delays(nanos)));
        graveyard = new Graveyard(binding, names, client, patience, nanos);
        taking = new Taking(binding, loop, nanos, broker.random(), new Taking.Told() {
            @Override
            public Future<List<Xml.Told>> ask(Priority lane, int count) {
                return heard(client.messages(Operation.take(names.lane(lane), count, binding.lease()), patience));
            }

            @Override
            public List<Lease> lease(Priority lane, List<Xml.Told> messages) {
                return StorageQueue.this.lease(lane, messages);
            }

            @Override
            public void arrived(List<Lease> come) {
                List<Delivery> deliveries = come.stream()
                        .map(lease -> lease.content.delivery(lease.handle, lease.lane, lease.deliveries))
                        .toList();
                come.forEach(lease -> lease.isTold = true);
                tell(told -> told.arrived(deliveries));
            }

            @Override
            public void giveBack(Lease lease) {
                settleSilently(lease, new Settlement.Release());
            }
        });
    }

    // ---- whether it can be used

    @Override
    public void open(Listener told) {
        loop.execute(() -> {
            listener = told;
            heardAt = nanos.getAsLong();
            if (broker.add(this)) {
                prepare();
            }
        });
    }

    /** Has all queues be there, and what this process has be renewed. */
    private void prepare() {
        if (isClosed) {
            return;
        }
        int mine = ++life;
        List<Future<?>> all = new ArrayList<>();
        binding.lanes().forEach(lane -> all.add(make(names.lane(lane))));
        if (binding.isTaken()) {
            all.add(make(names.dead()));
        }
        Future.all(all)
                .compose(made -> binding.isTaken() ? countLeftovers() : Future.succeededFuture(Map.of()))
                .compose(counted -> {
                    leftovers = counted;
                    return renewAll();
                })
                .onComplete((done, failure) -> {
                    if (mine != life) {
                        return;
                    }
                    if (failure != null) {
                        trouble(String.valueOf(failure.getMessage()));
                    } else {
                        up(mine);
                    }
                });
    }

    /** Rights to make a queue are needed only where it is not there. */
    private Future<Void> make(String queue) {
        return client.count(queue, patience)
                .<Void>mapEmpty()
                .recover(failure -> isKind(failure, CallException.Kind.NO_QUEUE)
                        ? client.call(Operation.create(queue), patience)
                                .<Void>mapEmpty()
                                .recover(refused -> isKind(refused, CallException.Kind.REFUSED)
                                        ? Future.failedFuture(new CallException(
                                                CallException.Kind.REFUSED,
                                                "the queue " + queue + " is not there, and may not be made: make it, or"
                                                        + " allow that (" + refused.getMessage() + ")"))
                                        : Future.failedFuture(refused))
                        : Future.failedFuture(failure));
    }

    private static boolean isKind(Throwable failure, CallException.Kind kind) {
        return failure instanceof CallException known && known.kind() == kind;
    }

    private static boolean isLeaseLost(Throwable failure) {
        return failure instanceof CallException known && known.isLeaseLost();
    }

    /** Counts what is in lanes that the queue could have, and does not. */
    private Future<Map<Priority, Long>> countLeftovers() {
        Map<Priority, Long> counts = new EnumMap<>(Priority.class);
        List<Future<?>> all = new ArrayList<>();
        for (Priority lane : Priority.values()) {
            if (!binding.lanes().contains(lane)) {
                all.add(client.count(names.lane(lane), patience)
                        .onSuccess(count -> {
                            if (count > 0) {
                                counts.put(lane, count);
                            }
                        })
                        .otherwise(0L)); // it is not there, or not to be looked at
            }
        }
        return Future.all(all).map(counts);
    }

    private void up(int mine) {
        long silence = nanos.getAsLong() - heardAt;
        boolean mayHaveEnded = wasUp && silence > binding.lease().toNanos() / 2;
        Duration hold = patience.plus(COMING_BACK);
        heardAt = nanos.getAsLong();
        isUp = true;
        wasUp = true;
        why = "";
        tell(Listener::up);
        if (binding.isTaken()) {
            tick(mine);
            taking.begin(mayHaveEnded ? hold.compareTo(binding.lease()) < 0 ? hold : binding.lease() : Duration.ZERO);
        }
    }

    private void down(String reason) {
        life++;
        taking.end();
        boolean isNew = isUp || !reason.equals(why);
        isUp = false;
        why = reason;
        if (isNew) {
            tell(told -> told.down(reason));
        }
    }

    private void trouble(String reason) {
        down(reason);
        int mine = life;
        loop.schedule(broker.pause(troubles++), () -> {
            if (mine == life) {
                prepare();
            }
        });
    }

    private void tick(int mine) {
        Duration third = binding.lease().dividedBy(3);
        loop.schedule(third.compareTo(PROBE) < 0 ? third : PROBE, () -> {
            if (mine != life) {
                return;
            }
            renewDue();
            if (nanos.getAsLong() - heardAt >= PROBE.toNanos()) {
                heard(client.count(names.lane(binding.lanes().get(0)), patience));
            }
            tick(mine);
        });
    }

    /** Notes that there was an answer, or has the queue be down where its failure means that. */
    private <T> Future<T> heard(Future<T> answer) {
        int mine = life;
        return answer.onComplete((result, failure) -> {
            if (failure == null) {
                heardAt = nanos.getAsLong();
                troubles = 0;
            } else if (mine == life
                    && isUp
                    && !isClosed
                    && failure instanceof CallException known
                    && known.isOfService()) {
                trouble(String.valueOf(
                        known.getMessage())); // the first of those that were asked together tells for all
            }
        });
    }

    // ---- leases

    private List<Lease> lease(Priority lane, List<Xml.Told> messages) {
        List<Lease> come = new ArrayList<>();
        for (Xml.Told told : messages) {
            Lease known = leases.get(told.id());
            if (known != null && !known.isUnsure) { // its lease was over, and nobody else was faster
                known.receipt = told.receipt();
                known.deliveries = told.deliveries();
                known.renewedAt = nanos.getAsLong();
                continue;
            }
            Wire content = Wire.of(told.id(), told.text(), binding.maxPayloadBytes());
            JobQueue.Refused refusal = content.refusal();
            Lease lease = new Lease(
                    new StorageHandle(told.id(), nextNumber++),
                    lane,
                    content,
                    refusal == null ? null : told.text(),
                    told.receipt(),
                    told.deliveries());
            lease.renewedAt = nanos.getAsLong();
            if (known != null) {
                lose(known);
            }
            leases.put(told.id(), lease);
            if (refusal == null) {
                come.add(lease);
            } else {
                bury(lease, refusal);
            }
        }
        return come;
    }

    private @Nullable Lease find(Handle handle) {
        Lease lease = handle instanceof StorageHandle mine ? leases.get(mine.id()) : null;
        return lease != null && lease.handle.equals(handle) ? lease : null;
    }

    private void lose(Lease lease) {
        if (leases.remove(lease.handle.id(), lease)) {
            taking.forget(lease);
            if (lease.isTold) {
                tell(told -> told.leaseLost(lease.handle, LOST));
            }
        }
    }

    /** Renews those that were not for a third of a lease, or will have been when this is looked at again. */
    private void renewDue() {
        Duration third = binding.lease().dividedBy(3);
        long due =
                third.compareTo(PROBE) < 0 ? 0 : third.minus(PROBE.dividedBy(2)).toNanos();
        for (Lease lease : List.copyOf(leases.values())) {
            if (!lease.isSettling && !lease.isRenewing && nanos.getAsLong() - lease.renewedAt >= due) {
                heard(renew(lease));
            }
        }
    }

    private Future<Void> renewAll() {
        List<Future<?>> all = new ArrayList<>();
        for (Lease lease : leases.values()) {
            if (!lease.isUnsure) {
                all.add(renew(lease));
            }
        }
        return all.isEmpty() ? Future.succeededFuture() : Future.join(all).mapEmpty();
    }

    /** Renews a lease; one that is over is lost, which is no failure. */
    private Future<Void> renew(Lease lease) {
        lease.isRenewing = true;
        return lease.next(() -> find(lease.handle) == lease && !lease.isUnsure
                        ? update(lease, binding.lease(), null)
                        : Future.<Void>succeededFuture())
                .onComplete(done -> lease.isRenewing = false)
                .recover(failure -> {
                    if (isLeaseLost(failure) && !lease.isUnsure) {
                        lose(lease);
                        return Future.succeededFuture();
                    }
                    return Future.failedFuture(failure);
                });
    }

    /** Hides a message from now on, and notes its new receipt. */
    private Future<Void> update(Lease lease, Duration visibility, @Nullable String text) {
        String receipt = lease.receipt;
        String queue = names.lane(lease.lane);
        long askedAt = nanos.getAsLong();
        return client.call(Operation.update(queue, lease.handle.id(), receipt, visibility, text), patience)
                .<Void>map(answer -> {
                    String renewed = answer.headers().get(RECEIPT);
                    if (renewed != null) {
                        lease.receipt = renewed;
                    }
                    lease.renewedAt = askedAt;
                    return null;
                })
                .recover(failure -> isLeaseLost(failure) && !receipt.equals(lease.receipt)
                        ? update(lease, visibility, text) // it was taken anew meanwhile, by this process
                        : Future.failedFuture(failure));
    }

    // ---- settling

    @Override
    public Future<Void> settle(Handle handle, Settlement how) {
        return ask(() -> find(handle) == null ? new QueueException(Kind.LEASE_LOST, SETTLED_OR_LOST) : null, () -> {
            Lease lease = find(handle);
            return lease == null
                    ? Future.failedFuture(new CallException(CallException.Kind.NO_MESSAGE, SETTLED_OR_LOST))
                    : heard(settle(lease, how));
        });
    }

    private Future<Void> settle(Lease lease, Settlement how) {
        lease.isSettling = true;
        return lease.next(() -> find(lease.handle) == null
                        ? Future.<Void>failedFuture(new CallException(CallException.Kind.NO_MESSAGE, SETTLED_OR_LOST))
                        : end(lease, how))
                .onComplete((done, failure) -> settled(lease, how, failure))
                .recover(failure -> lease.isDone ? Future.succeededFuture() : Future.failedFuture(failure));
    }

    private Future<Void> end(Lease lease, Settlement how) {
        if (how instanceof Settlement.Release) {
            return update(lease, Duration.ZERO, null);
        } else if (how instanceof Settlement.Later later) {
            return update(lease, later.pause(), lease.content.later(later));
        } else if (how instanceof Settlement.Dead dead && !lease.isBuried) {
            // what is another's by now must not be among the dead letters
            return update(lease, binding.lease(), null)
                    .compose(held -> client.call(
                            Operation.put(names.dead(), deadText(lease, dead), Duration.ZERO, DEAD_AGE.toSeconds()),
                            patience))
                    .compose(put -> {
                        lease.isBuried = true;
                        return delete(lease);
                    });
        }
        return delete(lease);
    }

    private Future<Void> delete(Lease lease) {
        lease.isDeleting = true;
        String receipt = lease.receipt;
        return client.call(Operation.delete(names.lane(lease.lane), lease.handle.id(), receipt), patience)
                .<Void>mapEmpty()
                .recover(failure -> isLeaseLost(failure) && !receipt.equals(lease.receipt)
                        ? delete(lease)
                        : Future.failedFuture(failure));
    }

    private String deadText(Lease lease, Settlement.Dead dead) {
        lastDeath = Math.max(lastDeath + 1, client.clock().millis()); // so that they are listed in this order
        String original = lease.original == null ? "" : lease.original;
        return lease.content.dead(lease.lane, dead.reason(), dead.error(), lastDeath, original);
    }

    /** A settlement ended. One that was sent before and not answered may have been done by that. */
    private void settled(Lease lease, Settlement how, @Nullable Throwable failure) {
        CallException known = failure instanceof CallException call ? call : null;
        boolean wasDoneBefore = known != null
                && lease.isUnsure
                && (lease.isDeleting ? known.kind() == CallException.Kind.NO_MESSAGE : known.isLeaseLost());
        if (failure == null || wasDoneBefore) {
            lease.isDone = true;
            leases.remove(lease.handle.id(), lease);
            if (how instanceof Settlement.Later later && !later.pause().isZero()) {
                delaysOf(lease.lane).add(later.pause(), lease.renewedAt);
            } else if (how instanceof Settlement.Release || how instanceof Settlement.Later) {
                taking.ring();
            }
        } else if (known != null && known.isLeaseLost()) {
            lose(lease);
        } else {
            lease.isSettling = false;
            lease.isUnsure = lease.isUnsure
                    || (known != null && known.kind() == CallException.Kind.UNANSWERED && isEnding(lease, how));
        }
    }

    /** Tells whether what was sent last would have ended the lease. */
    private static boolean isEnding(Lease lease, Settlement how) {
        return lease.isDeleting || how instanceof Settlement.Later || how instanceof Settlement.Release;
    }

    private Delays delaysOf(Priority lane) {
        return delays.computeIfAbsent(lane, unknown -> new Delays(nanos));
    }

    private void settleSilently(Lease lease, Settlement how) {
        heard(settle(lease, how))
                .onFailure(failure -> loop.schedule(BURIED_AGAIN, () -> {
                    if (!isClosed && find(lease.handle) != null) {
                        settleSilently(lease, how);
                    }
                }));
    }

    /** Makes what cannot be work a dead letter. It takes nothing from what was asked for. */
    private void bury(Lease lease, Refused refused) {
        heard(settle(lease, new Settlement.Dead(refused.reason(), refused.detail(), null)))
                .onSuccess(done -> tell(told -> told.refused(refused)))
                .onFailure(failure -> loop.schedule(BURIED_AGAIN, () -> {
                    if (!isClosed && find(lease.handle) != null) {
                        bury(lease, refused);
                    }
                }));
    }

    // ---- what is asked for

    @Override
    public void dequeue(int messages, long bytes) {
        loop.execute(() -> taking.credit(messages, bytes));
    }

    @Override
    public Future<Receipt> enqueue(Message message) {
        if (!binding.lanes().contains(message.lane())) {
            throw new IllegalArgumentException("the queue has no lane " + message.lane());
        }
        for (String name : message.properties().keySet()) {
            if (!MessageFields.isProperty(name)) {
                throw new IllegalArgumentException("a property cannot be called " + name);
            }
        }
        return ask(() -> {
            Wire.Written written = Wire.written(message, binding.maxPayloadBytes());
            if (written.tooLarge() != null) {
                return Future.failedFuture(new CallException(CallException.Kind.TOO_LARGE, written.tooLarge()));
            }
            if (client.isFull()) {
                return Future.failedFuture(new CallException(
                        CallException.Kind.NOT_SENT, "too much is on its way to Azure Queue Storage"));
            }
            long askedAt = nanos.getAsLong();
            long ttl = binding.isOfResults() ? binding.outcomes().toSeconds() : Operation.NEVER;
            return heard(client.call(
                            Operation.put(names.lane(message.lane()), written.text(), message.delay(), ttl), patience))
                    .map(answer -> {
                        delaysOf(message.lane()).add(message.delay(), askedAt);
                        if (message.delay().isZero()) {
                            taking.ring();
                        }
                        return new Receipt(false);
                    });
        });
    }

    /** No key is kept at Azure, so that nobody can say which tick came first. */
    @Override
    public Future<Tick.Fate> tick(Tick tick) {
        return ask(() -> Future.failedFuture(
                new CallException(CallException.Kind.WRONG, "Azure Queue Storage keeps no keys, and so no ticks")));
    }

    @Override
    public Future<Long> time() {
        return ask(() -> heard(client.count(names.lane(binding.lanes().get(0)), patience))
                .map(told -> client.clock().millis()));
    }

    @Override
    public Future<Optional<Outcome>> find(String key) {
        return ask(() -> Future.succeededFuture(Optional.empty()));
    }

    @Override
    public Future<Depth> depth() {
        return ask(() -> {
            Map<Priority, Long> ready = new EnumMap<>(Priority.class);
            Map<Priority, Long> leased = new EnumMap<>(Priority.class);
            Map<Priority, Long> delayed = new EnumMap<>(Priority.class);
            List<Future<?>> all = new ArrayList<>();
            for (Priority lane : binding.lanes()) {
                all.add(count(lane, ready, leased, delayed));
            }
            Future<Long> dead = binding.isTaken() ? client.count(names.dead(), patience) : Future.succeededFuture(0L);
            all.add(dead);
            return heard(Future.all(all)).map(counted -> {
                long mine = leases.size();
                return new Depth(
                        ready,
                        leased,
                        delayed.values().stream().mapToLong(Long::longValue).sum(),
                        dead.result(),
                        0,
                        leftovers,
                        mine == 0 ? Map.of() : Map.of(process, mine),
                        false);
            });
        });
    }

    /** The service counts what is hidden with the rest. Where some of that is not this process's, it is looked what is not hidden. */
    private Future<Void> count(
            Priority lane, Map<Priority, Long> ready, Map<Priority, Long> leased, Map<Priority, Long> delayed) {
        String queue = names.lane(lane);
        return client.count(queue, patience).compose(all -> {
            long later = Math.min(all, delaysOf(lane).count());
            long mine = Math.min(
                    all - later,
                    leases.values().stream().filter(lease -> lease.lane == lane).count());
            delayed.put(lane, later);
            leased.put(lane, mine);
            ready.put(lane, all - later - mine);
            if (all == later + mine || !binding.isTaken()) {
                return Future.succeededFuture();
            }
            return client.messages(Operation.peek(queue, Operation.MAX_MESSAGES), patience)
                    .map(seen -> {
                        if (seen.size() < Operation.MAX_MESSAGES) {
                            long visible = Math.min(all - later - mine, seen.size());
                            ready.put(lane, visible);
                            leased.put(lane, all - later - visible);
                        }
                        return null;
                    });
        });
    }

    @Override
    public Future<DeadLetters> deadLetters(String after, int limit) {
        return ask(() -> heard(graveyard.list(after, Math.max(1, Math.min(MAX_LISTED, limit)))));
    }

    @Override
    public Future<Integer> replay(List<String> ids) {
        if (ids.size() > MAX_LISTED) {
            throw new IllegalArgumentException("up to " + MAX_LISTED + " at once, were " + ids.size());
        }
        return ask(() -> heard(graveyard.replay(ids)).onSuccess(count -> taking.ring()));
    }

    private interface Question<T> {
        Future<T> put();
    }

    private <T> Future<T> ask(Question<T> question) {
        return ask(() -> null, question);
    }

    /** Asks on the broker's loop, and answers on the owner's. */
    private <T> Future<T> ask(Supplier<@Nullable QueueException> objection, Question<T> question) {
        Promise<T> promise = Promise.promise();
        loop.execute(() -> {
            QueueException refused = objection.get();
            Future<T> answer;
            if (refused != null) {
                answer = Future.failedFuture(refused);
            } else if (isClosed || !isUp) {
                answer = Future.failedFuture(
                        new QueueException(Kind.UNAVAILABLE, isClosed ? "the queue is closed" : why));
            } else {
                answer = question.put();
            }
            answer.onComplete((result, failure) -> owner.execute(() -> {
                if (failure != null) {
                    promise.fail(meaning(failure));
                } else {
                    promise.complete(result);
                }
            }));
        });
        return promise.future();
    }

    private static Throwable meaning(Throwable failure) {
        return failure instanceof CallException known ? known.meaning() : failure;
    }

    private interface Telling {
        void tell(Listener listener);
    }

    private void tell(Telling telling) {
        Listener told = listener;
        if (told != null && !isClosed) {
            owner.execute(() -> telling.tell(told));
        }
    }

    /** Ends it, on the loop. */
    void end() {
        isClosed = true;
        isUp = false;
        life++;
        taking.end();
        broker.remove(this);
    }

    @Override
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        loop.execute(() -> {
            end();
            owner.execute(closed::complete);
        });
        return closed.future();
    }
}

package dev.latido.queue.servicebus;

import dev.latido.job.Priority;
import dev.latido.loop.EventLoop;
import dev.latido.queue.DeadLetters;
import dev.latido.queue.Delivery;
import dev.latido.queue.Depth;
import dev.latido.queue.Handle;
import dev.latido.queue.JobQueue;
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
import io.vertx.proton.ProtonReceiver;
import io.vertx.proton.ProtonSender;
import io.vertx.proton.ProtonSession;
import io.vertx.proton.impl.ProtonDeliveryImpl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * A queue at Azure Service Bus. Its state is on the broker's loop; calls come from the owner's and are answered there.
 *
 * <p>It is up when there is a connection, rights were shown, and all links are open that it needs. What was delivered stays this
 * process's for as long as its lock lasts, whatever becomes of the link that it came by: after a loss the locks are renewed first,
 * and what came before is settled by the management node.
 */
final class ServiceBusQueue implements JobQueue {

    private static final String LOST = "its lock was over, and another process may have it";
    private static final String LOST_WITH_LINK = "the link that it came by was lost, and others get it";
    private static final String SETTLED_OR_LOST = "it is settled, or its lock was lost";
    private static final Symbol DEAD_LETTER = Symbol.valueOf("com.microsoft:dead-letter");

    /** How long a message that cannot be work waits until it is tried again to make it a dead letter. */
    private static final Duration BURIED_AGAIN = Duration.ofSeconds(1);

    /** How often it is looked at least which locks are to be renewed. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(1);

    /** How long a lock is taken to last at least: the service has none that is shorter. */
    private static final Duration SHORTEST_LOCK = Duration.ofSeconds(1);

    /** How many locks are renewed by one request. */
    private static final int RENEWED_AT_ONCE = 50;

    /** How many messages of a lane are looked at to count them. */
    private static final int COUNTED = 250;

    /** The state of a message that is not due yet. */
    private static final int SCHEDULED = 2;

    /** About how many bytes a message has beside its payload and properties. */
    private static final int ENVELOPE_BYTES = 1_024;

    private final ServiceBusBroker broker;
    private final QueueBinding binding;
    private final Addresses addresses;
    private final String process;
    private final EventLoop owner;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final Taking taking;
    private final Graveyard graveyard;
    private final Map<ServiceBusHandle, Held> held = new LinkedHashMap<>();
    private final Map<Priority, Sending> sendings = new EnumMap<>(Priority.class);
    private final Map<Priority, Management> managements = new EnumMap<>(Priority.class);
    private final Map<Priority, Management> deadManagements = new EnumMap<>(Priority.class);

    private @Nullable Listener listener;
    private @Nullable Bus bus;
    private @Nullable ProtonSession session;
    private boolean isUp;
    private boolean isClosed;
    private String why = "Service Bus is not connected yet";

    /** Counts preparations: what belongs to one before is over. */
    private int life;

    /** How often it was prepared in vain. */
    private int troubles;

    private long nextNumber;

    ServiceBusQueue(
            ServiceBusBroker broker,
            QueueBinding binding,
            String process,
            EventLoop owner,
            EventLoop loop,
            LongSupplier nanos) {
        this.broker = broker;
        this.binding = binding;
        this.process = process;
        this.owner = owner;
        this.loop = loop;
        this.nanos = nanos;
        addresses = new Addresses(binding.name());
        binding.lanes()
                .forEach(lane -> sendings.put(lane, new Sending(addresses.lane(lane), loop, nanos, this::silent)));
        graveyard = new Graveyard(loop, new Graveyard.Told() {
            @Override
            public Future<Void> replay(Priority lane, Message dead) {
                String key = Wire.of(lane, dead, Integer.MAX_VALUE).key();
                return send(lane, Wire.replayed(dead, key, broker.newName()));
            }

            @Override
            public void silent(String what) {
                ServiceBusQueue.this.silent(what);
            }
        });
        taking = new Taking(binding, loop, new Taking.Told() {
            @Override
            public void arrived(List<Held> messages) {
                List<Delivery> deliveries = messages.stream()
                        .map(each -> each.wire.delivery(each.handle, each.lane))
                        .toList();
                messages.forEach(each -> each.isTold = true);
                tell(told -> told.arrived(deliveries));
            }

            @Override
            public void giveBack(Held message) {
                settleSilently(message, new Settlement.Release());
            }

            @Override
            public void silent(String what) {
                ServiceBusQueue.this.silent(what);
            }
        });
    }

    // ---- whether it can be used

    @Override
    public void open(Listener told) {
        loop.execute(() -> {
            listener = told;
            if (broker.add(this) && binding.isTaken()) {
                tick();
            }
        });
    }

    void connected(Bus begun) {
        bus = begun;
        prepare();
    }

    void disconnected(String reason) {
        bus = null;
        down(reason);
    }

    /** Something was not answered in time, and so nothing else will be. */
    private void silent(String what) {
        Bus on = bus;
        if (on != null) {
            on.giveUpSilent(what);
        }
    }

    /** Shows rights, opens all links, and has what this process has be renewed. */
    private void prepare() {
        Bus on = bus;
        if (isClosed || on == null) {
            return;
        }
        unlink("the link was renewed");
        int mine = ++life;
        List<Future<?>> rights = new ArrayList<>();
        for (Priority lane : binding.lanes()) {
            rights.add(on.authorize(addresses.lane(lane)));
            if (binding.isTaken()) {
                rights.add(on.authorize(addresses.dead(lane)));
            }
        }
        Future.all(rights)
                .compose(shown -> mine == life ? link(on, mine) : Future.failedFuture(Links.gone()))
                .compose(receivers -> renewAll().map(receivers))
                .onComplete((receivers, failure) -> {
                    if (mine != life) {
                        return;
                    }
                    if (failure != null) {
                        trouble(String.valueOf(failure.getMessage()));
                    } else {
                        up(receivers);
                    }
                });
    }

    /** Opens all links; returns those that messages come by. */
    private Future<Map<Priority, ProtonReceiver>> link(Bus on, int mine) {
        ProtonSession begun = on.session();
        session = begun;
        begun.closeHandler(done ->
                loop.execute(() -> unlinked(mine, BusException.of(begun.getRemoteCondition(), "the session"))));
        begun.open();
        Map<Priority, ProtonReceiver> receivers = new EnumMap<>(Priority.class);
        List<Future<?>> opened = new ArrayList<>();
        for (Priority lane : binding.lanes()) {
            String queue = addresses.lane(lane);
            ProtonSender sender = begun.createSender(queue, on.newLink());
            opened.add(Links.open(sender, "the queue " + queue, loop, reason -> unlinked(mine, reason))
                    .onSuccess(done -> {
                        if (mine == life) {
                            sendings.getOrDefault(lane, newSending(queue)).begin(sender);
                        }
                    }));
            if (binding.isTaken()) {
                ProtonReceiver receiver = begun.createReceiver(queue, on.newLink());
                receiver.setPrefetch(0);
                receiver.setAutoAccept(false);
                Links.settleSecond(receiver);
                receiver.handler((delivery, message) -> {
                    long at = nanos.getAsLong();
                    loop.execute(() -> came(mine, lane, (ProtonDeliveryImpl) delivery, message, at));
                });
                receivers.put(lane, receiver);
                opened.add(Links.open(receiver, "the queue " + queue, loop, reason -> unlinked(mine, reason)));
                opened.add(manage(on, begun, mine, lane, queue, managements));
                opened.add(manage(on, begun, mine, lane, addresses.dead(lane), deadManagements));
            }
        }
        return Future.all(opened).map(receivers);
    }

    private Sending newSending(String queue) {
        return new Sending(queue, loop, nanos, this::silent);
    }

    private Future<Void> manage(
            Bus on, ProtonSession by, int mine, Priority lane, String queue, Map<Priority, Management> all) {
        String name = on.name() + "-" + broker.newName();
        Requests requests = new Requests(by, Addresses.management(queue), name, on::newLink, loop, new Requests.Told() {
            @Override
            public void closed(BusException reason) {
                unlinked(mine, reason);
            }

            @Override
            public void silent(String what) {
                ServiceBusQueue.this.silent(what);
            }
        });
        all.put(lane, new Management(requests, queue));
        return requests.open();
    }

    private void up(Map<Priority, ProtonReceiver> receivers) {
        boolean wasUp = isUp; // a link that was idle is no outage
        isUp = true;
        troubles = 0;
        why = "";
        if (!wasUp) {
            tell(Listener::up);
        }
        if (binding.isTaken()) {
            taking.begin(receivers);
        }
    }

    /** A link or the session of it was closed by the service. That of one that was idle is no outage. */
    private void unlinked(int of, BusException reason) {
        if (of != life) {
            return;
        }
        if (reason.kind() != BusException.Kind.IDLE) {
            trouble(String.valueOf(reason.getMessage()));
            return;
        }
        unlink(String.valueOf(reason.getMessage()));
        int mine = ++life;
        again(mine);
    }

    private void down(String reason) {
        life++;
        unlink(reason);
        boolean isNew = isUp || !reason.equals(why);
        isUp = false;
        why = reason;
        if (isNew) {
            tell(told -> told.down(reason));
        }
    }

    private void trouble(String reason) {
        down(reason);
        again(life);
    }

    private void again(int mine) {
        loop.schedule(broker.pause(troubles++), () -> {
            if (mine == life) {
                prepare();
            }
        });
    }

    /** Ends all links. What came by them is settled otherwise, unless it was locked by them alone. */
    private void unlink(String reason) {
        taking.end();
        sendings.values().forEach(each -> each.end(reason));
        managements.values().forEach(each -> each.requests().end(reason));
        managements.clear();
        deadManagements.values().forEach(each -> each.requests().end(reason));
        deadManagements.clear();
        for (Held message : List.copyOf(held.values())) {
            Promise<Void> settled = message.settled;
            if (settled != null) {
                settled.tryFail(new BusException(BusException.Kind.UNANSWERED, reason));
            }
            if (isLockedByLink(message)) {
                lose(message, LOST_WITH_LINK);
            }
        }
        ProtonSession ended = session;
        session = null;
        if (ended != null) {
            ended.closeHandler(done -> ended.free());
            ended.close();
        }
    }

    /** Reacts to what a call failed by, where others would fail by it too. */
    private <T> Future<T> heard(Future<T> answer) {
        int mine = life;
        return answer.onFailure(failure -> {
            if (mine == life && failure instanceof BusException known) {
                switch (known.kind()) {
                    case BUSY, REFUSED, NO_ENTITY, SESSIONS -> trouble(String.valueOf(known.getMessage()));
                    case NOT_SENT, UNANSWERED, LOCK_LOST, FULL, TOO_LARGE, IDLE, OTHER -> {}
                }
            }
        });
    }

    // ---- locks

    /** A message came by the link of a lane, at a time. */
    private void came(int of, Priority lane, ProtonDeliveryImpl delivery, Message message, long at) {
        if (of != life || isClosed) {
            return; // its link is no more, and its lock ends by itself
        }
        UUID lock = LockToken.of(delivery.getTag());
        long lockedUntil = Wire.time(message, Wire.LOCKED_UNTIL);
        long lasts = lock == null || lockedUntil == 0 ? Long.MAX_VALUE : lockNanos(lockedUntil - broker.wallMillis());
        UUID known = lock == null ? new UUID(0, 0) : lock;
        Held before = find(lane, Wire.sequence(message));
        if (before != null && !before.isUnsure && !isLockedByLink(before)) {
            before.lock = known; // its lock was over, and nobody else was faster
            before.delivery = delivery;
            before.life = of;
            before.lockNanos = lasts;
            before.lockedAt = at;
            taking.came(lane, null);
            return;
        }
        Wire wire = Wire.of(lane, message, binding.maxPayloadBytes());
        Held arrived =
                new Held(new ServiceBusHandle(nextNumber++), lane, wire, message, known, delivery, of, lasts, at);
        if (before != null) {
            lose(before, LOST);
        }
        held.put(arrived.handle, arrived);
        if (wire.refusal() == null) {
            taking.came(lane, arrived);
        } else {
            bury(arrived, wire.refusal());
            taking.came(lane, null);
        }
    }

    /** Takes a lock to last no longer than it should, whatever the clock of this machine says. */
    private long lockNanos(long millis) {
        long most = binding.lease().toNanos();
        return Math.min(most, Math.max(SHORTEST_LOCK.toNanos(), TimeUnit.MILLISECONDS.toNanos(millis)));
    }

    private @Nullable Held find(Priority lane, long sequence) {
        for (Held each : held.values()) {
            if (sequence >= 0 && each.sequence == sequence && each.lane == lane) {
                return each;
            }
        }
        return null;
    }

    private @Nullable Held find(Handle handle) {
        return handle instanceof ServiceBusHandle mine ? held.get(mine) : null;
    }

    /** Tells of a message that no lock of its own keeps for this process, as at other brokers than Service Bus. */
    private static boolean isLockedByLink(Held message) {
        return message.lockNanos == Long.MAX_VALUE;
    }

    private void lose(Held message, String reason) {
        if (held.remove(message.handle, message)) {
            taking.forget(message);
            if (message.isTold) {
                tell(told -> told.leaseLost(message.handle, reason));
            }
        }
    }

    private void tick() {
        Duration third = binding.lease().dividedBy(3);
        loop.schedule(third.compareTo(LONGEST_LOOK) < 0 ? third : LONGEST_LOOK, () -> {
            if (isClosed) {
                return;
            }
            if (isUp) {
                renewDue();
            }
            tick();
        });
    }

    /** Renews the locks that were not for a third of their time, or will have been when this is looked at again. */
    private void renewDue() {
        List<Held> due = new ArrayList<>();
        for (Held each : held.values()) {
            long third = each.lockNanos / 3;
            long early = Math.min(LONGEST_LOOK.toNanos(), third) / 2;
            if (!isLockedByLink(each)
                    && !each.isSettling
                    && !each.isRenewing
                    && nanos.getAsLong() - each.lockedAt >= third - early) {
                due.add(each);
            }
        }
        renew(due);
    }

    private Future<Void> renewAll() {
        return renew(held.values().stream()
                .filter(each -> !each.isUnsure && !isLockedByLink(each))
                .toList());
    }

    /** Renews locks; those that are over are lost, which is no failure. */
    private Future<Void> renew(List<Held> messages) {
        List<Future<?>> all = new ArrayList<>();
        for (Priority lane : binding.lanes()) {
            List<Held> ofLane =
                    messages.stream().filter(each -> each.lane == lane).toList();
            for (int from = 0; from < ofLane.size(); from += RENEWED_AT_ONCE) {
                all.add(heard(renew(lane, ofLane.subList(from, Math.min(ofLane.size(), from + RENEWED_AT_ONCE)))));
            }
        }
        return all.isEmpty() ? Future.succeededFuture() : Future.all(all).mapEmpty();
    }

    /** The service renews all or none of those that are asked for together. */
    private Future<Void> renew(Priority lane, List<Held> messages) {
        Management management = managements.get(lane);
        if (management == null) {
            return Future.failedFuture(Links.gone());
        }
        messages.forEach(each -> each.isRenewing = true);
        long askedAt = nanos.getAsLong();
        long askedMillis = broker.wallMillis();
        return management
                .renew(messages.stream().map(each -> each.lock).toList())
                .onComplete(done -> messages.forEach(each -> each.isRenewing = false))
                .<Void>map(ends -> {
                    for (int i = 0; i < messages.size(); i++) {
                        messages.get(i).lockedAt = askedAt;
                        if (i < ends.size() && ends.get(i) > 0) {
                            messages.get(i).lockNanos = lockNanos(ends.get(i) - askedMillis);
                        }
                    }
                    return null;
                })
                .recover(failure -> {
                    if (!BusException.is(failure, BusException.Kind.LOCK_LOST)) {
                        return Future.failedFuture(failure);
                    } else if (messages.size() > 1) {
                        return Future.join(messages.stream()
                                        .map(each -> renew(lane, List.of(each)))
                                        .toList())
                                .mapEmpty();
                    }
                    Held lost = messages.get(0);
                    if (!lost.isSettling) { // else its settlement tells
                        lose(lost, LOST);
                    }
                    return Future.succeededFuture();
                });
    }

    // ---- settling

    @Override
    public Future<Void> settle(Handle handle, Settlement how) {
        return ask(() -> find(handle) == null ? new QueueException(Kind.LEASE_LOST, SETTLED_OR_LOST) : null, () -> {
            Held message = find(handle);
            return message == null
                    ? Future.failedFuture(new BusException(BusException.Kind.LOCK_LOST, SETTLED_OR_LOST))
                    : settle(message, how);
        });
    }

    private Future<Void> settle(Held message, Settlement how) {
        message.isSettling = true;
        boolean wasUnsure = message.isUnsure;
        return heard(end(message, how).recover(failure -> {
                    if (BusException.is(failure, BusException.Kind.LOCK_LOST) && wasUnsure) {
                        return Future.succeededFuture(); // it was settled by the call that nobody answered
                    }
                    message.isSettling = false;
                    if (BusException.is(failure, BusException.Kind.LOCK_LOST)) {
                        lose(message, LOST);
                    }
                    return Future.failedFuture(failure);
                }))
                .onSuccess(done -> {
                    held.remove(message.handle, message);
                    taking.forget(message);
                });
    }

    private Future<Void> end(Held message, Settlement how) {
        if (how instanceof Settlement.Release) {
            return dispose(message, Released.getInstance(), Management.ABANDONED, Map.of());
        } else if (how instanceof Settlement.Dead dead) {
            Map<String, Object> said = Wire.dead(dead, message.wire.key(), broker.wallMillis());
            return dispose(message, rejected(said), Management.SUSPENDED, said);
        } else if (how instanceof Settlement.Later later && !message.isReplaced) {
            // what is another's by now must not be moved on
            return stillLocked(message)
                    .compose(locked -> replace(message, later))
                    .compose(sent -> {
                        message.isReplaced = true;
                        return dispose(message, Accepted.getInstance(), Management.COMPLETED, Map.of());
                    });
        }
        return dispose(message, Accepted.getInstance(), Management.COMPLETED, Map.of());
    }

    private Future<Void> stillLocked(Held message) {
        Management management = managements.get(message.lane);
        if (isLockedByLink(message)) {
            return Future.succeededFuture();
        }
        return management == null
                ? Future.failedFuture(Links.gone())
                : management.renew(List.of(message.lock)).mapEmpty();
    }

    /** Sends what is to be tried later in place of a message. Its id comes from the lock, so that it is the same when repeated. */
    private Future<Void> replace(Held message, Settlement.Later later) {
        Message copy = Wire.later(message.message, message.wire.key(), "later-" + message.lock, later);
        return send(message.lane, scheduled(copy, later.pause())).recover(ServiceBusQueue::again);
    }

    /** Whoever settles may do so again, whyever nothing could be sent. */
    private static Future<Void> again(Throwable failure) {
        return BusException.is(failure, BusException.Kind.FULL) || BusException.is(failure, BusException.Kind.TOO_LARGE)
                ? Future.failedFuture(new BusException(BusException.Kind.OTHER, String.valueOf(failure.getMessage())))
                : Future.failedFuture(failure);
    }

    private Message scheduled(Message message, Duration delay) {
        return delay.isZero() ? message : Wire.scheduled(message, broker.wallMillis() + delay.toMillis());
    }

    private static Rejected rejected(Map<String, Object> said) {
        Map<Symbol, Object> info = new LinkedHashMap<>();
        said.forEach((name, value) -> info.put(Symbol.valueOf(name), value));
        ErrorCondition error = new ErrorCondition(DEAD_LETTER, null);
        error.setInfo(info);
        Rejected rejected = new Rejected();
        rejected.setError(error);
        return rejected;
    }

    /** Ends a lock: by the link that the message came by, or if that is no more, by the management node. */
    private Future<Void> dispose(Held message, DeliveryState state, String status, Map<String, Object> said) {
        Future<Void> done;
        if (message.life == life && session != null) {
            done = dispose(message, state);
        } else if (isLockedByLink(message)) {
            done = Future.failedFuture(new BusException(BusException.Kind.LOCK_LOST, LOST_WITH_LINK));
        } else {
            Management management = managements.get(message.lane);
            done = management == null
                    ? Future.failedFuture(Links.gone())
                    : management.settle(message.lock, status, said);
        }
        return done.onFailure(failure -> message.isUnsure |= BusException.is(failure, BusException.Kind.UNANSWERED));
    }

    /** The service confirms how a message is settled by settling it, too. */
    private Future<Void> dispose(Held message, DeliveryState state) {
        Promise<Void> settled = Promise.promise();
        ProtonDeliveryImpl delivery = message.delivery;
        EventLoop.Timer timer = loop.schedule(Bus.ANSWER, () -> {
            if (!settled.future().isComplete()) {
                silent("settling a message");
            }
        });
        message.settled = settled;
        delivery.handler(updated -> {
            if (delivery.remotelySettled()) {
                DeliveryState answer = delivery.getRemoteState();
                delivery.settle();
                loop.execute(() -> {
                    BusException refused = refusal(state, answer);
                    if (refused == null) {
                        settled.tryComplete();
                    } else {
                        settled.tryFail(refused);
                    }
                });
            }
        });
        delivery.disposition(state, false);
        return settled.future().onComplete(done -> {
            timer.cancel();
            message.settled = null;
        });
    }

    /** Returns why the service did not settle a message as it was asked to; null when it did. */
    private @Nullable BusException refusal(DeliveryState asked, @Nullable DeliveryState answer) {
        if (answer instanceof Rejected rejected) {
            ErrorCondition error = rejected.getError();
            Symbol condition = error == null ? null : error.getCondition();
            boolean isMeant = asked instanceof Rejected && (condition == null || condition.equals(DEAD_LETTER));
            return isMeant ? null : BusException.of(error, "the message");
        }
        return null;
    }

    private void settleSilently(Held message, Settlement how) {
        settle(message, how)
                .onFailure(failure -> loop.schedule(BURIED_AGAIN, () -> {
                    if (!isClosed && find(message.handle) != null) {
                        settleSilently(message, how);
                    }
                }));
    }

    /** Makes what cannot be work a dead letter. It takes nothing from what was asked for. */
    private void bury(Held message, Refused refused) {
        settle(message, new Settlement.Dead(refused.reason(), refused.detail(), null))
                .onSuccess(done -> tell(told -> told.refused(refused)))
                .onFailure(failure -> loop.schedule(BURIED_AGAIN, () -> {
                    if (!isClosed && find(message.handle) != null) {
                        bury(message, refused);
                    }
                }));
    }

    // ---- what is asked for

    @Override
    public void dequeue(int messages, long bytes) {
        loop.execute(() -> taking.credit(messages, bytes));
    }

    @Override
    public Future<Receipt> enqueue(dev.latido.queue.Message message) {
        if (!binding.lanes().contains(message.lane())) {
            throw new IllegalArgumentException("the queue has no lane " + message.lane());
        }
        for (String name : message.properties().keySet()) {
            if (!MessageFields.isProperty(name)) {
                throw new IllegalArgumentException("a property cannot be called " + name);
            }
        }
        return ask(() -> {
            String tooLarge = Wire.tooLarge(message, binding.maxPayloadBytes());
            if (tooLarge != null) {
                return Future.failedFuture(new BusException(BusException.Kind.TOO_LARGE, tooLarge));
            }
            Duration ttl = binding.isOfResults() ? binding.outcomes() : Duration.ZERO;
            Message written = Wire.written(message, id(message), ttl);
            return heard(send(message.lane(), scheduled(written, message.delay())))
                    .map(new Receipt(false));
        });
    }

    /**
     * Returns what names a message at a queue that drops what comes with an id that it knows: the same for what may be repeated
     * and is the same, and its own for everything else. Null elsewhere, where its key does.
     */
    private @Nullable String id(dev.latido.queue.Message message) {
        if (binding.dedup().isZero()) {
            return null;
        }
        return message.isRepeatable() ? Wire.digest(message) : broker.newName();
    }

    private Future<Void> send(Priority lane, Message message) {
        Sending sending = sendings.get(lane);
        byte[] body = Wire.body(message);
        int bytes = (body == null ? 0 : body.length) + ENVELOPE_BYTES;
        return sending == null ? Future.failedFuture(Links.gone()) : sending.send(message, bytes);
    }

    /** No outcome is kept at Service Bus, so that nobody can say whether the tick before is done. */
    @Override
    public Future<Tick.Fate> tick(Tick tick) {
        return ask(() -> Future.failedFuture(
                new BusException(BusException.Kind.OTHER, "Service Bus keeps no outcomes, and so no ticks")));
    }

    @Override
    public Future<Long> time() {
        return ask(() -> Future.succeededFuture(broker.wallMillis()));
    }

    @Override
    public Future<Optional<Outcome>> find(String key) {
        return ask(() -> Future.succeededFuture(Optional.empty()));
    }

    @Override
    public Future<Depth> depth() {
        return ask(() -> {
            if (binding.isTaken() && managements.isEmpty()) {
                return Future.failedFuture(Links.gone());
            }
            Map<Priority, Long> ready = new EnumMap<>(Priority.class);
            long[] others = new long[2]; // delayed, dead
            List<Future<?>> all = new ArrayList<>();
            managements.forEach((lane, management) ->
                    all.add(management.peek(0, COUNTED).onSuccess(seen -> {
                        long delayed = seen.stream()
                                .filter(ServiceBusQueue::isScheduled)
                                .count();
                        others[0] += delayed;
                        ready.put(lane, seen.size() - delayed);
                    })));
            deadManagements
                    .values()
                    .forEach(management ->
                            all.add(management.peek(0, COUNTED).onSuccess(seen -> others[1] += seen.size())));
            return heard(Future.all(all)).map(counted -> depth(ready, others[0], others[1]));
        });
    }

    private static boolean isScheduled(Message message) {
        return Wire.annotation(message, Wire.STATE) instanceof Number state && state.intValue() == SCHEDULED;
    }

    /** The service shows what is locked with the rest, and nobody whose it is. */
    private Depth depth(Map<Priority, Long> seen, long delayed, long dead) {
        Map<Priority, Long> ready = new EnumMap<>(Priority.class);
        Map<Priority, Long> leased = new EnumMap<>(Priority.class);
        for (Priority lane : binding.lanes()) {
            long mine = held.values().stream()
                    .filter(each -> each.lane == lane && !each.isSettling)
                    .count();
            leased.put(lane, mine);
            ready.put(lane, Math.max(0, seen.getOrDefault(lane, 0L) - mine));
        }
        long mine = leased.values().stream().mapToLong(Long::longValue).sum();
        return new Depth(
                ready, leased, delayed, dead, 0, Map.of(), mine == 0 ? Map.of() : Map.of(process, mine), false);
    }

    @Override
    public Future<DeadLetters> deadLetters(String after, int limit) {
        return ask(() -> {
            int most = Math.max(1, Math.min(MAX_LISTED, limit));
            return deadManagements.isEmpty()
                    ? Future.failedFuture(Links.gone())
                    : heard(graveyard.list(Map.copyOf(deadManagements), after, most));
        });
    }

    @Override
    public Future<Integer> replay(List<String> ids) {
        if (ids.size() > MAX_LISTED) {
            throw new IllegalArgumentException("up to " + MAX_LISTED + " at once, were " + ids.size());
        }
        return ask(() -> heard(replay(ids, 0, 0)));
    }

    /** Replays those of one lane after the other, with so many replayed before. */
    private Future<Integer> replay(List<String> ids, int index, int before) {
        ProtonSession by = session;
        Bus on = bus;
        if (index == binding.lanes().size()) {
            return Future.succeededFuture(before);
        } else if (by == null || on == null) {
            return Future.failedFuture(Links.gone());
        }
        Priority lane = binding.lanes().get(index);
        return graveyard
                .replay(by, on.newLink(), lane, addresses.dead(lane), ids)
                .recover(failure -> before > 0 ? Future.succeededFuture(0) : Future.failedFuture(failure))
                .compose(count -> replay(ids, index + 1, before + count));
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
                    promise.fail(failure instanceof BusException known ? known.meaning() : failure);
                } else {
                    promise.complete(result);
                }
            }));
        });
        return promise.future();
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
        unlink("the queue is closed");
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

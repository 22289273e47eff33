package dev.latido.queue.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
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
import dev.latido.queue.Route;
import dev.latido.queue.Settlement;
import dev.latido.queue.Tick;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A queue at RabbitMQ. Its state is on the broker's loop; calls come from the owner's and are answered there.
 *
 * <p>It is up when there is a connection to submit by, another one to take by if anything is taken, and all that it needs was
 * declared. What was delivered is this process's for as long as the connection lives by which it came.
 */
final class RabbitQueue implements JobQueue {

    private static final String SETTLED_OR_LOST = "it is settled, or the connection that it came by was lost";

    /** How long a message that cannot be work waits until it is tried again to make it a dead letter. */
    private static final Duration BURIED_AGAIN = Duration.ofSeconds(1);

    /** How long nothing is taken from a queue that has a message which is larger than what is read. */
    private static final Duration REMOVED_BY_HAND = Duration.ofSeconds(30);

    private final RabbitBroker broker;
    private final QueueBinding binding;
    private final Topology topology;
    private final String process;
    private final EventLoop owner;
    private final EventLoop loop;
    private final Publishing publishing;
    private final Taking taking;

    private @Nullable Listener listener;
    private @Nullable Line line;
    private @Nullable Link publishingLink;

    /** The connection that messages come by; never there where none are taken. */
    private @Nullable Link takingLink;

    private boolean isUp;
    private boolean isClosed;
    private String why = "RabbitMQ is not connected yet";

    /** Counts preparations: what belongs to one before is over. */
    private int life;

    /** How often it was prepared in vain. */
    private int troubles;

    /** How often the connection was lost, without another message in between, by one that is larger than what is read. */
    private int tooLarge;

    RabbitQueue(
            RabbitBroker broker,
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
        topology = new Topology(binding);
        publishing = new Publishing(topology, loop, nanos);
        taking = new Taking(topology, loop, nanos, broker::newName, new Taking.Told() {
            @Override
            public void arrived(List<Delivery> deliveries) {
                tooLarge = 0;
                tell(told -> told.arrived(deliveries));
            }

            @Override
            public void refused(RabbitHandle handle, Refused refused) {
                bury(handle, refused);
            }

            @Override
            public void leaseLost(Handle handle, String reason) {
                tell(told -> told.leaseLost(handle, reason));
            }

            @Override
            public void failed(Failure reason) {
                giveUp(reason);
            }
        });
    }

    // ---- connections

    @Override
    public void open(Listener told) {
        loop.execute(() -> {
            listener = told;
            broker.add(this);
            if (binding.isTaken() && !isClosed) {
                line = broker.line(binding.name(), new Line.User() {
                    @Override
                    public void connected(Link begun) {
                        takingLink = begun;
                        if (tooLarge < 2) {
                            prepare();
                        } else { // it comes again, and ends the connection again, until somebody has seen to that
                            int mine = life;
                            loop.schedule(REMOVED_BY_HAND, () -> {
                                if (mine == life) {
                                    prepare();
                                }
                            });
                        }
                    }

                    @Override
                    public void disconnected(Failure failure) {
                        takingLink = null;
                        tooLarge += failure.isTooLarge() ? 1 : 0;
                        down(tooLarge < 2 ? failure.why() : tooLarge());
                        taking.end();
                    }
                });
                line.open();
            }
        });
    }

    private String tooLarge() {
        return "a message in " + String.join(" or ", topology.lanes()) + " is larger than the "
                + broker.maxBodyBytes() + " bytes that are read here, and so ends the connection: remove it from"
                + " the head of the queue, as with rabbitmqadmin get ackmode=ack_requeue_false";
    }

    void canPublish(Link begun) {
        publishingLink = begun;
        publishing.begin(begun);
        prepare();
    }

    void cannotPublish(String reason) {
        publishingLink = null;
        publishing.end();
        down(reason);
    }

    /** The connection that messages come by cannot be used as it is. */
    private void giveUp(Failure reason) {
        if (line != null && takingLink != null) {
            line.giveUp(takingLink, reason);
        }
    }

    /** Declares what is needed, and begins. What was taken before by a connection that lives is kept. */
    private void prepare() {
        Link on = binding.isTaken() ? takingLink : publishingLink;
        if (isClosed || publishingLink == null || on == null) {
            return;
        }
        int mine = ++life;
        boolean needsChannel = binding.isTaken() && !taking.hasBegun();
        on.<@Nullable Channel>call(() -> {
                    try (Channel channel = on.connection().createChannel()) {
                        topology.declare(channel);
                    }
                    return needsChannel ? on.connection().createChannel() : null;
                })
                .onComplete((channel, failure) -> {
                    if (mine != life) {
                        return; // a channel that was made ends with its connection, or is not used
                    }
                    if (failure != null) {
                        trouble(Failure.of(failure).why());
                        return;
                    }
                    if (channel != null) {
                        channel.addShutdownListener(ended -> loop.execute(() -> {
                            if (on == takingLink) {
                                giveUp(Failure.of(ended));
                            }
                        }));
                        taking.begin(on, channel);
                    }
                    up();
                });
    }

    private void up() {
        isUp = true;
        why = "";
        troubles = 0;
        tell(Listener::up);
        taking.resume();
    }

    private void down(String reason) {
        life++;
        boolean isNew = isUp || !reason.equals(why);
        isUp = false;
        why = reason;
        taking.suspend();
        if (isNew) {
            tell(told -> told.down(reason));
        }
    }

    /** The server is there, but the queue cannot be used: it is prepared again after a pause. */
    private void trouble(String reason) {
        down(reason);
        int mine = life;
        loop.schedule(broker.pause(troubles++), () -> {
            if (mine == life) {
                prepare();
            }
        });
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
        if (topology.published() != null && !message.delay().isZero()) {
            throw new IllegalArgumentException("an exchange knows no delay");
        }
        return ask(() -> {
            String tooLarge = Wire.tooLarge(message, binding.maxPayloadBytes());
            return tooLarge != null
                    ? Publishing.refuse(Kind.TOO_LARGE, tooLarge)
                    : publish(message.lane(), message.delay(), Wire.properties(message), Wire.body(message))
                            .map(new Receipt(false));
        });
    }

    private Future<Void> publish(Priority lane, Duration delay, BasicProperties properties, byte[] body) {
        Route published = topology.published();
        if (published != null) {
            return publishing.publish(published, properties, body);
        }
        return publishing.publish(topology.lane(lane), Topology.units(delay), properties, body);
    }

    /** Makes what cannot be work a dead letter. It takes nothing from what was asked for. */
    private void bury(RabbitHandle handle, Refused refused) {
        settle(handle, new Settlement.Dead(refused.reason(), refused.detail(), null))
                .onSuccess(done -> tell(told -> told.refused(refused)))
                .onFailure(failure -> loop.schedule(BURIED_AGAIN, () -> {
                    if (taking.find(handle) != null) {
                        bury(handle, refused);
                    }
                }));
    }

    @Override
    public Future<Void> settle(Handle handle, Settlement how) {
        return ask(
                () -> handle instanceof RabbitHandle mine && taking.find(mine) != null
                        ? null
                        : new QueueException(Kind.LEASE_LOST, SETTLED_OR_LOST),
                () -> settle((RabbitHandle) handle, how));
    }

    /** What is published in a message's place is there before the message is not, so that both may be, but never none. */
    private Future<Void> settle(RabbitHandle handle, Settlement how) {
        Taking.Held message = taking.find(handle);
        if (message == null) {
            return Publishing.refuse(Kind.LEASE_LOST, SETTLED_OR_LOST);
        }
        if (how instanceof Settlement.Release) {
            return taking.settle(handle, false);
        }
        Future<Void> replaced = Future.succeededFuture();
        String key = message.wire.key();
        if (how instanceof Settlement.Dead dead) {
            BasicProperties properties = Wire.dead(
                    message.properties,
                    key,
                    message.priority(),
                    dead.reason(),
                    dead.error(),
                    broker.newName(),
                    broker.wallMillis());
            replaced = publishing.publish(topology.dead(), 0, properties, message.body);
        } else if (how instanceof Settlement.Later later) {
            replaced = publish(
                    message.priority(),
                    later.pause(),
                    Wire.later(message.properties, key, message.priority(), later),
                    message.body);
        }
        return replaced.recover(RabbitQueue::again).compose(done -> taking.settle(handle, true));
    }

    /** Whoever settles may do so again, whyever it failed. */
    private static Future<Void> again(Throwable failure) {
        return failure instanceof QueueException known && known.kind() == Kind.UNKNOWN
                ? Future.failedFuture(failure)
                : Publishing.refuse(Kind.UNAVAILABLE, String.valueOf(failure.getMessage()));
    }

    /** No key is kept at RabbitMQ, so that nobody can say which tick came first. */
    @Override
    public Future<Tick.Fate> tick(Tick tick) {
        return ask(() -> Publishing.refuse(Kind.UNAVAILABLE, "RabbitMQ keeps no keys, and so no ticks"));
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
            Link on = takingLink != null ? takingLink : publishingLink;
            Set<Integer> steps = publishing.steps();
            return on == null
                    ? Publishing.refuse(Kind.UNAVAILABLE, why)
                    : answered(on.call(() -> count(on, steps))).map(this::withMine);
        });
    }

    /** RabbitMQ tells nobody who has what. */
    private Depth withMine(Depth told) {
        Map<Priority, Long> leased = taking.leased();
        long mine = leased.values().stream().mapToLong(Long::longValue).sum();
        return new Depth(
                told.ready(),
                leased,
                told.delayed(),
                told.dead(),
                told.newer(),
                told.leftovers(),
                mine == 0 ? Map.of() : Map.of(process, mine),
                false);
    }

    private Depth count(Link on, Set<Integer> steps) throws Exception {
        try (Channel channel = on.connection().createChannel()) {
            Map<Priority, Long> ready = new EnumMap<>(Priority.class);
            for (Priority lane : binding.lanes()) {
                ready.put(lane, channel.messageCount(topology.lane(lane)));
            }
            long delayed = 0;
            for (int step : steps) {
                delayed += channel.messageCount(topology.step(step));
            }
            long dead = binding.isOfResults() ? 0 : channel.messageCount(topology.dead());
            return new Depth(ready, Map.of(), delayed, dead, 0, Map.of(), Map.of(), false);
        }
    }

    /** Says what a failure means to who asked. */
    private static <T> Future<T> answered(Future<T> answer) {
        return answer.recover(cause -> {
            if (cause instanceof QueueException) {
                return Future.failedFuture(cause);
            }
            Failure failure = Failure.of(cause);
            return Publishing.refuse(failure.isOfConnection() ? Kind.UNKNOWN : Kind.UNAVAILABLE, failure.why());
        });
    }

    @Override
    public Future<DeadLetters> deadLetters(String after, int limit) {
        return ask(() -> {
            Link on = takingLink;
            return on == null
                    ? Publishing.refuse(Kind.UNAVAILABLE, why)
                    : answered(on.callAside(() ->
                            new Graveyard(on, topology).list(after, Math.max(1, Math.min(MAX_LISTED, limit)))));
        });
    }

    @Override
    public Future<Integer> replay(List<String> ids) {
        if (ids.size() > MAX_LISTED) {
            throw new IllegalArgumentException("up to " + MAX_LISTED + " at once, were " + ids.size());
        }
        return ask(() -> {
            Link on = takingLink;
            return on == null
                    ? Publishing.refuse(Kind.UNAVAILABLE, why)
                    : answered(on.callAside(() -> new Graveyard(on, topology)
                            .replay(
                                    Set.copyOf(ids),
                                    (lane, properties, body) ->
                                            onLoop(() -> publish(lane, Duration.ZERO, properties, body)))));
        });
    }

    private Future<Void> onLoop(Question<Void> question) {
        Promise<Void> promise = Promise.promise();
        loop.execute(() -> question.put().onComplete(promise));
        return promise.future();
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
                answer = Publishing.refuse(Kind.UNAVAILABLE, isClosed ? "the queue is closed" : why);
            } else {
                answer = question.put();
            }
            answer.onComplete((result, failure) -> owner.execute(() -> {
                if (failure != null) {
                    promise.fail(failure);
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
    Future<Void> end() {
        isClosed = true;
        isUp = false;
        life++;
        broker.remove(this);
        taking.end();
        publishing.end();
        Line ended = line;
        line = null;
        return ended == null ? Future.succeededFuture() : ended.close();
    }

    @Override
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        loop.execute(() -> end().onComplete(done -> owner.execute(closed::complete)));
        return closed.future();
    }
}

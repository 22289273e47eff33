package dev.latido.queue.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import dev.latido.job.Priority;
import dev.latido.loop.EventLoop;
import dev.latido.queue.Delivery;
import dev.latido.queue.Handle;
import dev.latido.queue.JobQueue.Refused;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueException;
import dev.latido.queue.QueueException.Kind;
import dev.latido.room.WaitingRoom;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes as much as was asked for. RabbitMQ knows no credit: it delivers to a consumer until so many of its messages are not
 * settled, a number that is fixed when the consumer begins, so that each settlement has it deliver one more. What it may deliver
 * to the consumers here, the <em>window</em>, is therefore kept to what was asked for: before a settlement that would open it
 * wider, the consumer is cancelled, and where it is too narrow for a while, another one takes its place.
 *
 * <p>Usually neither is needed: whoever has done with a message asks for another and then settles it.
 *
 * <p>With several lanes it is counted first what each of them has, so that the most urgent comes first. What is delivered beyond
 * what was asked for waits here for a moment, and then goes back. All is on the broker's loop.
 */
final class Taking {

    /** In which a settlement follows that opens the window by itself. */
    private static final Duration SETTLED_SOON = Duration.ofMillis(20);

    /** How long what was not asked for waits here. */
    private static final Duration KEPT_FOR = Duration.ofSeconds(1);

    /** How long what was counted may take to come, unless others took it. */
    private static final Duration COMES_WITHIN = Duration.ofSeconds(1);

    /** AMQP knows no wider one. */
    private static final int MAX_WINDOW = 65_535;

    /** How often it is looked for what is held for too long, at most. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(10);

    private static final String LOST = "the connection that it came by was lost, and RabbitMQ gives it to others";

    private final QueueBinding binding;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final Supplier<String> newName;
    private final Told told;
    private final List<Lane> lanes = new ArrayList<>();
    private final Map<RabbitHandle, Held> held = new LinkedHashMap<>();

    private @Nullable Link link;
    private @Nullable Channel channel;

    /** Counts channels: what belongs to one before is over. */
    private int life;

    private int credit;
    private long creditBytes;

    /** Whether nothing came since credit was given: then one message may have more bytes. */
    private boolean isFresh;

    /** Whether the next message has more bytes than are asked for. */
    private boolean isBlocked;

    /** Whether nothing may come, whatever was asked for. */
    private boolean isSuspended;

    /** How many bytes payloads have at most, as they come: the largest, which is forgotten by and by. */
    private double typicalBytes;

    /** Whether consumers are begun or ended just now. */
    private boolean isBusy;

    /** The lanes of what was counted and did not come yet, in the order in which it is delivered. */
    private final ArrayDeque<Integer> plan = new ArrayDeque<>();

    private final int[] passed;
    private long nextConsumer;
    private EventLoop.@Nullable Timer narrowTimer;
    private boolean isTooNarrow;
    private EventLoop.@Nullable Timer keptTimer;
    private EventLoop.@Nullable Timer planTimer;
    private List<Settled> settled = new ArrayList<>();
    private List<Settled> confirming = List.of();

    /** What comes of it. */
    interface Told {

        void arrived(List<Delivery> deliveries);

        /** A message cannot be work. It is still held. */
        void refused(RabbitHandle handle, Refused refused);

        void leaseLost(Handle handle, String why);

        /** The channel cannot be used any more. */
        void failed(Failure why);
    }

    private static final class Lane {
        private final Priority priority;
        private final String queue;
        private final ArrayDeque<RabbitHandle> waiting = new ArrayDeque<>();
        private @Nullable Subscription current;

        Lane(Priority priority, String queue) {
            this.priority = priority;
            this.queue = queue;
        }

        /** Returns how many messages RabbitMQ may deliver now. */
        int window() {
            return current == null ? 0 : Math.max(0, current.prefetch - current.unsettled);
        }
    }

    /** A consumer. */
    private static final class Subscription {
        private final String tag;
        private final int prefetch;
        private int unsettled;

        Subscription(String tag, int prefetch) {
            this.tag = tag;
            this.prefetch = prefetch;
        }
    }

    /** A message that was delivered and is not settled. */
    static final class Held {
        private final Lane lane;
        private final Subscription by;
        final Wire wire;
        final BasicProperties properties;
        final byte[] body;
        private final long sinceNanos;
        private boolean isDelivered;
        private boolean isSettling;

        Held(Lane lane, Subscription by, Wire wire, BasicProperties properties, byte[] body, long sinceNanos) {
            this.lane = lane;
            this.sinceNanos = sinceNanos;
            this.by = by;
            this.wire = wire;
            this.properties = properties;
            this.body = body;
        }

        Priority priority() {
            return lane.priority;
        }
    }

    private record Settled(RabbitHandle handle, Promise<Void> promise) {}

    Taking(Topology topology, EventLoop loop, LongSupplier nanos, Supplier<String> newName, Told told) {
        binding = topology.binding();
        this.nanos = nanos;
        this.loop = loop;
        this.newName = newName;
        this.told = told;
        for (Priority priority : binding.lanes()) {
            lanes.add(new Lane(priority, topology.lane(priority)));
        }
        passed = new int[lanes.size()];
        typicalBytes = binding.maxPayloadBytes();
    }

    /** There is a channel. */
    void begin(Link begun, Channel on) {
        link = begun;
        channel = on;
        take();
        look(life);
    }

    /** What is held for too long goes back, or RabbitMQ would end the channel, and all that came by it. */
    private void look(int mine) {
        Duration tenth = binding.maxHold().dividedBy(10);
        loop.schedule(tenth.compareTo(LONGEST_LOOK) < 0 ? tenth : LONGEST_LOOK, () -> {
            if (mine != life) {
                return;
            }
            long oldest = nanos.getAsLong() - binding.maxHold().toNanos();
            List<RabbitHandle> late = held.entrySet().stream()
                    .filter(each -> each.getValue().isDelivered && !each.getValue().isSettling)
                    .filter(each -> each.getValue().sinceNanos - oldest <= 0)
                    .map(Map.Entry::getKey)
                    .toList();
            for (RabbitHandle handle : late) {
                settle(handle, false).onFailure(lost -> {}); // RabbitMQ gives it to others then, too
                told.leaseLost(handle, "it was here for " + binding.maxHold() + " (maxHold)");
            }
            look(mine);
        });
    }

    boolean hasBegun() {
        return channel != null;
    }

    /** There is none any more: RabbitMQ gives to others what came by it. What was asked for stays so. */
    void end() {
        life++;
        link = null;
        channel = null;
        isBusy = false;
        plan.clear();
        cancel(narrowTimer, keptTimer, planTimer);
        narrowTimer = null;
        keptTimer = null;
        planTimer = null;
        isTooNarrow = false;
        for (Lane lane : lanes) {
            lane.waiting.clear();
            lane.current = null;
        }
        List<Settled> unsure = new ArrayList<>(confirming);
        unsure.addAll(settled);
        confirming = List.of();
        settled = new ArrayList<>();
        unsure.forEach(each -> each.promise.fail(new QueueException(Kind.UNKNOWN, "the connection was lost")));
        List<RabbitHandle> lost = held.entrySet().stream()
                .filter(each -> each.getValue().isDelivered)
                .map(Map.Entry::getKey)
                .toList();
        held.clear();
        lost.forEach(handle -> told.leaseLost(handle, LOST));
    }

    private static void cancel(EventLoop.@Nullable Timer... timers) {
        for (EventLoop.Timer timer : timers) {
            if (timer != null) {
                timer.cancel();
            }
        }
    }

    /** Has nothing come until {@link #resume}. */
    void suspend() {
        isSuspended = true;
        take();
    }

    void resume() {
        isSuspended = false;
        take();
    }

    void credit(int messages, long bytes) {
        credit = messages;
        creditBytes = bytes;
        isFresh = true;
        isBlocked = false;
        take();
    }

    /** Returns what is held by a handle, unless it is being settled; null for nothing. */
    @Nullable Held find(RabbitHandle handle) {
        Held found = held.get(handle);
        return found == null || found.isSettling ? null : found;
    }

    /** Returns how many are held that were delivered, by lane. */
    Map<Priority, Long> leased() {
        Map<Priority, Long> leased = new EnumMap<>(Priority.class);
        lanes.forEach(lane -> leased.put(lane.priority, 0L));
        held.values().stream()
                .filter(each -> each.isDelivered && !each.isSettling)
                .forEach(each -> leased.merge(each.lane.priority, 1L, Long::sum));
        return leased;
    }

    // ---- taking

    private boolean wants() {
        return credit > 0 && creditBytes > 0 && !isBlocked && !isSuspended;
    }

    /** Returns how many may come, those that wait here included, without more bytes than are asked for. */
    private int wanted() {
        long byBytes = Math.max(1, (long) (creditBytes / Math.max(1, typicalBytes)));
        return (int) Math.min(Math.min(credit, MAX_WINDOW), byBytes);
    }

    private int waiting() {
        return lanes.stream().mapToInt(lane -> lane.waiting.size()).sum();
    }

    /** Delivers what is here, and sees to it that what is asked for can come. */
    private void take() {
        if (channel == null) {
            return;
        }
        deliver();
        if (isBusy) {
            return;
        }
        if (!wants()) {
            stop();
        } else if (lanes.size() == 1) {
            takeFromOne(lanes.get(0));
        } else {
            takeFromAll();
        }
    }

    private void deliver() {
        List<Delivery> deliveries = new ArrayList<>();
        while (wants()) {
            Lane lane = next();
            if (lane == null) {
                break;
            }
            RabbitHandle handle = lane.waiting.element();
            Held message = held.get(handle);
            if (message == null) {
                throw new IllegalStateException("what waits is held");
            }
            if (!isFresh && message.wire.payloadBytes() > creditBytes) {
                isBlocked = true;
                break;
            }
            lane.waiting.remove();
            plan.poll();
            isFresh = false;
            credit--;
            creditBytes = Math.max(0, creditBytes - message.wire.payloadBytes());
            message.isDelivered = true;
            deliveries.add(message.wire.delivery(handle, lane.priority));
        }
        if (!deliveries.isEmpty()) {
            told.arrived(deliveries);
        }
    }

    /** Returns the lane of what is delivered next; null while there is nothing. */
    private @Nullable Lane next() {
        Integer planned = plan.peek();
        if (planned != null) {
            Lane lane = lanes.get(planned);
            return lane.waiting.isEmpty() ? null : lane;
        }
        int[] counts = lanes.stream().mapToInt(lane -> lane.waiting.size()).toArray();
        int index = choose(counts);
        return index < 0 ? null : lanes.get(index);
    }

    /** Chooses the lane of the next message where there are so many in each; less than 0 when there are none. */
    private int choose(int[] counts) {
        int chosen = -1;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0
                    && (chosen < 0 || (passed[i] >= WaitingRoom.PASSES && passed[chosen] < WaitingRoom.PASSES))) {
                chosen = i;
            }
        }
        if (chosen >= 0) {
            passed[chosen] = 0;
            for (int i = chosen + 1; i < counts.length; i++) {
                passed[i] += counts[i] > 0 ? 1 : 0;
            }
        }
        return chosen;
    }

    private void takeFromOne(Lane lane) {
        int missing = wanted() - lane.waiting.size() - lane.window();
        if (missing <= 0) {
            cancel(narrowTimer);
            narrowTimer = null;
            isTooNarrow = false;
        } else if (isNarrowForAWhile()) {
            begin(cancelConsumers(List.of(lane)), ignored -> {
                int now = wants() ? wanted() - lane.waiting.size() : 0;
                return now <= 0 ? Future.succeededFuture() : subscribe(Map.of(lane, now));
            });
        }
    }

    /** Tells whether it is not only until a settlement that follows. */
    private boolean isNarrowForAWhile() {
        if (held.isEmpty() || isTooNarrow) {
            isTooNarrow = false;
            return true;
        }
        if (narrowTimer == null) {
            narrowTimer = loop.schedule(SETTLED_SOON, () -> {
                narrowTimer = null;
                isTooNarrow = true;
                take();
            });
        }
        return false;
    }

    /** Counts what the lanes have, and takes of it in order; where that is not enough, what comes from now on. */
    private void takeFromAll() {
        boolean isListening = lanes.stream().allMatch(lane -> lane.window() > 0);
        if (!plan.isEmpty() || isListening || !isNarrowForAWhile()) {
            return;
        }
        List<String> tags = forget(lanes);
        begin(
                call(on -> {
                    unsubscribe(on, tags);
                    int[] counts = new int[lanes.size()];
                    for (int i = 0; i < counts.length; i++) {
                        counts[i] = (int) Math.min(Integer.MAX_VALUE, on.messageCount(lanes.get(i).queue));
                    }
                    return counts;
                }),
                counts -> {
                    int now = wants() ? wanted() - waiting() : 0;
                    Map<Lane, Integer> windows = new LinkedHashMap<>();
                    int planned = 0;
                    for (int index = 0; planned < now; planned++) {
                        index = choose(counts);
                        if (index < 0) {
                            break;
                        }
                        counts[index]--;
                        plan.add(index);
                        windows.merge(lanes.get(index), 1, Integer::sum);
                    }
                    if (planned < now) {
                        lanes.forEach(lane -> windows.put(lane, now));
                    }
                    return windows.isEmpty()
                            ? Future.succeededFuture()
                            : subscribe(windows).onSuccess(done -> planLater());
                });
    }

    private void planLater() {
        cancel(planTimer);
        planTimer = loop.schedule(COMES_WITHIN, () -> {
            planTimer = null;
            plan.clear();
            take();
        });
    }

    private interface OnChannel<T> {
        T call(Channel channel) throws Exception;
    }

    private interface RunOnChannel {
        void run(Channel channel) throws Exception;
    }

    /** Calls on the connection's thread. */
    private <T> Future<T> call(OnChannel<T> call) {
        Link now = link;
        Channel on = channel;
        return now == null || on == null
                ? Publishing.refuse(Kind.UNAVAILABLE, "RabbitMQ is not connected")
                : now.call(() -> call.call(on));
    }

    private Future<Void> run(RunOnChannel call) {
        return call(on -> {
                    call.run(on);
                    return true;
                })
                .mapEmpty();
    }

    private interface Then<T> {
        Future<?> then(T result);
    }

    /** Nothing else is begun or ended until both are done. */
    private <T> void begin(Future<T> first, Then<T> then) {
        int mine = life;
        isBusy = true;
        first.compose(result -> mine == life ? then.then(result) : Future.succeededFuture())
                .onComplete((done, failure) -> {
                    if (mine != life) {
                        return;
                    }
                    isBusy = false;
                    if (failure != null) {
                        told.failed(Failure.of(failure));
                    } else {
                        take();
                    }
                });
    }

    /** Ends the consumers of these lanes; to be called on the connection's thread, when the loop knows of it. */
    private static void unsubscribe(Channel on, List<String> tags) throws IOException {
        for (String tag : tags) {
            on.basicCancel(tag);
        }
    }

    private Future<Void> subscribe(Map<Lane, Integer> windows) {
        int mine = life;
        Map<Lane, Subscription> all = new LinkedHashMap<>();
        windows.forEach((lane, window) -> {
            Subscription subscription = new Subscription(lane.priority.wireName() + "-" + nextConsumer++, window);
            all.put(lane, subscription);
            lane.current = subscription;
        });
        return run(on -> {
            for (Map.Entry<Lane, Subscription> each : all.entrySet()) {
                Lane lane = each.getKey();
                Subscription subscription = each.getValue();
                on.basicQos(subscription.prefetch);
                on.basicConsume(lane.queue, false, subscription.tag, new DefaultConsumer(on) {
                    @Override
                    public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body) {
                        loop.execute(() -> {
                            if (mine == life) {
                                arrived(lane, subscription, envelope.getDeliveryTag(), properties, body);
                            }
                        });
                    }

                    @Override
                    public void handleCancel(String tag) {
                        loop.execute(() -> {
                            if (mine == life) {
                                told.failed(new Failure(
                                        true,
                                        false,
                                        "RabbitMQ ended the delivery of " + lane.queue
                                                + ", as it does when a queue is deleted or its node goes away"));
                            }
                        });
                    }
                });
            }
        });
    }

    private void arrived(Lane lane, Subscription by, long tag, BasicProperties properties, byte[] body) {
        RabbitHandle handle = new RabbitHandle(life, tag);
        Wire wire = Wire.of(properties, body, binding.maxPayloadBytes(), newName);
        by.unsettled++;
        held.put(handle, new Held(lane, by, wire, properties, body, nanos.getAsLong()));
        typicalBytes = Math.max(wire.payloadBytes(), typicalBytes * 0.99);
        if (wire.refusal() == null) {
            lane.waiting.add(handle);
        } else {
            plan.removeFirstOccurrence(lanes.indexOf(lane));
            told.refused(handle, wire.refusal());
        }
        take();
    }

    // ---- giving back

    /** Nothing is wanted: nothing more may come, and what came is for others, after a moment. */
    private void stop() {
        List<Lane> open = lanes.stream().filter(lane -> lane.window() > 0).toList();
        boolean isTakenBack = (credit == 0 && isFresh) || isSuspended;
        if (!open.isEmpty()) {
            begin(cancelConsumers(open), ignored -> Future.succeededFuture());
        } else if (waiting() > 0 && isTakenBack) {
            giveBackWaiting();
        } else if (waiting() > 0 && keptTimer == null) {
            keptTimer = loop.schedule(KEPT_FOR, () -> {
                keptTimer = null;
                if (!wants()) {
                    giveBackWaiting();
                }
            });
        }
    }

    private Future<Void> cancelConsumers(List<Lane> of) {
        List<String> tags = forget(of);
        return run(on -> unsubscribe(on, tags));
    }

    /** The loop counts on nothing from these consumers any more; what is on its way comes nonetheless. */
    private static List<String> forget(List<Lane> of) {
        List<String> tags = new ArrayList<>();
        for (Lane lane : of) {
            if (lane.current != null) {
                tags.add(lane.current.tag);
                lane.current = null;
            }
        }
        return tags;
    }

    private void giveBackWaiting() {
        for (Lane lane : lanes) {
            while (!lane.waiting.isEmpty()) {
                RabbitHandle handle = lane.waiting.remove();
                settle(handle, false).onFailure(lost -> {}); // RabbitMQ gives it to others then, too
            }
        }
    }

    // ---- settling

    /**
     * Ends the lease of a message, which is held: it is done, or goes back.
     *
     * @return completes when RabbitMQ has heard of it, as it confirms no acknowledgement: when it answered something asked after it
     */
    Future<Void> settle(RabbitHandle handle, boolean isDone) {
        Held message = held.get(handle);
        if (message == null) {
            return Publishing.refuse(Kind.LEASE_LOST, LOST);
        }
        Lane lane = message.lane;
        boolean opens = lane.current == message.by;
        int most = wants() ? wanted() - waiting() : 0;
        if (opens && (lanes.size() > 1 || lane.window() + 1 > most)) {
            cancelConsumers(List.of(lane)).onFailure(failure -> {}); // the next call tells
        }
        message.isSettling = true;
        message.by.unsettled--;
        run(on -> {
                    if (isDone) {
                        on.basicAck(handle.tag(), false);
                    } else {
                        on.basicNack(handle.tag(), false, true);
                    }
                })
                .onFailure(failure -> {}); // the same
        Settled each = new Settled(handle, Promise.promise());
        settled.add(each);
        confirm();
        return each.promise.future();
    }

    private void confirm() {
        if (!confirming.isEmpty() || settled.isEmpty()) {
            return;
        }
        int mine = life;
        confirming = settled;
        settled = new ArrayList<>();
        // on the same channel, and by way of the queue's leader, as the settlements are
        call(on -> on.messageCount(lanes.get(0).queue)).onComplete((count, failure) -> {
            if (mine != life) {
                return;
            }
            if (failure != null) {
                told.failed(Failure.of(failure));
                return;
            }
            List<Settled> done = confirming;
            confirming = List.of();
            done.forEach(each -> {
                held.remove(each.handle);
                each.promise.complete();
            });
            confirm();
            take();
        });
    }
}

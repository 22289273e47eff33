package dev.latido.queue.redis;

import dev.latido.loop.EventLoop;
import dev.latido.queue.DeadLetter;
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
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A queue at Redis. Its state is on the broker's loop; calls come from the owner's and are answered there.
 *
 * <p>With each connection it is prepared anew: what it needs is made or found, then what it has is renewed, then what is
 * pending in its name and not known here is listed: had before a restart, or on its way when the connection was lost. Others'
 * entries are taken over no sooner than a lease after that, so that they can do the same.
 */
final class RedisQueue implements JobQueue {

    /** What a process is called that nobody is: it has what was given back. */
    private static final String FREE = "<free>";

    private static final int RENEWED_AT_ONCE = 250;

    /** How many bytes of each field of a dead letter are listed. */
    private static final int MAX_LISTED_BYTES = 4_096;

    private static final Duration LONGEST_TICK = Duration.ofSeconds(10);
    private static final String LOST = "its lease was over, and another process has it";

    private final RedisBroker broker;
    private final QueueBinding binding;
    private final Keys keys;
    private final String process;
    private final EventLoop owner;
    private final EventLoop loop;
    private final Leases leases;
    private final Publishing publishing;
    private final Settling settling;
    private final Counting counting;
    private final Taking taking;
    private final Combiner<Message> enqueued;
    private final Combiner<Settling.End> settled;

    private @Nullable Listener listener;
    private RedisBroker.@Nullable Session session;

    /** Whether the queue can be used; never without a session. */
    private boolean isUp;

    private boolean wasUp;
    private boolean isClosed;
    private String why = "Redis is not connected yet";

    /** Counts preparations: what belongs to one before is over. */
    private int life;

    /** How often it was prepared in vain, or failed at once. */
    private int troubles;

    /** How many entries of each lane are no work. */
    private List<Long> skipped = List.of();

    RedisQueue(
            RedisBroker broker,
            QueueBinding binding,
            String process,
            EventLoop owner,
            EventLoop loop,
            LongSupplier nanos,
            int version) {
        if (process.isEmpty() || process.equals(FREE)) {
            throw new IllegalArgumentException("a process needs a name of its own");
        }
        this.broker = broker;
        this.binding = binding;
        this.process = process;
        this.owner = owner;
        this.loop = loop;
        keys = Keys.of(binding.name(), binding.lanes());
        leases = new Leases(keys.lanes().size());
        publishing = new Publishing(binding, keys);
        settling = new Settling(binding, keys, process);
        counting = new Counting(binding, keys);
        enqueued = new Combiner<>(
                loop,
                messages -> callForAll(
                        RedisBroker.Session::publishing,
                        Script.PUBLISH,
                        publishing.keys(messages),
                        publishing.arguments(messages, notWork())));
        settled = new Combiner<>(
                loop,
                ends -> callForAll(
                        RedisBroker.Session::commands, Script.SETTLE, settling.keys(ends), settling.arguments(ends)));
        taking = new Taking(binding, keys, process, loop, nanos, leases, settling, version, new Taking.Told() {
            @Override
            public void asks() {
                settled.callNow();
            }

            @Override
            public void arrived(List<Delivery> deliveries) {
                tell(told -> told.arrived(deliveries));
            }

            @Override
            public void refused(Refused refused) {
                tell(told -> told.refused(refused));
            }

            @Override
            public void works() {
                troubles = 0;
            }

            @Override
            public void failed(Throwable cause) {
                react(Failure.of(cause));
            }
        });
    }

    /** Returns the names of what changes when there may be something to take. */
    List<String> waking() {
        return binding.isTaken() ? keys.waking() : List.of();
    }

    Duration lease() {
        return binding.lease();
    }

    /** There may be something to take. */
    void ring() {
        taking.ring();
    }

    // ---- connections

    @Override
    public void open(Listener told) {
        loop.execute(() -> {
            listener = told;
            broker.add(this);
        });
    }

    /** There are connections. */
    void connected(RedisBroker.Session begun) {
        session = begun;
        prepare();
    }

    /** There are none any more, or none yet. */
    void disconnected(String reason) {
        session = null;
        down(reason);
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

    private void prepare() {
        RedisBroker.Session now = session;
        if (now == null || isClosed) {
            return;
        }
        int mine = ++life;
        String problem = now.facts().problem(binding.isDurable());
        if (problem != null) {
            trouble(problem);
            return;
        }
        List<String> all = new ArrayList<>(List.of(keys.delayed(), keys.dead(), keys.skipped(), keys.probe()));
        all.addAll(keys.lanes());
        now.commands()
                .run(Script.PREPARE, all, List.of(binding.group(), existing()))
                .compose(answer -> prepared(now, Objects.requireNonNull(answer)))
                .onComplete((refusal, failure) -> {
                    if (mine != life) {
                        return;
                    }
                    if (failure != null) {
                        react(Failure.of(failure));
                    } else if (refusal.isPresent()) {
                        trouble(refusal.get());
                    } else {
                        up(mine, now);
                    }
                });
    }

    /** What was this group's is its work, also when the stream was removed and somebody added to it since. */
    private String existing() {
        if (wasUp) {
            return "take";
        }
        return switch (binding.existing()) {
            case TAKE -> "take";
            case SKIP -> "skip";
            case ASK -> "ask";
        };
    }

    /** Goes on, and completes with what stands in the way, if anything does. */
    private Future<Optional<String>> prepared(RedisBroker.Session now, Response answer) {
        switch (Link.text(answer, 0)) {
            case "wrong" -> {
                return Future.succeededFuture(Optional.of("the key " + Link.text(answer, 1) + " is a "
                        + Link.text(answer, 2) + " at Redis, and has to be a " + Link.text(answer, 3)
                        + " or not there"));
            }
            case "ask" -> {
                return Future.succeededFuture(Optional.of("the stream " + keys.name() + " has "
                        + Link.text(answer, 1) + " entries, and was never used by the group " + binding.group()
                        + "; say existing: take if they are work, or existing: skip if not"));
            }
            default -> {
                List<Long> counts = new ArrayList<>();
                for (int i = 1; i < answer.size(); i++) {
                    counts.add(Link.number(answer, i));
                }
                skipped = counts;
                if (!binding.isTaken()) {
                    return Future.succeededFuture(Optional.empty());
                }
                return renew(now).compose(ignored -> listOwn(now, 0, "-")).map(Optional.empty());
            }
        }
    }

    private void up(int mine, RedisBroker.Session now) {
        isUp = true;
        wasUp = true;
        why = "";
        tell(Listener::up);
        tick(mine, broker.jittered(tickPeriod()));
        taking.begin(now);
    }

    private Duration tickPeriod() {
        Duration third = binding.lease().dividedBy(3);
        return third.compareTo(LONGEST_TICK) < 0 ? third : LONGEST_TICK;
    }

    private void tick(int mine, Duration delay) {
        loop.schedule(delay, () -> {
            RedisBroker.Session now = session;
            if (mine != life || now == null) {
                return;
            }
            renew(now).onFailure(failure -> {
                if (mine == life) {
                    react(Failure.of(failure));
                }
            });
            taking.look();
            tick(mine, tickPeriod());
        });
    }

    /** Something was asked in vain. */
    private void react(Failure failure) {
        if (isClosed || session == null) {
            return;
        }
        switch (failure.kind()) {
            case SERVER -> broker.lost(failure.why());
            case QUEUE, NO_MEMORY -> trouble(failure.why());
            case NO_SCRIPT, CONNECTION -> {} // it was handed over; the link tells
        }
    }

    // ---- leases

    private Future<Void> renew(RedisBroker.Session now) {
        List<Future<?>> all = new ArrayList<>();
        for (int lane = 0; lane < keys.lanes().size(); lane++) {
            List<RedisHandle> held = leases.ofLane(lane);
            for (int from = 0; from < held.size(); from += RENEWED_AT_ONCE) {
                all.add(renew(now, lane, held.subList(from, Math.min(held.size(), from + RENEWED_AT_ONCE))));
            }
        }
        return all.isEmpty() ? Future.succeededFuture() : Future.all(all).mapEmpty();
    }

    private Future<Void> renew(RedisBroker.Session now, int lane, List<RedisHandle> held) {
        List<Object> arguments = new ArrayList<>(List.of(binding.group(), process));
        for (RedisHandle handle : held) {
            arguments.add(handle.id());
            arguments.add(handle.deliveries());
        }
        return now.commands()
                .run(Script.RENEW, List.of(keys.lanes().get(lane)), arguments)
                .map(answer -> {
                    for (Response lost : Objects.requireNonNull(answer)) {
                        RedisHandle handle = held.get((int) Link.number(lost, 0) - 1);
                        if (!leases.isUnsure(handle)) { // else the settlement may be done: its repetition finds out
                            lose(handle);
                        }
                    }
                    return null;
                });
    }

    private void lose(RedisHandle handle) {
        if (leases.remove(handle)) {
            tell(told -> told.leaseLost(handle, LOST));
        }
    }

    private Future<Void> listOwn(RedisBroker.Session now, int lane, String after) {
        if (lane == keys.lanes().size()) {
            return Future.succeededFuture();
        }
        if (after.equals("-")) {
            leases.forgetOwn(lane);
        }
        return now.commands()
                .run(Script.OWN, List.of(keys.lanes().get(lane)), List.of(binding.group(), process, after))
                .compose(answer -> {
                    Response own = Objects.requireNonNull(answer);
                    String last = "";
                    for (int i = 0; i + 1 < own.size(); i += 2) {
                        last = Link.text(own, i);
                        leases.foundOwn(lane, last, (int) Link.number(own, i + 1));
                    }
                    return last.isEmpty() ? listOwn(now, lane + 1, "-") : listOwn(now, lane, "(" + last);
                });
    }

    // ---- what is asked for

    @Override
    public void dequeue(int messages, long bytes) {
        loop.execute(() -> taking.credit(messages, bytes));
    }

    @Override
    public Future<Receipt> enqueue(Message message) {
        publishing.check(message);
        return ask(now -> {
            Publishing.Size size = Publishing.size(message);
            String tooLarge = publishing.tooLarge(message, size);
            if (tooLarge != null) {
                return refuse(Kind.TOO_LARGE, tooLarge);
            }
            return enqueued.ask(message.key(), size.payload() + size.others(), message, false)
                    .compose(answer -> switch (answer.toString()) {
                        case "new" -> Future.succeededFuture(new Receipt(false));
                        case "same" -> Future.succeededFuture(new Receipt(true));
                        case "other" -> Future.succeededFuture(new Receipt(true, false));
                        default -> refuse(Kind.FULL, full());
                    });
        });
    }

    @Override
    public Future<Tick.Fate> tick(Tick tick) {
        return ask(
                now -> call(now.publishing(), Script.TICK, publishing.keys(tick), publishing.arguments(tick, notWork()))
                        .map(answer -> switch (answer.toString()) {
                            case "new" -> Tick.Fate.TAKEN;
                            case "known" -> Tick.Fate.KNOWN;
                            case "busy" -> Tick.Fate.BUSY;
                            case "full" -> Tick.Fate.FULL;
                            default -> Tick.Fate.EARLY;
                        }));
    }

    @Override
    public Future<Long> time() {
        return ask(now -> answered(now.commands().send(Request.cmd(Command.TIME)))
                .map(answer -> {
                    Response time = Objects.requireNonNull(answer);
                    return Link.number(time, 0) * 1_000 + Link.number(time, 1) / 1_000;
                }));
    }

    @Override
    public Future<Void> settle(Handle handle, Settlement how) {
        return ask(
                () -> handle instanceof RedisHandle mine && leases.has(mine)
                        ? null
                        : new QueueException(Kind.LEASE_LOST, "it is settled, or its lease is lost"),
                now -> settle((RedisHandle) handle, how));
    }

    private Future<Void> settle(RedisHandle handle, Settlement how) {
        Settling.End end = new Settling.End(handle, leases.key(handle), how);
        return settled.ask(handle.lane() + " " + handle.id(), end.bytes(), end, how instanceof Settlement.Ack)
                .compose(answer -> {
                    String state = answer.toString();
                    if (state.equals("done") || (state.equals("gone") && leases.isUnsure(handle))) {
                        leases.remove(handle);
                        return Future.<Void>succeededFuture();
                    }
                    lose(handle);
                    return RedisQueue.<Void>refuse(Kind.LEASE_LOST, LOST);
                })
                .onFailure(failure -> {
                    if (failure instanceof QueueException refused && refused.kind() == Kind.UNKNOWN) {
                        leases.unsure(handle);
                    }
                });
    }

    @Override
    public Future<Optional<Outcome>> find(String key) {
        return ask(now -> answered(now.commands().send(Request.cmd(Command.GET).arg(keys.outcome(key))))
                .map(answer -> answer == null ? Optional.empty() : Settling.outcome(answer.toString())));
    }

    @Override
    public Future<Depth> depth() {
        return ask(now -> call(now.commands(), Script.DEPTH, counting.all(), counting.arguments())
                .map(answer -> counting.depth(answer, skipped)));
    }

    @Override
    public Future<DeadLetters> deadLetters(String after, int limit) {
        return ask(now -> call(
                        now.commands(),
                        Script.DEAD,
                        List.of(keys.dead()),
                        List.of(
                                after.isEmpty() ? "-" : "(" + after,
                                Math.max(1, Math.min(MAX_LISTED, limit)),
                                MAX_LISTED_BYTES))
                .map(answer -> {
                    List<DeadLetter> letters = new ArrayList<>();
                    for (Response each : Objects.requireNonNull(answer.get(2))) {
                        letters.add(Entry.dead(
                                Link.text(each, 0), (int) Link.number(each, 1), Objects.requireNonNull(each.get(2))));
                    }
                    return new DeadLetters(letters, Link.number(answer, 0), Link.number(answer, 1));
                }));
    }

    @Override
    public Future<Integer> replay(List<String> ids) {
        if (ids.size() > MAX_LISTED) {
            throw new IllegalArgumentException("up to " + MAX_LISTED + " at once, were " + ids.size());
        }
        return ask(now -> {
            List<String> all = new ArrayList<>(List.of(keys.name(), keys.delayed(), keys.dead()));
            all.addAll(keys.lanes());
            List<Object> arguments = new ArrayList<>(List.of(
                    binding.capacity(),
                    notWork(),
                    Settling.QUEUED,
                    Math.max(1, binding.dedup().toMillis())));
            arguments.addAll(ids);
            return call(now.commands(), Script.REPLAY, all, arguments).compose(answer -> {
                int replayed = (int) Link.number(answer, 0);
                return replayed == 0 && Link.number(answer, 1) > 0
                        ? refuse(Kind.FULL, full())
                        : Future.succeededFuture(replayed);
            });
        });
    }

    private long notWork() {
        return skipped.stream().mapToLong(Long::longValue).sum();
    }

    private String full() {
        return "the queue " + keys.name() + " has " + binding.capacity() + " messages";
    }

    private interface Question<T> {
        Future<T> put(RedisBroker.Session session);
    }

    private <T> Future<T> ask(Question<T> question) {
        return ask(() -> null, question);
    }

    /** Asks on the broker's loop, and answers on the owner's. */
    private <T> Future<T> ask(Supplier<@Nullable QueueException> objection, Question<T> question) {
        Promise<T> promise = Promise.promise();
        loop.execute(() -> {
            RedisBroker.Session now = session;
            QueueException refused = objection.get();
            Future<T> answer;
            if (refused != null) {
                answer = Future.failedFuture(refused);
            } else if (isClosed || !isUp || now == null) {
                answer = refuse(Kind.UNAVAILABLE, whyNot());
            } else if (now.commands().isFull() || now.publishing().isFull() || enqueued.isFull() || settled.isFull()) {
                answer = refuse(Kind.UNAVAILABLE, "too much is on its way to Redis");
            } else {
                answer = question.put(now);
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

    /** Calls a script for all that was asked for at one time. */
    private Future<Response> callForAll(
            Function<RedisBroker.Session, Link> link, Script script, List<String> all, List<?> arguments) {
        RedisBroker.Session now = session;
        return isUp && now != null ? call(link.apply(now), script, all, arguments) : refuse(Kind.UNAVAILABLE, whyNot());
    }

    private String whyNot() {
        return isClosed ? "the queue is closed" : why;
    }

    private Future<Response> call(Link link, Script script, List<String> all, List<?> arguments) {
        return answered(link.run(script, all, arguments)).map(Objects::requireNonNull);
    }

    /** Says what a failure means to who asked, and reacts to it. */
    private Future<@Nullable Response> answered(Future<@Nullable Response> answer) {
        int mine = life;
        return answer.recover(cause -> {
            Failure failure = Failure.of(cause);
            if (failure.kind() == Failure.Kind.NO_MEMORY) {
                return refuse(Kind.NO_MEMORY, failure.why());
            }
            if (mine == life) { // the first of those that were asked together tells for all
                react(failure);
            }
            return refuse(failure.kind() == Failure.Kind.CONNECTION ? Kind.UNKNOWN : Kind.UNAVAILABLE, failure.why());
        });
    }

    private static <T> Future<T> refuse(Kind kind, String message) {
        return Future.failedFuture(new QueueException(kind, message));
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

    @Override
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        loop.execute(() -> {
            enqueued.callNow();
            settled.callNow();
            isClosed = true;
            isUp = false;
            life++;
            taking.end();
            broker.remove(this);
            owner.execute(closed::complete);
        });
        return closed.future();
    }
}

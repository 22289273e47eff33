package dev.latido.move;

import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.protocol.MoveView;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.Delivery;
import dev.latido.queue.Depth;
import dev.latido.queue.Handle;
import dev.latido.queue.JobQueue;
import dev.latido.queue.QueueException;
import dev.latido.queue.Settlement;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes messages from a queue and submits each for a job: first the job's queue has it, then it is settled where it was. A crash
 * between the two leaves it in both, under the same key, and never in none. It ends by itself when the queue is empty, nobody
 * has a message of it and none is delayed there, as far as its broker tells.
 */
final class Relay implements JobQueue.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

    /** How many messages are on their way at once, and how many bytes they have together. */
    private static final int ON_THEIR_WAY = 32;

    private static final long BYTES_ON_THEIR_WAY = 8 << 20;

    /** What did not work is tried again after this; so often it is looked how much is left. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** How long one that is told to end waits for what is on its way. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    /** How often in a row a queue has to be empty: it may not be told at once that a message is on its way to somebody. */
    private static final int EMPTY_LOOKS = 2;

    private final EventLoop loop;
    private final TimeSource time;
    private final String job;
    private final String from;
    private final JobQueue source;
    private final MoveTarget target;
    private final Instant startedAt;
    private final Map<Handle, Held> held = new LinkedHashMap<>();

    private MoveView.State state = MoveView.State.MOVING;
    private boolean hasDeadLetters;

    /** How many dead letters are to be delivered anew; less than 0 while nobody counted them. */
    private long deadLettersLeft = -1;

    private boolean isUp;
    private boolean isEnding;
    private boolean isClosed;
    private long heldBytes;
    private long moved;
    private long refused;
    private int emptyLooks;
    private @Nullable Depth depth;
    private @Nullable String problem;
    private @Nullable Instant endedAt;

    /** A message on its way. */
    private static final class Held {
        private final Delivery message;

        /** Whether it waits to be tried again, so that nobody is asked for anything about it. */
        private boolean isWaiting;

        /** Whether the job's queue has it, so that it only remains to be settled. */
        private boolean isHandedIn;

        Held(Delivery message) {
            this.message = message;
        }
    }

    /**
     * Makes one.
     *
     * @param from what is moved, for people
     * @param source the same, not open yet; called back on {@code loop}
     * @param hasDeadLetters whether dead letters there are moved too, as work
     */
    Relay(
            EventLoop loop,
            TimeSource time,
            String job,
            String from,
            JobQueue source,
            MoveTarget target,
            boolean hasDeadLetters) {
        this.loop = loop;
        this.time = time;
        this.job = job;
        this.from = from;
        this.source = source;
        this.target = target;
        this.hasDeadLetters = hasDeadLetters;
        startedAt = time.now().wall();
    }

    void begin() {
        LOG.info("{}: what is in {} is moved to its queue", job, from);
        source.open(this);
        lookLater();
    }

    boolean isOver() {
        return state != MoveView.State.MOVING;
    }

    /** Takes nothing more; what is on its way arrives, or stays where it was. */
    void end() {
        end(MoveView.State.ENDED, null);
    }

    MoveView view() {
        Depth known = depth;
        return new MoveView(
                job, from, state, moved, refused, known == null ? null : left(known), problem, startedAt, endedAt);
    }

    // What the source tells

    @Override
    public void up() {
        isUp = true;
        tell(null);
        if (hasDeadLetters && !isOver()) {
            replay();
        } else {
            take();
        }
    }

    @Override
    public void down(String why) {
        isUp = false;
        emptyLooks = 0;
        tell(from + " cannot be used: " + why);
    }

    @Override
    public void arrived(List<Delivery> deliveries) {
        for (Delivery delivery : deliveries) {
            Held message = new Held(delivery);
            held.put(delivery.handle(), message);
            heldBytes += delivery.payloadBytes();
            if (isOver()) {
                release(message);
            } else {
                handIn(message);
            }
        }
    }

    @Override
    public void leaseLost(Handle handle, String why) {
        drop(handle); // it is delivered again, to whomever
    }

    @Override
    public void refused(JobQueue.Refused letter) {
        refused++; // which is a dead letter there now
    }

    /** Says what holds it up now; why it ended stays. */
    private void tell(@Nullable String why) {
        if (!isOver()) {
            problem = why;
        }
    }

    // Moving

    private void take() {
        if (isUp && !isOver()) {
            source.dequeue(Math.max(0, ON_THEIR_WAY - held.size()), Math.max(0, BYTES_ON_THEIR_WAY - heldBytes));
        }
    }

    private void handIn(Held message) {
        message.isWaiting = false;
        target.handIn(job, message.message).onComplete((nothing, failure) -> {
            if (failure == null) {
                settle(message);
            } else if (failure instanceof CannotMoveException) {
                end(
                        MoveView.State.FAILED,
                        "message " + message.message.key() + " cannot be moved: " + failure.getMessage());
                release(message);
            } else {
                tell(String.valueOf(failure.getMessage()));
                again(message, () -> handIn(message));
            }
        });
    }

    private void settle(Held message) {
        message.isWaiting = false;
        message.isHandedIn = true;
        Handle handle = message.message.handle();
        source.settle(handle, new Settlement.Ack(null)).onComplete((nothing, failure) -> {
            if (failure == null) {
                moved++;
                tell(null);
                drop(handle);
            } else if (failure instanceof QueueException lost && lost.kind() == QueueException.Kind.LEASE_LOST) {
                drop(handle); // it is delivered again, and there twice
            } else {
                again(message, () -> settle(message));
            }
        });
    }

    private void again(Held message, Runnable step) {
        if (isOver()) {
            release(message);
            return;
        }
        message.isWaiting = true;
        loop.schedule(PAUSE, () -> {
            if (message.isWaiting && held.get(message.message.handle()) == message) {
                step.run();
            }
        });
    }

    /** Leaves a message where it is, unless the job's queue has it already. */
    private void release(Held message) {
        message.isWaiting = false;
        Handle handle = message.message.handle();
        Settlement how = message.isHandedIn ? new Settlement.Ack(null) : new Settlement.Release();
        // when that fails, it goes back once its lease is over
        source.settle(handle, how).onComplete((nothing, failure) -> drop(handle));
    }

    private void drop(Handle handle) {
        Held gone = held.remove(handle);
        if (gone != null) {
            heldBytes -= gone.message.payloadBytes();
            take();
        }
        closeWhenIdle();
    }

    /** Has the dead letters delivered anew, some at a time, and no more than there were at first: one may die again. */
    private void replay() {
        source.deadLetters("", JobQueue.MAX_LISTED)
                .compose(found -> {
                    deadLettersLeft = deadLettersLeft < 0 ? found.total() : deadLettersLeft;
                    List<String> ids =
                            found.letters().stream().map(DeadLetter::id).toList();
                    Future<Integer> replayed = ids.isEmpty() ? Future.succeededFuture(0) : source.replay(ids);
                    return replayed.map(count -> {
                        deadLettersLeft -= count;
                        return count == 0 || deadLettersLeft <= 0;
                    });
                })
                .onComplete((isDone, failure) -> {
                    if (isOver() || !isUp) {
                        return; // and begins anew once it is up
                    }
                    if (failure == null && !Objects.requireNonNull(isDone)) {
                        replay();
                        return;
                    }
                    if (failure == null) {
                        hasDeadLetters = false;
                    } else {
                        tell(String.valueOf(failure.getMessage()));
                        loop.schedule(PAUSE, () -> {
                            if (isUp && hasDeadLetters && !isOver()) {
                                replay();
                            }
                        });
                    }
                    take();
                });
    }

    // The end

    private void lookLater() {
        loop.schedule(PAUSE, this::look);
    }

    private void look() {
        if (isOver()) {
            return;
        }
        source.depth().onComplete((told, failure) -> {
            if (isOver()) {
                return;
            }
            boolean isEmpty = failure == null && held.isEmpty() && isUp && !hasDeadLetters && isEmpty(told);
            depth = failure == null ? told : depth;
            emptyLooks = isEmpty ? emptyLooks + 1 : 0;
            if (emptyLooks >= EMPTY_LOOKS) {
                end(MoveView.State.DONE, null);
            } else {
                lookLater();
            }
        });
    }

    private static boolean isEmpty(Depth depth) {
        return depth.delayed() == 0 && sum(depth.ready()) == 0 && sum(depth.leased()) == 0;
    }

    private static MoveView.Left left(Depth depth) {
        return new MoveView.Left(
                sum(depth.ready()), sum(depth.leased()), depth.delayed(), depth.dead(), depth.newer(), depth.isExact());
    }

    private static long sum(Map<?, Long> lanes) {
        return lanes.values().stream().mapToLong(Long::longValue).sum();
    }

    private void end(MoveView.State how, @Nullable String why) {
        if (isOver()) {
            return;
        }
        state = how;
        problem = why;
        endedAt = time.now().wall();
        isEnding = true;
        if (why == null) {
            LOG.info("{}: {} messages were moved from {}; that is {}", job, moved, from, how.wireName());
        } else {
            LOG.warn("{}: {} messages were moved from {}, and then no more: {}", job, moved, from, why);
        }
        source.dequeue(0, 0);
        List.copyOf(held.values()).stream().filter(message -> message.isWaiting).forEach(this::release);
        loop.schedule(GRACE, this::close);
        closeWhenIdle();
    }

    private void closeWhenIdle() {
        if (isEnding && held.isEmpty()) {
            close();
        }
    }

    private void close() {
        if (!isClosed) {
            isClosed = true;
            source.close();
        }
    }
}

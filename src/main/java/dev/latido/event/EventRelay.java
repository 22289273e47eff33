package dev.latido.event;

import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Numbers the owner's events and hands them over to other event loops, all events of one turn in one message, so that the
 * owner neither encodes anything nor waits for anybody. What a taker has not got yet is bounded: one that falls behind by
 * more than {@link #MAX_PENDING} events misses some, and can tell by their numbers.
 */
public final class EventRelay implements EventListener {

    /** How many events may be under way to one taker. */
    public static final int MAX_PENDING = 100_000;

    private static final Logger LOG = LoggerFactory.getLogger(EventRelay.class);

    private final List<Taker> takers = new CopyOnWriteArrayList<>();
    private final int maxPending;

    // The owner's

    private long sequence;
    private List<Event> turn = new ArrayList<>();

    /** Makes a relay. */
    public EventRelay() {
        this(MAX_PENDING);
    }

    EventRelay(int maxPending) {
        this.maxPending = maxPending;
    }

    private record Taker(Context context, Consumer<EventBatch> action, AtomicInteger pending) {

        void offer(EventBatch batch, int maxPending) {
            int size = batch.events().size();
            int before = pending.getAndAdd(size);
            if (before > 0 && before + size > maxPending) {
                pending.addAndGet(-size);
                return;
            }
            try {
                context.runOnContext(ignored -> {
                    pending.addAndGet(-size);
                    action.accept(batch);
                });
            } catch (RejectedExecutionException ended) {
                LOG.debug("nobody is left to be told of events", ended);
            }
        }
    }

    /** Has {@code action} take all events from now on, on {@code context}. May be called from any thread. */
    public void attach(Context context, Consumer<EventBatch> action) {
        takers.add(new Taker(context, action, new AtomicInteger()));
    }

    @Override
    public void on(Event event) {
        sequence++;
        turn.add(event);
    }

    @Override
    public void turnEnded() {
        if (turn.isEmpty()) {
            return;
        }
        EventBatch batch = new EventBatch(sequence - turn.size() + 1, turn);
        turn = new ArrayList<>();
        for (Taker taker : takers) {
            taker.offer(batch, maxPending);
        }
    }
}

package dev.latido.event;

import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Numbers the owner's events and hands them over to other event loops: all events of a turn together, and with those of
 * later turns while the taker is busy. So the owner neither encodes anything nor waits for anybody. What a taker has not
 * got yet is bounded: of more than {@link #MAX_PENDING} events, or fewer where there is little memory, it gets the latest, and can tell by their numbers.
 */
public final class EventRelay implements EventListener {

    /** How many events may be under way to one taker, where there is memory for so many. */
    public static final int MAX_PENDING = 100_000;

    /** About what an event takes before anybody encodes it. */
    private static final int EVENT_BYTES = 256;

    private static final Logger LOG = LoggerFactory.getLogger(EventRelay.class);

    private final List<Taker> takers = new CopyOnWriteArrayList<>();
    private final int maxPending;

    // The owner's

    private final List<Event> turn = new ArrayList<>();
    private long sequence;

    /** Makes a relay whose events take about {@code bytes} at most while they are under way to one taker. */
    public static EventRelay within(long bytes) {
        return new EventRelay((int) Math.max(1, Math.min(MAX_PENDING, bytes / EVENT_BYTES)));
    }

    private EventRelay(int maxPending) {
        this.maxPending = maxPending;
    }

    private static final class Taker {
        private final Context context;
        private final List<Consumer<EventBatch>> actions = new CopyOnWriteArrayList<>();

        // Guarded by this

        private List<Event> pending = new ArrayList<>();
        private long last;
        private boolean isCalled;

        Taker(Context context) {
            this.context = context;
        }

        void offer(List<Event> events, long lastOfThem, int maxPending) {
            synchronized (this) {
                if (pending.size() + events.size() > maxPending) {
                    pending = new ArrayList<>();
                }
                pending.addAll(events);
                last = lastOfThem;
                if (isCalled) {
                    return;
                }
                isCalled = true;
            }
            try {
                context.runOnContext(ignored -> tell(take()));
            } catch (RejectedExecutionException ended) {
                LOG.debug("nobody is left to be told of events", ended);
            }
        }

        /** Each has a task of its own, so that what one of them throws is not for the others. */
        private void tell(EventBatch batch) {
            for (Consumer<EventBatch> action : actions) {
                context.runOnContext(ignored -> action.accept(batch));
            }
        }

        private synchronized EventBatch take() {
            EventBatch batch = new EventBatch(last - pending.size() + 1, Collections.unmodifiableList(pending));
            pending = new ArrayList<>();
            isCalled = false;
            return batch;
        }
    }

    /**
     * Has {@code action} take all events from now on, on {@code context}; what is attached to one context takes them one
     * after the other. May be called from any thread.
     */
    public synchronized void attach(Context context, Consumer<EventBatch> action) {
        for (Taker taker : takers) {
            if (taker.context.equals(context)) {
                taker.actions.add(action);
                return;
            }
        }
        Taker taker = new Taker(context);
        taker.actions.add(action);
        takers.add(taker);
    }

    @Override
    public void on(Event event) {
        sequence++;
        turn.add(event);
    }

    @Override
    public void turnEnded() {
        if (!turn.isEmpty()) {
            for (Taker taker : takers) {
                taker.offer(turn, sequence, maxPending);
            }
            turn.clear();
        }
    }
}

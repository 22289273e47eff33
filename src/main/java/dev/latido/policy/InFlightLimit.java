package dev.latido.policy;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A bounded in-flight counter with a bounded waiting line behind it. Pure: it answers who may go and who must wait, and
 * its caller acts. Not thread-safe; {@link #inFlight()} and {@link #waiting()} alone may be read from any thread.
 *
 * <p>Its invariants: in flight ≤ limit; waiting ≤ line; someone waits only while the limit is reached; who waits goes
 * in the order of arrival.
 *
 * @param <W> what stands in the line
 */
public final class InFlightLimit<W> {

    /** The answer to {@link #admit}. */
    public enum Admission {
        /** A place was free and is now taken. */
        GO,
        /** No place is free; the caller stands in the line and is handed a place by {@link #release()}. */
        WAIT,
        /** No place is free and the line is full, or there is none. Nothing was changed. */
        FULL
    }

    private final int limit;
    private final int maxWaiting;
    private final ArrayDeque<W> line = new ArrayDeque<>();

    private volatile int inFlight;
    private volatile int waiting;

    /**
     * Makes an empty limit.
     *
     * @param limit how many may be in flight at once, at least 1
     * @param maxWaiting how many may wait, 0 for no line
     */
    public InFlightLimit(int limit, int maxWaiting) {
        if (limit < 1 || maxWaiting < 0) {
            throw new IllegalArgumentException("limit must be at least 1 and maxWaiting at least 0");
        }
        this.limit = limit;
        this.maxWaiting = maxWaiting;
    }

    /** Asks for a place for {@code caller}. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer; volatile is for readers on other threads
    public Admission admit(W caller) {
        if (inFlight < limit) {
            inFlight++;
            return Admission.GO;
        }
        if (line.size() >= maxWaiting) {
            return Admission.FULL;
        }
        line.add(caller);
        waiting = line.size();
        return Admission.WAIT;
    }

    /**
     * Gives a place back. When someone waits, the place goes to the head of the line, who is returned and must be sent
     * on its way.
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer; volatile is for readers on other threads
    public Optional<W> release() {
        if (inFlight == 0) {
            throw new IllegalStateException("a place was given back that nobody had");
        }
        W next = line.poll();
        if (next == null) {
            inFlight--;
            return Optional.empty();
        }
        waiting = line.size();
        return Optional.of(next);
    }

    /** Takes callers from the head of the line for as long as {@code gone} holds for the head, and hands each over. */
    public void expire(Predicate<W> gone, Consumer<W> expired) {
        for (W head = line.peek(); head != null && gone.test(head); head = line.peek()) {
            line.remove();
            waiting = line.size();
            expired.accept(head);
        }
    }

    /** Returns who waits longest. */
    public Optional<W> head() {
        return Optional.ofNullable(line.peek());
    }

    public int inFlight() {
        return inFlight;
    }

    public int waiting() {
        return waiting;
    }

    public int limit() {
        return limit;
    }

    public int maxWaiting() {
        return maxWaiting;
    }
}

package dev.latido.stream;

import dev.latido.event.Event;
import dev.latido.event.EventBatch;
import dev.latido.event.EventWire;
import dev.latido.job.ExecutionId;
import io.vertx.core.buffer.Buffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The latest events, bounded in number and memory; the oldest give way. Readers take them from here at their own pace, so
 * that what waits for many of them is there once. Each is encoded once, when somebody reads it first.
 */
final class EventWindow {

    /** About what an event takes, its text of about 250 bytes included, but for its free text. */
    private static final int BYTES_EACH = 600;

    /** About what a character of free text takes: it stands in the event, and in its encoded form. */
    private static final int BYTES_A_CHARACTER = 3;

    private final String run;
    private final long maxBytes;
    private final @Nullable Event[] events;
    private final @Nullable Buffer[] messages;

    /** The bytes of all events up to this one, those that are gone included. */
    private final long[] totals;

    private long newest;
    private int size;
    private long total;
    private long gone;

    EventWindow(String run, int maxEvents, long maxBytes) {
        this.run = run;
        this.maxBytes = maxBytes;
        this.events = new Event[maxEvents];
        this.messages = new Buffer[maxEvents];
        this.totals = new long[maxEvents];
    }

    /** Takes the next events; false when some before them are missing, and then all older ones are forgotten. */
    boolean add(EventBatch batch) {
        boolean follows = batch.first() == newest + 1;
        if (!follows) {
            while (size > 0) {
                dropOldest();
            }
            newest = batch.first() - 1;
        }
        batch.events().forEach(this::add);
        return follows;
    }

    private void add(Event event) {
        if (size == events.length) {
            dropOldest();
        }
        newest++;
        size++;
        total += BYTES_EACH + (long) BYTES_A_CHARACTER * event.textLength();
        int slot = slot(newest);
        events[slot] = event;
        totals[slot] = total;
        while (size > 1 && total - gone > maxBytes) {
            dropOldest();
        }
    }

    private void dropOldest() {
        int slot = slot(oldest());
        gone = totals[slot];
        events[slot] = null;
        messages[slot] = null;
        size--;
    }

    private int slot(long sequence) {
        return (int) (sequence % events.length);
    }

    /** Returns the sequence number of the newest event; 0 before the first. */
    long newest() {
        return newest;
    }

    /** Returns the sequence number of the oldest event that is kept, or will be when there is one. */
    long oldest() {
        return newest - size + 1;
    }

    /** Tells whether everything that came after {@code sequence} is here. */
    boolean covers(long sequence) {
        return sequence >= newest - size && sequence <= newest;
    }

    /** Returns about how many bytes the events after {@code sequence} have; without end when they are not all here. */
    long bytesAfter(long sequence) {
        if (!covers(sequence)) {
            return Long.MAX_VALUE;
        }
        return total - (sequence == newest - size ? gone : totals[slot(sequence)]);
    }

    /** Returns the event {@code sequence}, which must be here. */
    Event event(long sequence) {
        Event event = events[slot(sequence)];
        if (event == null || sequence < oldest() || sequence > newest) {
            throw new IllegalArgumentException("event " + sequence + " is not in the window");
        }
        return event;
    }

    /** Returns the event {@code sequence}, which must be here, as a message to readers. */
    Buffer message(long sequence) {
        Event event = event(sequence);
        Buffer known = messages[slot(sequence)];
        if (known != null) {
            return known;
        }
        Buffer message = Sse.message(
                new EventCursor(run, sequence),
                event.type(),
                EventWire.encode(sequence, event).toBuffer());
        messages[slot(sequence)] = message;
        return message;
    }

    /** Returns the executions of {@code jobs} (all if empty) that changed after {@code sequence}, the latest {@code max}. */
    List<ExecutionId> executionsAfter(long sequence, Set<String> jobs, int max) {
        Set<ExecutionId> found = new LinkedHashSet<>();
        for (long i = newest; i > sequence && i >= oldest() && found.size() < max; i--) {
            Event event = event(i);
            ExecutionId execution = event.execution();
            if (execution != null && Subscription.concerns(jobs, event)) {
                found.add(execution);
            }
        }
        return List.copyOf(found);
    }
}

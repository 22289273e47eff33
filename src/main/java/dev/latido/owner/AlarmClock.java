package dev.latido.owner;

import dev.latido.loop.EventLoop;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Rings on the owner's event loop, within about a tenth of a millisecond. A timer of Vert.x is up to two milliseconds late,
 * because an event loop sleeps for whole ones; a thread of the JDK's own scheduler sleeps for nanoseconds. Belongs to the
 * owner.
 */
final class AlarmClock implements Owner.Alarm, AutoCloseable {

    private final EventLoop owner;
    private final ScheduledThreadPoolExecutor sleeper;
    private @Nullable Future<?> next;
    private Runnable action = () -> {};

    /** Makes a clock that is not set. */
    AlarmClock(EventLoop owner) {
        this.owner = owner;
        sleeper = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "latido-alarm");
            thread.setDaemon(true);
            return thread;
        });
        sleeper.setRemoveOnCancelPolicy(true);
    }

    /** Returns this clock, which from now on calls {@code ringing} on the event loop, perhaps also right after it was set anew. */
    AlarmClock ringing(Runnable ringing) {
        action = ringing;
        return this;
    }

    /** Has it ring once, in {@code nanos}, instead of when it was set to before; not any more once it is closed. */
    @Override
    public void set(long nanos) {
        if (next != null) {
            next.cancel(false);
        }
        if (!sleeper.isShutdown()) {
            next = sleeper.schedule(this::ring, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void ring() {
        owner.execute(action);
    }

    @Override
    public void close() {
        sleeper.shutdownNow();
    }
}

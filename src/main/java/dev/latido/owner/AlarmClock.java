package dev.latido.owner;

import io.vertx.core.Context;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Rings on the owner's event loop, within about a tenth of a millisecond. A timer of Vert.x is up to two milliseconds late,
 * because an event loop sleeps for whole ones; a thread of the JDK's own scheduler sleeps for nanoseconds. Belongs to the
 * owner.
 */
final class AlarmClock implements AutoCloseable {

    private final Context owner;
    private final Runnable action;
    private final ScheduledThreadPoolExecutor sleeper;
    private @Nullable Future<?> next;

    /**
     * Makes a clock that is not set.
     *
     * @param action called on {@code owner}, perhaps also right after the clock was set anew
     */
    AlarmClock(Context owner, Runnable action) {
        this.owner = owner;
        this.action = action;
        sleeper = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "latido-alarm");
            thread.setDaemon(true);
            return thread;
        });
        sleeper.setRemoveOnCancelPolicy(true);
    }

    /** Has it ring once, in {@code nanos}, instead of when it was set to before; not any more once it is closed. */
    void set(long nanos) {
        if (next != null) {
            next.cancel(false);
        }
        if (!sleeper.isShutdown()) {
            next = sleeper.schedule(this::ring, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void ring() {
        try {
            owner.runOnContext(ignored -> action.run());
        } catch (RejectedExecutionException ended) {
            close();
        }
    }

    @Override
    public void close() {
        sleeper.shutdownNow();
    }
}

package dev.latido.loop;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** An event loop of Vert.x. Its timers are late by up to two milliseconds, because it sleeps for whole ones. */
public final class VertxLoop implements EventLoop {

    private final Context context;

    /** The thread of {@code context}. Contexts cannot be compared: handlers of requests run on duplicates of theirs. */
    private volatile @Nullable Thread thread;

    /** Makes one of an event-loop context. */
    public VertxLoop(Context context) {
        this.context = context;
        if (Vertx.currentContext() == context) {
            thread = Thread.currentThread();
        } else {
            execute(() -> thread = Thread.currentThread());
        }
    }

    @Override
    public void execute(Runnable task) {
        try {
            context.runOnContext(ignored -> task.run());
        } catch (RejectedExecutionException ended) {
            // Vert.x is closed, and nothing is run any more, as promised
        }
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
        long millis = Math.max(1, delay.plusNanos(999_999).toMillis());
        Vertx vertx = context.owner();
        long id = vertx.setTimer(millis, ignored -> {
            if (isCurrent()) {
                task.run();
            } else {
                execute(task);
            }
        });
        return () -> vertx.cancelTimer(id);
    }

    @Override
    public boolean isCurrent() {
        return Thread.currentThread() == thread;
    }
}

package dev.latido.queue;

import dev.latido.loop.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;

/** A loop of a process that can be stopped as by SIGSTOP: nothing of it runs, and all that was due does when it goes on. */
public final class PausableLoop implements EventLoop {

    private final EventLoop loop;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private boolean isPaused;
    private int owed;

    public PausableLoop(EventLoop loop) {
        this.loop = loop;
    }

    /** Has nothing begin any more. From any thread; what is running ends. */
    public void pause() {
        synchronized (tasks) {
            isPaused = true;
        }
    }

    /** Goes on, in order. */
    public void resume() {
        synchronized (tasks) {
            isPaused = false;
            for (; owed > 0; owed--) {
                loop.execute(this::runNext);
            }
        }
    }

    private void runNext() {
        Runnable task;
        synchronized (tasks) {
            if (isPaused) {
                owed++;
                return;
            }
            task = tasks.remove();
        }
        task.run();
    }

    @Override
    public void execute(Runnable task) {
        synchronized (tasks) {
            tasks.add(task);
        }
        loop.execute(this::runNext);
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
        return loop.schedule(delay, () -> execute(task));
    }

    @Override
    public boolean isCurrent() {
        return loop.isCurrent();
    }
}

package dev.latido.store.sqlite;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads for what blocks. */
final class Threads {

    private Threads() {}

    /** Makes a thread that does one thing after the other, and keeps no process alive. */
    static ExecutorService one(String name) {
        return one(name, new LinkedBlockingQueue<>());
    }

    /** Makes a thread as {@link #one(String)} does that rejects what comes while {@code waiting} things wait. */
    static ExecutorService one(String name, int waiting) {
        return one(name, new ArrayBlockingQueue<>(waiting));
    }

    private static ExecutorService one(String name, BlockingQueue<Runnable> queue) {
        return new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, queue, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }
}

package dev.latido.store.sqlite;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Threads for what blocks. */
final class Threads {

    private Threads() {}

    /** Makes a thread that does one thing after the other, and keeps no process alive. */
    static ExecutorService one(String name) {
        return Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }
}

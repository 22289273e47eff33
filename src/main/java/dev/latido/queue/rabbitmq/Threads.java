package dev.latido.queue.rabbitmq;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads for the client, which blocks. None of them keeps the process alive. */
final class Threads {

    private Threads() {}

    /** Makes an executor of one thread, which is there while it has something to do. Whoever hands tasks in bounds them. */
    static ExecutorService one(String name) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> thread(name, task));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** Runs a task on a thread of its own. */
    static void run(String name, Runnable task) {
        thread(name, task).start();
    }

    static Thread thread(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Runs what the client tells on the thread that reads it: what is told here only goes on to a loop. */
    static final class Direct extends AbstractExecutorService {

        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return false;
        }
    }
}

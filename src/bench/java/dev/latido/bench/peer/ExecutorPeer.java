package dev.latido.bench.peer;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The JDK's thread pool with a bounded queue: no names, no states, no history, no view. */
final class ExecutorPeer implements Peer {

    private static final int CAPACITY = 10_000;

    private final ThreadPoolExecutor pool;

    ExecutorPeer() {
        int threads = Runtime.getRuntime().availableProcessors();
        pool = new ThreadPoolExecutor(
                threads, threads, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(CAPACITY), (work, full) -> {
                    try {
                        full.getQueue().put(work); // holds up the producer
                    } catch (InterruptedException stop) {
                        throw new IllegalStateException(stop);
                    }
                });
    }

    @Override
    public void submit(int first, int count) {
        for (int i = first; i < first + count; i++) {
            String payload = Work.payload(i);
            pool.execute(() -> Work.run(payload));
        }
    }

    @Override
    public boolean isIdle() {
        return pool.getActiveCount() == 0 && pool.getQueue().isEmpty();
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}

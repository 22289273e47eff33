package dev.latido.bench.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that submit work at the same time, for peers whose calls block. */
final class Producers implements AutoCloseable {

    /** Submits the works with the numbers from {@code first} on. */
    @FunctionalInterface
    interface Submission {
        void submit(int first, int count) throws Exception;
    }

    private final int count;
    private final int batch;
    private final ExecutorService threads;

    /**
     * Makes idle ones.
     *
     * @param count how many
     * @param batch how many works each submits with one call
     */
    Producers(int count, int batch) {
        this.count = count;
        this.batch = batch;
        this.threads = Executors.newFixedThreadPool(count);
    }

    /** Submits {@code works} works with the numbers from {@code first} on, and returns when all are. */
    void submit(int first, int works, Submission submission) throws Exception {
        List<Future<?>> parts = new ArrayList<>();
        int end = first + works;
        for (int producer = 0; producer < count; producer++) {
            int begin = first + producer * batch;
            parts.add(threads.submit(() -> {
                for (int next = begin; next < end; next += count * batch) {
                    submission.submit(next, Math.min(batch, end - next));
                }
                return null;
            }));
        }
        for (Future<?> part : parts) {
            try {
                part.get();
            } catch (ExecutionException failure) {
                throw new IllegalStateException("a producer failed", failure.getCause());
            }
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}

package dev.latido.http;

import io.netty.channel.EventLoop;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** How much processor time event loops use: what others run on this machine meanwhile does not count. */
final class LoopTime {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** What {@link #reference} took where the bounds of tests were set. */
    private static final Duration REFERENCE = Duration.ofNanos(6_300_000);

    private final long[] threads;

    LoopTime(List<Context> loops) {
        threads = loops.stream().mapToLong(LoopTime::threadOf).toArray();
    }

    private static long threadOf(Context loop) {
        Promise<Long> id = Promise.promise();
        loop.runOnContext(ignored -> id.complete(Thread.currentThread().getId()));
        return id.future().await();
    }

    /** Returns how much they have used, all together. */
    long nanos() {
        long sum = 0;
        for (long thread : threads) {
            sum += THREADS.getThreadCpuTime(thread);
        }
        return sum;
    }

    /**
     * Returns {@code bound} as it is on this machine and at this moment: longer, if something that always is the same takes
     * longer than where bounds are set.
     */
    static Duration here(Duration bound) {
        long reference = reference();
        double slowness = Math.max(1, (double) reference / REFERENCE.toNanos());
        System.out.printf("the reference took %.1f ms: bounds are %.2f times as long%n", reference / 1e6, slowness);
        return Duration.ofNanos((long) (bound.toNanos() * slowness));
    }

    /** Returns the least time in which this thread makes a digest, the same each time. */
    private static long reference() {
        byte[] text = new byte[4_000_000];
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 20; i++) {
            long begun = THREADS.getCurrentThreadCpuTime();
            try {
                MessageDigest.getInstance("SHA-512").digest(text);
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
            least = Math.min(least, THREADS.getCurrentThreadCpuTime() - begun);
        }
        return least;
    }

    /**
     * Measures for how long an event loop is held at a time: it has the loop do something tiny in each of its rounds, which
     * are of what came over the network and then of what else is to be done, and looks how much of its time passes in
     * between.
     */
    static final class Holds {

        private final Context loop;
        private final EventLoop rounds;
        private volatile boolean isOver;
        private volatile long longestNanos;
        private long lastNanos;

        Holds(Context loop) {
            this.loop = loop;
            this.rounds = ((ContextInternal) loop).nettyEventLoop();
            Promise<Void> begun = Promise.promise();
            loop.runOnContext(ignored -> {
                lastNanos = THREADS.getCurrentThreadCpuTime();
                begun.complete();
                look();
            });
            begun.future().await();
        }

        private void look() {
            long now = THREADS.getCurrentThreadCpuTime();
            longestNanos = Math.max(longestNanos, now - lastNanos);
            lastNanos = now;
            if (!isOver) {
                var unused = rounds.schedule(this::look, 1, TimeUnit.NANOSECONDS); // not in this round
            }
        }

        /** Ends it, and returns the longest time. */
        Duration end() {
            isOver = true;
            Promise<Void> ended = Promise.promise();
            loop.runOnContext(ignored -> ended.complete());
            ended.future().await();
            return Duration.ofNanos(longestNanos);
        }
    }

    static String millis(long nanos) {
        return String.format("%.2f ms", nanos / (double) TimeUnit.MILLISECONDS.toNanos(1));
    }
}

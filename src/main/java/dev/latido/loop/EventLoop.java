package dev.latido.loop;

import java.time.Duration;

/**
 * Runs tasks one after the other, in the order in which they were given. What is read and written by its tasks alone needs no
 * lock. It is a port: with one that keeps virtual time, whoever lives on it can be simulated.
 */
public interface EventLoop {

    /**
     * Has {@code task} run, after those that were given before, never within this call. From any thread. Once the process ends
     * nothing is run any more, silently.
     */
    void execute(Runnable task);

    /** Has {@code task} run on this loop once, when {@code delay} is over, or soon after. From any thread. */
    Timer schedule(Duration delay, Runnable task);

    /** Tells whether the caller is a task of this loop. */
    boolean isCurrent();

    /** Something that is to happen later. */
    @FunctionalInterface
    interface Timer {

        /** Has it not happen, unless it has. On the loop. */
        void cancel();
    }
}

package dev.latido.bench.peer;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/** What is submitted: numbered pieces of work that are done at once, and the proof that each was done exactly once. */
public final class Work {

    private static final int CHARACTERS = 200;
    private static final int FIRST = 100_000_000; // so that all have as many digits
    private static final int DIGITS = 9;
    private static final String REST = "x".repeat(CHARACTERS - DIGITS - 2) + "\"";

    private static volatile AtomicLongArray startedNanos = new AtomicLongArray(0);
    private static final AtomicInteger RAN = new AtomicInteger();
    private static final AtomicInteger AGAIN = new AtomicInteger();

    private Work() {}

    /** Makes the payload of a piece: a JSON string of 200 characters that begins with its number. */
    static String payload(int number) {
        return "\"" + (FIRST + number) + REST;
    }

    /** Returns the number of the piece with this payload. */
    static int number(String payload) {
        return Integer.parseInt(payload, 1, 1 + DIGITS, 10) - FIRST;
    }

    /** Does the piece. Public, because JobRunr calls it by its name. */
    public static void run(String payload) {
        int number = number(payload);
        if (startedNanos.compareAndSet(number, 0, System.nanoTime())) {
            RAN.incrementAndGet();
        } else {
            AGAIN.incrementAndGet();
        }
    }

    /** Begins anew, with pieces that are numbered from 0 to {@code count} - 1. */
    static void expect(int count) {
        startedNanos = new AtomicLongArray(count);
        RAN.set(0);
    }

    /** Returns how many pieces were done. */
    static int ran() {
        return RAN.get();
    }

    /** Returns how often a piece was done that had been done before. */
    static int again() {
        return AGAIN.get();
    }

    /** Returns when, by {@link System#nanoTime}, the piece began; 0 when it has not. */
    static long startedNanos(int number) {
        return startedNanos.get(number);
    }
}

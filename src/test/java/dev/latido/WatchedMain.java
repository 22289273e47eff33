package dev.latido;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The program with a thread that tells when the whole process stood still, be it by SIGSTOP or because the machine had no time
 * for it: a lease may have ended meanwhile.
 */
final class WatchedMain {

    /** What a line about it begins with. */
    static final String STOOD_STILL = "(stood still for ";

    /** Half of what passes between two renewals of a lease of 6 s. */
    private static final Duration NOTABLE = Duration.ofSeconds(1);

    private static final Duration PERIOD = Duration.ofMillis(50);

    private WatchedMain() {}

    public static void main(String[] arguments) {
        Thread watch = new Thread(WatchedMain::watch, "stall watch");
        watch.setDaemon(true);
        watch.start();
        Main.main(arguments);
    }

    private static void watch() {
        for (long before = System.nanoTime(); ; ) {
            LockSupport.parkNanos(PERIOD.toNanos());
            long now = System.nanoTime();
            if (now - before >= NOTABLE.toNanos()) {
                System.out.println(STOOD_STILL + (now - before) / 1_000_000 + " ms)");
            }
            before = now;
        }
    }
}

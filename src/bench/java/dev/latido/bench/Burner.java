package dev.latido.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Keeps every processor busy for a part of each ten milliseconds. Argument: the part in percent. Runs until ended. */
public final class Burner {

    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private Burner() {}

    public static void main(String[] args) {
        long busyNanos = PERIOD_NANOS * Integer.parseInt(args[0]) / 100;
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            new Thread(() -> burn(busyNanos), "burner").start();
        }
        System.out.println("Load up at http://127.0.0.1:0"); // as servers say it; there is nothing there
    }

    private static void burn(long busyNanos) {
        long begun = System.nanoTime();
        while (true) {
            while (System.nanoTime() - begun < busyNanos) {
                Thread.onSpinWait();
            }
            begun += PERIOD_NANOS;
            LockSupport.parkNanos(begun - System.nanoTime());
        }
    }
}

package dev.latido.cli;

import dev.latido.job.TimeSource;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;

/** All that a command needs of the world beside the service; tests bring their own. */
record Surroundings(
        InputStream in,
        OutputStream out,
        OutputStream err,
        Map<String, String> environment,
        Terminal terminal,
        TimeSource time,
        Pause pause) {

    /** Lets time pass. */
    @FunctionalInterface
    interface Pause {
        void forTime(Duration duration);
    }

    static Surroundings ofProcess() {
        Map<String, String> environment = System.getenv();
        return new Surroundings(
                System.in,
                // not System.out: that hides why writing failed, and writes '?' where the locale is poor
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                environment,
                Terminal.ofProcess(environment),
                TimeSource.system(),
                Surroundings::sleep);
    }

    private static void sleep(Duration duration) {
        try {
            Thread.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}

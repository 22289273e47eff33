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
        Pause pause,
        Interruption interruption) {

    /** Lets time pass. */
    @FunctionalInterface
    interface Pause {
        void forTime(Duration duration);
    }

    /** Tells what is to be told when Ctrl-C, or another signal, ends the process. */
    @FunctionalInterface
    interface Interruption {
        /** Has {@code last} run when the process is ended, in another thread, until what is returned was run. */
        Runnable telling(Runnable last);
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
                Surroundings::sleep,
                Surroundings::atShutdown);
    }

    private static Runnable atShutdown(Runnable last) {
        Thread hook = new Thread(last, "interrupted");
        Runtime.getRuntime().addShutdownHook(hook);
        return () -> {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException ends) {
                // it is being told
            }
        };
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

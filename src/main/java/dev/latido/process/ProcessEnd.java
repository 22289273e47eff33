package dev.latido.process;

import dev.latido.text.Visible;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Ends the process when it must not go on, says why in a last line on standard error, and depends on nothing for that: the
 * log is tried, but may fail, hang or throw. The end comes by {@link Runtime#halt}, which is as safe as a SIGKILL: what was
 * acknowledged is in the store.
 *
 * <p>Until {@link #arm} nothing but {@link #end} ends anything, so that tests and applications that use parts of the
 * service keep their process. May be called from any thread.
 */
public final class ProcessEnd {

    /** An orderly stop. */
    public static final int OK = 0;

    /** It could not start, or not stop in order. */
    public static final int FAILED = 1;

    /** The configuration is wrong. */
    public static final int BAD_CONFIG = 2;

    /** The store is broken: what is written can no longer be relied on. */
    public static final int STORE_BROKEN = 3;

    /** A fault in the owner of the jobs, after which its state cannot be relied on. */
    public static final int OWNER_FAULT = 4;

    /** There is no memory left: of the heap, direct memory, or for a thread. */
    public static final int OUT_OF_MEMORY = 5;

    /** Another process has taken over the jobs. */
    public static final int FENCED = 6;

    /** How long the log may take. */
    private static final long LOG_MILLIS = 500;

    /** After how long the process ends, whatever keeps the last line from being written. */
    private static final long HALT_MILLIS = 1_000;

    /** So many causes are looked at; who wraps deeper, or in a circle, is not followed. */
    private static final int MAX_CAUSES = 16;

    private static final AtomicBoolean ENDING = new AtomicBoolean();
    private static final FileOutputStream STDERR = new FileOutputStream(FileDescriptor.err);

    private static final String OUT_OF_MEMORY_BEGINS = "Latido ends (exit code " + OUT_OF_MEMORY + "): out of memory";

    private static final String OUT_OF_MEMORY_ENDS =
            ". What was acknowledged is in the store. Give it more memory (-Xmx for the heap,"
                    + " -XX:MaxDirectMemorySize for network buffers), or lower what it holds at once: http.maxBodyBytes,"
                    + " http.maxConnections, queues, histories.";

    /** Made before there is no memory to make it with. */
    private static final byte[] OUT_OF_MEMORY_LINE = line(OUT_OF_MEMORY_BEGINS + OUT_OF_MEMORY_ENDS);

    private static volatile @Nullable Halter halter;

    private ProcessEnd() {}

    private static byte[] line(String text) {
        return (Visible.escaped(text) + System.lineSeparator()).getBytes(StandardCharsets.UTF_8);
    }

    /** Has this process end when it runs out of memory, from now on. */
    public static synchronized void arm() {
        if (halter == null) {
            Halter thread = new Halter();
            thread.start(); // now: when there is no memory left, no thread can be made
            halter = thread;
            Thread.setDefaultUncaughtExceptionHandler(ProcessEnd::uncaught);
        }
    }

    private static void uncaught(Thread thread, Throwable failure) {
        endIfOutOfMemory(failure);
        System.err.print(trace("Exception in thread \"" + thread.getName() + "\" ", failure));
    }

    /** Says what the JVM does without a handler, except that no message can end a line or act on a terminal. */
    private static String trace(String begin, Throwable failure) {
        StringBuilder trace = new StringBuilder();
        String before = begin;
        Throwable at = failure;
        for (int i = 0; at != null && i < MAX_CAUSES; i++) {
            trace.append(Visible.escaped(before + at)).append(System.lineSeparator());
            for (StackTraceElement frame : at.getStackTrace()) {
                trace.append("\tat ").append(Visible.escaped(frame.toString())).append(System.lineSeparator());
            }
            before = "Caused by: ";
            at = at.getCause();
        }
        return trace.toString();
    }

    /** Tells whether {@code failure}, or what caused it, is that there was no memory left. */
    public static boolean isOutOfMemory(@Nullable Throwable failure) {
        return find(failure) != null;
    }

    private static @Nullable OutOfMemoryError find(@Nullable Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
            if (cause instanceof OutOfMemoryError found) {
                return found;
            }
            try {
                cause = cause.getCause();
            } catch (RuntimeException | StackOverflowError ofSomebodysOwn) {
                return null;
            }
        }
        return null;
    }

    /**
     * Ends the process with {@link #OUT_OF_MEMORY}, without returning, if {@code failure} or what caused it is that there
     * was no memory left: whoever went on after that would do so in a state that nobody knows. To be asked by everybody
     * who catches what others threw.
     */
    public static void endIfOutOfMemory(@Nullable Throwable failure) {
        OutOfMemoryError found = halter == null ? null : find(failure);
        if (found != null) {
            end(OUT_OF_MEMORY, lineFor(found), null);
        }
    }

    /** Says what there was none left of, if there is enough to say it with. */
    private static byte[] lineFor(OutOfMemoryError failure) {
        try {
            return line(OUT_OF_MEMORY_BEGINS + ": " + failure.getMessage() + OUT_OF_MEMORY_ENDS);
        } catch (Throwable notEven) {
            return OUT_OF_MEMORY_LINE;
        }
    }

    /**
     * Ends the process, at once, and does not return.
     *
     * @param code one of the codes here
     * @param reason the last line, which says what to do
     * @param log logs the reason; given up when it takes longer than half a second
     */
    public static void end(int code, String reason, Runnable log) {
        end(code, line(reason), log);
    }

    private static void end(int code, byte[] lastLine, @Nullable Runnable log) {
        if (ENDING.compareAndSet(false, true)) {
            Halter helper = halter;
            if (helper != null) {
                helper.haltSoon(code);
            }
            try {
                if (log != null) {
                    tryTo(log);
                }
                STDERR.write(lastLine);
            } catch (Throwable unsaid) {
                // there is nobody left to tell
            } finally {
                Runtime.getRuntime().halt(code);
            }
        }
        while (true) { // another thread ends it
            LockSupport.park();
        }
    }

    /** Runs {@code log} for a while, on a thread of its own: it may hang, as on a full pipe that nobody reads. */
    private static void tryTo(Runnable log) throws InterruptedException {
        Thread thread = new Thread(log, "latido-last-words");
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((itself, failure) -> {}); // the last line says it too
        thread.start();
        thread.join(LOG_MILLIS);
    }

    /** Waits to end the process should whoever ends it hang. */
    private static final class Halter extends Thread {

        private volatile int code = -1;

        Halter() {
            super("latido-halter");
            setDaemon(true);
        }

        void haltSoon(int exitCode) {
            code = exitCode;
            LockSupport.unpark(this);
        }

        @Override
        public void run() {
            while (code < 0) {
                LockSupport.park(this);
            }
            long begun = System.nanoTime();
            long left = TimeUnit.MILLISECONDS.toNanos(HALT_MILLIS);
            while (left > 0) {
                LockSupport.parkNanos(this, left);
                left = TimeUnit.MILLISECONDS.toNanos(HALT_MILLIS) - (System.nanoTime() - begun);
            }
            Runtime.getRuntime().halt(code);
        }
    }
}

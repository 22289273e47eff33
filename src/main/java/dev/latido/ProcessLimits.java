package dev.latido;

import dev.latido.config.Config;
import dev.latido.http.HttpConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the operating system lets this process have. Too little of it shows late and in strange places: a thread that cannot be made
 * leaves a part half started, and where no file can be opened any more neither can a connection be accepted.
 */
final class ProcessLimits {

    /** With the JVM's own, libraries and the store some 100 are open at rest. */
    static final long MIN_FILES = 256;

    /** So many threads are made at rest and under load; the pool for what blocks has 20. */
    private static final int THREADS = 32;

    /** So many files are kept from HTTP's connections: what is open at rest, and calls to workers. */
    private static final long MIN_RESERVE = 160;

    private static final long MAX_RESERVE = 1_024;

    private static final long RESERVED_PART = 4;

    /** Linux; the JVM has raised it to what it may be. */
    private static final Path LIMITS = Path.of("/proc/self/limits");

    private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files +(\\d+) ");

    private static final Logger LOG = LoggerFactory.getLogger("latido");

    private ProcessLimits() {}

    /**
     * Sees to it that this process may have what it needs at least. Blocks for some milliseconds.
     *
     * @throws IllegalStateException when it may not, with what to raise
     */
    static void check() {
        checkFiles(openFiles());
        checkThreads();
    }

    static void checkFiles(long files) {
        if (files < MIN_FILES) {
            throw new IllegalStateException("this process may have " + files + " files open, and needs " + MIN_FILES
                    + " at least, and one more for each connection; raise that limit (ulimit -n)");
        }
    }

    /** Makes all of them at once: a limit may be the user's, the container's or the machine's, and others use it up too. */
    private static void checkThreads() {
        CountDownLatch enough = new CountDownLatch(1);
        List<Thread> made = new ArrayList<>();
        try {
            while (made.size() < THREADS) {
                Thread thread = new Thread(() -> await(enough), "latido-limit");
                thread.setDaemon(true);
                thread.start();
                made.add(thread);
            }
        } catch (OutOfMemoryError none) {
            throw new IllegalStateException(
                    "this process needs " + THREADS + " more threads than the JVM itself has, and got " + made.size()
                            + "; raise that limit (ulimit -u, or pids.max of its control group)",
                    null); // without its cause, which would say that there is too little memory
        } finally {
            enough.countDown();
            made.forEach(ProcessLimits::join);
        }
    }

    private static void await(CountDownLatch enough) {
        try {
            enough.await();
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns {@code config} with no more connections than this process may have, beside what else it has open. */
    static Config fit(Config config) {
        HttpConfig http = config.http();
        long most = mostConnections(openFiles());
        if (http.maxConnections() <= most) {
            return config;
        }
        LOG.warn(
                "http.maxConnections is {} here in place of {}: this process may have no more files open (ulimit -n)",
                most,
                http.maxConnections());
        return config.withHttp(http.withMaxConnections((int) most));
    }

    /** Returns how many of {@code files} connections may take. */
    static long mostConnections(long files) {
        return files - Math.max(MIN_RESERVE, Math.min(MAX_RESERVE, files / RESERVED_PART));
    }

    /** Returns how many files this process may have open; as good as no bound where nobody knows. */
    private static long openFiles() {
        try {
            Matcher limit = OPEN_FILES.matcher(Files.readString(LIMITS, StandardCharsets.ISO_8859_1));
            return limit.find() ? Long.parseLong(limit.group(1)) : Integer.MAX_VALUE;
        } catch (IOException | NumberFormatException unknown) {
            return Integer.MAX_VALUE;
        }
    }
}

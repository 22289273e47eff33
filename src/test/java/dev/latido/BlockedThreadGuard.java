package dev.latido;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.AppenderBase;
import dev.latido.config.Config;
import dev.latido.owner.Endings;
import io.vertx.core.VertxOptions;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Fails any test during which an event loop was blocked. Registered for all tests; Vert.x instances made with
 * {@link #strict} are looked at every 100 ms and may not block for 500 ms.
 *
 * <p>One that waited for something, or for a file, was blocked. One that computed was blocked if it had a processor for so
 * long; on a machine with more to do than it can, an event loop may well be runnable for half a second and not run.
 */
public final class BlockedThreadGuard implements BeforeEachCallback, AfterEachCallback {

    static final int LIMIT_MILLIS = 500;

    private static final Pattern WARNING =
            Pattern.compile("Thread (?:Thread\\[#?\\d*,?)?([^,\\s]+)\\S* has been blocked for (\\d+) ms");
    private static final List<String> WAITS = List.of(
            "java.lang.Object.wait",
            "java.lang.Thread.sleep",
            "jdk.internal.misc.Unsafe.park",
            "java.io.FileInputStream",
            "java.io.FileOutputStream",
            "java.io.RandomAccessFile",
            "java.io.UnixFileSystem",
            "sun.nio.ch.FileDispatcher",
            "sun.nio.ch.UnixFileDispatcher",
            "sun.nio.fs.UnixNativeDispatcher",
            "org.sqlite.core.NativeDB");

    private static final ProcessorTimes TIMES = new ProcessorTimes();
    private static final Queue<String> BLOCKED = new ConcurrentLinkedQueue<>();
    private static final AtomicBoolean IS_COLD = new AtomicBoolean(true);

    static {
        Logger checker = (Logger) LoggerFactory.getLogger("io.vertx.core.impl.BlockedThreadChecker");
        AppenderBase<ILoggingEvent> recorder = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                String said = event.getFormattedMessage();
                if (!WARNING.matcher(said).find()) {
                    BLOCKED.add("a warning of a form that is not known: " + said);
                } else if (isBlocked(event)) {
                    BLOCKED.add(said);
                }
            }
        };
        recorder.setContext(checker.getLoggerContext());
        recorder.start();
        checker.addAppender(recorder);
    }

    /**
     * Returns options under which a blocked event loop is noticed soon. Serves for a moment before, the first time: a JVM
     * that serves for the first time loads classes on its event loops, 0.14 s long on a calm machine and far beyond the
     * limit on a busy one.
     */
    public static VertxOptions strict() {
        if (IS_COLD.compareAndSet(true, false)) {
            serveForAMoment();
        }
        return new VertxOptions()
                .setBlockedThreadCheckInterval(100)
                .setBlockedThreadCheckIntervalUnit(TimeUnit.MILLISECONDS)
                .setMaxEventLoopExecuteTime(LIMIT_MILLIS)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS)
                .setWarningExceptionTime(LIMIT_MILLIS) // shows where it is
                .setWarningExceptionTimeUnit(TimeUnit.MILLISECONDS);
    }

    private static boolean isBlocked(ILoggingEvent warning) {
        Matcher said = WARNING.matcher(warning.getFormattedMessage());
        IThrowableProxy thrown = warning.getThrowableProxy();
        if (!said.find() || thrown == null || thrown.getStackTraceElementProxyArray().length == 0) {
            return true;
        }
        List<StackTraceElement> stack = Arrays.stream(thrown.getStackTraceElementProxyArray())
                .map(StackTraceElementProxy::getStackTraceElement)
                .toList();
        if (stack.stream().anyMatch(frame -> frame.getClassName().equals("java.lang.ClassLoader"))) {
            return false; // it loads a class for the first time, which takes as long as the machine is busy
        }
        Thread thread = threadOf(said.group(1), stack);
        return thread == null || isBlocked(thread, stack.get(0), Long.parseLong(said.group(2)));
    }

    /** Returns the thread of this name that is most likely the one with this stack: several instances name theirs alike. */
    private static @Nullable Thread threadOf(String name, List<StackTraceElement> stack) {
        Thread found = null;
        int most = -1;
        for (Thread each : ProcessorTimes.eventLoops()) {
            List<StackTraceElement> now = List.of(each.getStackTrace());
            int alike = 0;
            while (alike < Math.min(now.size(), stack.size())
                    && now.get(now.size() - 1 - alike).equals(stack.get(stack.size() - 1 - alike))) {
                alike++;
            }
            boolean isMoreLikely = alike > most
                    || (alike == most
                            && found != null
                            && TIMES.millis(each, LIMIT_MILLIS) < TIMES.millis(found, LIMIT_MILLIS));
            if (each.getName().equals(name) && isMoreLikely) {
                most = alike;
                found = each;
            }
        }
        return found;
    }

    /** Tells so of {@code thread}, which has been in one task for so long and is now {@code at} this place. */
    static boolean isBlocked(Thread thread, StackTraceElement at, long millis) {
        String where = at.getClassName() + "." + at.getMethodName();
        return (thread.getState() != Thread.State.RUNNABLE && thread.getState() != Thread.State.TERMINATED)
                || WAITS.stream().anyMatch(where::startsWith)
                || TIMES.millis(thread, millis) >= LIMIT_MILLIS;
    }

    /** Returns what was blocked since this was called, or a test began, and forgets it. */
    static List<String> drain() {
        List<String> blocked = new ArrayList<>();
        for (String each = BLOCKED.poll(); each != null; each = BLOCKED.poll()) {
            blocked.add(each);
        }
        return blocked;
    }

    private static void serveForAMoment() {
        Config config = Services.config("store.type", "memory");
        Service service = Service.start(
                config, new VertxOptions(), Service::store, new Endings(broken -> {}, fenced -> {}, fault -> {}));
        try (ApiClient api = new ApiClient(service.port())) {
            for (String path : List.of("/api/job/status", "/health/ready", "/metrics")) {
                api.get(path);
            }
        } catch (ApiClient.Died died) {
            throw new AssertionError(died);
        } finally {
            service.stop();
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        drain();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        List<String> blocked = drain();
        if (!blocked.isEmpty()) {
            throw new AssertionError("an event loop was blocked: " + String.join("; ", blocked));
        }
    }

    /** How much processor time event loops took lately for themselves, looked at every 20 ms. */
    private static final class ProcessorTimes {

        private static final int EVERY_MILLIS = 20;
        private static final int KEPT = 3_000;

        private record Sample(long nanos, Map<Long, Long> times) {}

        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        private final Deque<Sample> samples = new ArrayDeque<>();

        ProcessorTimes() {
            Thread sampler = new Thread(this::sample, "processor-times");
            sampler.setDaemon(true);
            sampler.start();
        }

        private void sample() {
            try {
                while (true) {
                    Map<Long, Long> times = new HashMap<>();
                    eventLoops().forEach(each -> times.put(each.getId(), threads.getThreadUserTime(each.getId())));
                    synchronized (this) {
                        samples.addLast(new Sample(System.nanoTime(), times));
                        if (samples.size() > KEPT) {
                            samples.removeFirst();
                        }
                    }
                    Thread.sleep(EVERY_MILLIS);
                }
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
            }
        }

        private static List<Thread> eventLoops() {
            Thread[] all = new Thread[2 * Thread.activeCount() + 64];
            int count = Thread.enumerate(all);
            return Arrays.stream(all, 0, count)
                    .filter(each -> each.getName().startsWith("vert.x-eventloop-"))
                    .toList();
        }

        /**
         * Returns how long {@code thread} computed in the last {@code millis}, as far as that is certain. What it did before does
         * not count, nor what the kernel did for it: to touch memory that was not used for a while takes long where that
         * is reclaimed. Where samples come late the whole machine may have stood still, which looks like work.
         */
        long millis(Thread thread, long millis) {
            long since = System.nanoTime() - millis * 1_000_000;
            long now = threads.getThreadUserTime(thread.getId());
            long sum = 0;
            Long before = null;
            synchronized (this) {
                for (Sample each : samples) {
                    Long time = each.times.get(thread.getId());
                    if (time == null || each.nanos - since < 0) {
                        continue;
                    }
                    sum += before == null ? 0 : certain(time - before);
                    before = time;
                }
            }
            return (sum + (before == null ? 0 : certain(now - before))) / 1_000_000;
        }

        private static long certain(long nanos) {
            return Math.min(nanos, 2 * EVERY_MILLIS * 1_000_000L);
        }
    }
}

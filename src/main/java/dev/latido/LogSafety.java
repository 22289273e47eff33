package dev.latido;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggerContextListener;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.spi.FilterReply;
import dev.latido.process.ProcessEnd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/** What the log has to do for the process to live and to end as it should. */
final class LogSafety {

    /** How long the log may take to be written at an end. */
    private static final Duration LAST_LINES = Duration.ofMillis(500);

    private static volatile @Nullable LogQueue queue;

    /** Where the log goes unless a file says otherwise; null when one does. */
    private static volatile @Nullable OutputStreamAppender<ILoggingEvent> stdout;

    private LogSafety() {}

    /**
     * Has everything in place that logging an exception takes, has the process end when something is logged that comes
     * of a lack of memory, and has nobody wait for what writes the log. Does nothing where somebody put another library in
     * Logback's place.
     */
    static void prepare() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            loadAll(context);
            OutOfMemoryFilter filter = new OutOfMemoryFilter();
            context.addTurboFilter(filter);
            context.addListener(filter);
            queue(context);
        }
    }

    /** Puts a queue in front of whatever the log is written to. */
    private static void queue(LoggerContext context) {
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        List<Appender<ILoggingEvent>> appenders = new ArrayList<>();
        root.iteratorForAppenders().forEachRemaining(appenders::add);
        for (Appender<ILoggingEvent> each : appenders) {
            if (LogDefaults.STDOUT.equals(each.getName())
                    && LogDefaults.areInForce()
                    && each instanceof OutputStreamAppender<ILoggingEvent> appender) {
                stdout = appender;
            }
        }
        if (!appenders.isEmpty()) {
            LogQueue made = new LogQueue(context.getLogger("latido"), appenders);
            made.start();
            root.addAppender(made); // first, so that no line is lost
            appenders.forEach(root::detachAppender);
            queue = made;
            Runtime.getRuntime().addShutdownHook(new Thread(LogSafety::flush, "latido-log-end"));
        }
    }

    /** Returns where the log goes; null when a file says where, and how. */
    static @Nullable OutputStreamAppender<ILoggingEvent> stdout() {
        return stdout;
    }

    /** Waits for a while until what was logged is written. */
    static void flush() {
        LogQueue current = queue;
        if (current != null) {
            try {
                var unused = current.flush(LAST_LINES);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns, by level, how many lines were dropped so far because they were not taken in time. */
    static Map<String, LongSupplier> dropped() {
        Map<String, LongSupplier> dropped = new TreeMap<>();
        for (Level level : LogQueue.LEVELS) {
            dropped.put(level.toString().toLowerCase(Locale.ROOT), () -> dropped(level));
        }
        return dropped;
    }

    private static long dropped(Level level) {
        LogQueue current = queue;
        return current == null ? 0 : current.dropped(level);
    }

    /**
     * Writes an exception to nowhere. A class that cannot be initialised the first time never can: were that a class of
     * the log, because the stack was exhausted just then, every later exception would fail to be logged, and take with it
     * whoever logs it.
     */
    private static void loadAll(LoggerContext context) {
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        Throwable failure = new IllegalStateException("a", new IllegalStateException("b"));
        failure.addSuppressed(new IllegalStateException("c"));
        LoggingEvent event = new LoggingEvent(
                LogSafety.class.getName(), root, Level.ERROR, "{} {}", failure, new Object[] {"d", "e"});
        for (Iterator<Appender<ILoggingEvent>> all = root.iteratorForAppenders(); all.hasNext(); ) {
            if (all.next() instanceof OutputStreamAppender<ILoggingEvent> appender && appender.getEncoder() != null) {
                var unused = appender.getEncoder().encode(event);
            }
        }
    }

    /**
     * Sees what everybody logs, libraries too, at levels that are off as well: some catch what they should not, and only log
     * it. Stays when a file that is changed sets the log up anew.
     */
    private static final class OutOfMemoryFilter extends TurboFilter implements LoggerContextListener {

        @Override
        public FilterReply decide(
                @Nullable Marker marker,
                Logger logger,
                Level level,
                @Nullable String format,
                Object @Nullable [] parameters,
                @Nullable Throwable failure) {
            if (failure != null) {
                ProcessEnd.endIfOutOfMemory(failure);
            }
            if (parameters != null
                    && parameters.length > 0
                    && parameters[parameters.length - 1] instanceof Throwable last) {
                ProcessEnd.endIfOutOfMemory(last);
            }
            return FilterReply.NEUTRAL;
        }

        @Override
        public boolean isResetResistant() {
            return true;
        }

        @Override
        public void onReset(LoggerContext context) {
            context.addTurboFilter(this);
        }

        @Override
        public void onStart(LoggerContext context) {}

        @Override
        public void onStop(LoggerContext context) {}

        @Override
        public void onLevelChange(Logger logger, Level level) {}
    }
}

package dev.latido;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import dev.latido.process.ProcessEnd;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An appender that never has its caller wait: whatever reads the log, or the disk under it, may stand still. Lines are written
 * by a thread of its own; beyond a bound they are dropped and counted, the least important first, and what was dropped
 * is told when writing goes on. What is written is {@link VisibleEvent visible}, whatever form the log has.
 *
 * <p>Not Logback's {@code AsyncAppender}: that either has its caller wait with a warning when it is full, or drops the warning
 * and does not count it.
 */
final class LogQueue extends UnsynchronizedAppenderBase<ILoggingEvent> {

    /** How many lines may wait. */
    static final int CAPACITY = 8_192;

    /** How many may wait for a line of this level to be taken: of {@code DEBUG} and {@code INFO} half, of {@code WARN} more. */
    private static final int CAPACITY_INFO = CAPACITY / 2;

    private static final int CAPACITY_WARN = CAPACITY * 3 / 4;

    /** The levels that are counted. */
    static final List<Level> LEVELS = List.of(Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR);

    private final Logger logger;
    private final List<Appender<ILoggingEvent>> appenders;
    private final Thread writer = new Thread(this::write, "latido-log");

    // all below under the monitor
    private final ArrayDeque<ILoggingEvent> waiting = new ArrayDeque<>();
    private final long[] dropped = new long[LEVELS.size()];
    private final long[] told = new long[LEVELS.size()];
    private boolean isWriting;

    /**
     * Makes a queue.
     *
     * @param logger in whose name it is told what was dropped
     * @param appenders write what was queued; started
     */
    LogQueue(Logger logger, List<Appender<ILoggingEvent>> appenders) {
        this.logger = logger;
        this.appenders = List.copyOf(appenders);
        setName("queue");
        setContext(logger.getLoggerContext());
        writer.setDaemon(true);
    }

    @Override
    public void start() {
        super.start();
        writer.start();
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        int level = event.getLevel().toInt();
        int capacity = level >= Level.ERROR_INT ? CAPACITY : level >= Level.WARN_INT ? CAPACITY_WARN : CAPACITY_INFO;
        synchronized (this) {
            if (waiting.size() >= capacity) {
                dropped[index(level)]++;
            } else {
                waiting.add(event);
                notifyAll();
            }
        }
    }

    private static int index(int level) {
        return level >= Level.ERROR_INT ? 3 : level >= Level.WARN_INT ? 2 : level >= Level.INFO_INT ? 1 : 0;
    }

    /** Returns how many lines of {@code level}, one of {@link #LEVELS}, were dropped so far. */
    synchronized long dropped(Level level) {
        return dropped[index(level.toInt())];
    }

    /**
     * Waits until all that was logged before is written, at most for so long.
     *
     * @return whether it is
     */
    synchronized boolean flush(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (!waiting.isEmpty() || isWriting) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    private void write() {
        List<ILoggingEvent> batch = new ArrayList<>();
        while (true) {
            try {
                take(batch);
                for (ILoggingEvent logged : batch) {
                    ILoggingEvent event = new VisibleEvent(logged);
                    appenders.forEach(appender -> appender.doAppend(event));
                }
            } catch (InterruptedException stray) {
                // nobody has a reason to
            } catch (RuntimeException | Error failure) { // an appender's; the next line may be another matter
                ProcessEnd.endIfOutOfMemory(failure);
            } finally {
                batch.clear();
            }
        }
    }

    private synchronized void take(List<ILoggingEvent> batch) throws InterruptedException {
        isWriting = false;
        notifyAll();
        while (waiting.isEmpty()) {
            wait();
        }
        isWriting = true;
        batch.add(waiting.remove());
        if (waiting.isEmpty() || waiting.size() < CAPACITY_INFO / 2) {
            tellWhatWasDropped(batch);
        }
    }

    private void tellWhatWasDropped(List<ILoggingEvent> batch) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < dropped.length; i++) {
            if (dropped[i] > told[i]) {
                lines.add((dropped[i] - told[i]) + " " + LEVELS.get(i));
                told[i] = dropped[i];
            }
        }
        if (!lines.isEmpty()) {
            batch.add(new LoggingEvent(
                    LogQueue.class.getName(),
                    logger,
                    Level.WARN,
                    "Lines were dropped, because the log was not taken in time: " + String.join(", ", lines),
                    null,
                    null));
        }
    }
}

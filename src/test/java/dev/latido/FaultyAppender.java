package dev.latido;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.util.concurrent.locks.LockSupport;

/** An appender that fails on every error that comes with an exception: it throws, or never returns. It has no lock that others would wait for. */
public final class FaultyAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {

    /** The system property that says how it fails: {@code throw} or {@code hang}. */
    static final String HOW = "faulty.appender";

    @Override
    protected void append(ILoggingEvent event) {
        if (event.getThrowableProxy() == null) {
            return;
        } else if ("throw".equals(System.getProperty(HOW))) {
            throw new NoClassDefFoundError("Could not initialize class of the log");
        }
        while (true) {
            LockSupport.park();
        }
    }
}

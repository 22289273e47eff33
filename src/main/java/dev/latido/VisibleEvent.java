package dev.latido;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggerContextVO;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import dev.latido.text.Visible;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;
import org.slf4j.event.KeyValuePair;

/**
 * A line of the log as it may be written: what came from elsewhere, such as what a worker says that went wrong, is in the message
 * and in those of exceptions, and neither ends the line there nor acts on the terminal that shows it. So whatever writes the
 * log, and wherever a line is logged, nobody has to think of it.
 */
final class VisibleEvent implements ILoggingEvent {

    /** Says that a message is of several lines, each of which was made {@link Visible} before. */
    static final Marker LINES = MarkerFactory.getMarker("lines");

    private final ILoggingEvent event;
    private final String message;
    private final @Nullable IThrowableProxy failure;

    VisibleEvent(ILoggingEvent event) {
        this.event = event;
        this.message = shown(event);
        this.failure = VisibleFailure.of(event.getThrowableProxy());
    }

    private static String shown(ILoggingEvent event) {
        String text = String.valueOf(event.getFormattedMessage());
        List<Marker> markers = event.getMarkerList();
        return markers != null && markers.contains(LINES)
                ? text.lines().map(Visible::escaped).collect(Collectors.joining("\n"))
                : Visible.escaped(text);
    }

    @Override
    public String getMessage() {
        return message;
    }

    @Override
    public String getFormattedMessage() {
        return message;
    }

    @Override
    public Object @Nullable [] getArgumentArray() {
        return null; // they are in the message
    }

    @Override
    public @Nullable IThrowableProxy getThrowableProxy() {
        return failure;
    }

    @Override
    public String getThreadName() {
        return event.getThreadName();
    }

    @Override
    public Level getLevel() {
        return event.getLevel();
    }

    @Override
    public String getLoggerName() {
        return event.getLoggerName();
    }

    @Override
    public LoggerContextVO getLoggerContextVO() {
        return event.getLoggerContextVO();
    }

    @Override
    public StackTraceElement[] getCallerData() {
        return event.getCallerData();
    }

    @Override
    public boolean hasCallerData() {
        return event.hasCallerData();
    }

    @Override
    public @Nullable List<Marker> getMarkerList() {
        return event.getMarkerList();
    }

    @Override
    public Map<String, String> getMDCPropertyMap() {
        return event.getMDCPropertyMap();
    }

    @Override
    @Deprecated // by the interface, which wants it all the same
    public Map<String, String> getMdc() {
        return event.getMDCPropertyMap();
    }

    @Override
    public long getTimeStamp() {
        return event.getTimeStamp();
    }

    @Override
    public int getNanoseconds() {
        return event.getNanoseconds();
    }

    @Override
    public Instant getInstant() {
        return event.getInstant();
    }

    @Override
    public long getSequenceNumber() {
        return event.getSequenceNumber();
    }

    @Override
    public @Nullable List<KeyValuePair> getKeyValuePairs() {
        return event.getKeyValuePairs();
    }

    @Override
    public void prepareForDeferredProcessing() {
        event.prepareForDeferredProcessing();
    }

    /** An exception with its message, and those of its causes, made visible. */
    private record VisibleFailure(IThrowableProxy failure) implements IThrowableProxy {

        static @Nullable IThrowableProxy of(@Nullable IThrowableProxy failure) {
            return failure == null ? null : new VisibleFailure(failure);
        }

        private static @Nullable String shown(@Nullable String text) {
            return text == null ? null : Visible.escaped(text);
        }

        @Override
        public @Nullable String getMessage() {
            return shown(failure.getMessage());
        }

        @Override
        public @Nullable String getOverridingMessage() {
            return shown(failure.getOverridingMessage());
        }

        @Override
        public String getClassName() {
            return failure.getClassName();
        }

        @Override
        public StackTraceElementProxy[] getStackTraceElementProxyArray() {
            return failure.getStackTraceElementProxyArray();
        }

        @Override
        public int getCommonFrames() {
            return failure.getCommonFrames();
        }

        @Override
        public @Nullable IThrowableProxy getCause() {
            return of(failure.getCause());
        }

        @Override
        public IThrowableProxy[] getSuppressed() {
            IThrowableProxy[] suppressed = failure.getSuppressed();
            return suppressed == null
                    ? new IThrowableProxy[0]
                    : Arrays.stream(suppressed).map(VisibleFailure::new).toArray(IThrowableProxy[]::new);
        }

        @Override
        public boolean isCyclic() {
            return failure.isCyclic();
        }
    }
}

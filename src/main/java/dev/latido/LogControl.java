package dev.latido;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import co.elastic.logging.logback.EcsEncoder;
import dev.latido.config.LogConfig;
import dev.latido.http.LogLevels;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/** The levels and the form of the log, as Logback has them. */
final class LogControl implements LogLevels {

    /** How Latido's own loggers are named: all of them, and the one of its first and last lines. */
    private static final List<String> OWN = List.of("dev.latido", "latido");

    /** How many loggers have a level of their own at most: Logback never forgets one. */
    private static final int MAX_LOGGERS = 200;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_$.-]{1,200}");

    private static final List<Level> LEVELS = List.of(Level.TRACE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR);

    /** Null where somebody put another library in Logback's place, which then is all theirs. */
    private final @Nullable LoggerContext context;

    LogControl() {
        this(LoggerFactory.getILoggerFactory());
    }

    /** Makes one of the log that {@code loggers} are of. */
    LogControl(ILoggerFactory loggers) {
        this.context = loggers instanceof LoggerContext logback ? logback : null;
    }

    /**
     * Has the log written as {@code config} says, from the next line on.
     *
     * @return whether it is; false where a file says how it is written, which then holds
     */
    boolean apply(LogConfig config) {
        LoggerContext logback = context;
        OutputStreamAppender<ILoggingEvent> stdout = LogSafety.stdout();
        if (logback == null || stdout == null) {
            return config.equals(LogConfig.DEFAULT);
        }
        if (config.level() != LogConfig.DEFAULT.level()) {
            OWN.forEach(name -> logback.getLogger(name)
                    .setLevel(Level.toLevel(config.level().name())));
        }
        if (config.format() == LogConfig.Format.JSON) {
            writeJson(logback, stdout);
        }
        return true;
    }

    private static void writeJson(LoggerContext logback, OutputStreamAppender<ILoggingEvent> stdout) {
        EcsEncoder encoder = new EcsEncoder();
        encoder.setContext(logback);
        encoder.setServiceName("latido");
        encoder.start();
        LogSafety.flush(); // what came before is text
        stdout.setEncoder(encoder);
    }

    @Override
    public Map<String, String> levels() {
        Map<String, String> levels = new TreeMap<>();
        LoggerContext logback = context;
        for (Logger logger : logback == null ? List.<Logger>of() : logback.getLoggerList()) {
            Level level = logger.getLevel();
            if (level != null) {
                levels.put(nameOf(logger), level.toString().toLowerCase(Locale.ROOT));
            }
        }
        return levels;
    }

    private static String nameOf(Logger logger) {
        return logger.getName().equals(org.slf4j.Logger.ROOT_LOGGER_NAME) ? "root" : logger.getName();
    }

    @Override
    public void set(Map<String, @Nullable String> levels) {
        LoggerContext logback = context;
        if (logback == null) {
            throw new IllegalArgumentException("The log is not Logback's here, and its levels cannot be changed.");
        }
        Map<String, @Nullable Level> wanted = new HashMap<>();
        levels.forEach((name, level) -> wanted.put(checked(name), level == null ? null : level(name, level)));
        if (wanted.containsKey("root") && wanted.get("root") == null) {
            throw new IllegalArgumentException("Field 'levels.root' must be a level: there is none above it.");
        }
        if (levels().size() + wanted.size() > MAX_LOGGERS) {
            throw new IllegalArgumentException(
                    "More than " + MAX_LOGGERS + " loggers cannot have levels of their own.");
        }
        wanted.forEach((name, level) -> logback.getLogger(name).setLevel(level));
    }

    private static String checked(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("Field 'levels' must hold names of loggers such as dev.latido or root.");
        }
        return name;
    }

    private static Level level(String name, String wanted) {
        return LEVELS.stream()
                .filter(level -> level.toString().toLowerCase(Locale.ROOT).equals(wanted))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Field 'levels." + name + "' must be one of "
                        + LEVELS.stream()
                                .map(level -> level.toString().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", "))
                        + ", or null."));
    }
}

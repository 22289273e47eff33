package dev.latido;

import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Map;
import org.slf4j.Logger;

/**
 * What is logged, and how, unless a file says otherwise: one that {@code -Dlogback.configurationFile} names, or
 * {@code logback.xml} on the class path. In Java and not in such a file, because reading XML is a tenth of the time that the
 * service takes to start.
 */
public final class LogDefaults extends ContextAwareBase implements Configurator {

    /** What the appender is called. */
    static final String STDOUT = "stdout";

    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX,UTC} %-5level %logger{0} - %msg%n";

    private static final Map<String, Level> LEVELS = Map.of(
            Logger.ROOT_LOGGER_NAME,
            Level.INFO,
            "com.hazelcast",
            Level.WARN,
            // Each says once per start what no user can mend.
            "com.hazelcast.instance.impl.HazelcastInstanceFactory",
            Level.ERROR,
            "com.hazelcast.cp.CPSubsystem",
            Level.ERROR,
            // Vert.x registers a gauge anew for each request and Micrometer warns once of that, which no user can mend.
            "io.micrometer.core.instrument.MeterRegistry",
            Level.ERROR,
            // Netty warns, with a stack trace, of a connection that comes while the port closes; its client is told by
            // the reset.
            "io.netty.bootstrap.ServerBootstrap",
            Level.ERROR,
            // Netty makes itself an id of random bytes where there is no network card, as in a container with loopback
            // only.
            "io.netty.util.internal.MacAddressUtil",
            Level.ERROR,
            // Netty warns of whom it would ask; it is told whom to ask.
            "io.netty.resolver.dns.DefaultDnsServerAddressStreamProvider",
            Level.ERROR,
            // The driver of SQLite logs, with a stack trace, what it throws too.
            "org.sqlite.SQLiteJDBCLoader",
            Level.OFF);

    @Override
    public ExecutionStatus configure(LoggerContext loggers) {
        if (isInAFile()) { // Logback asks us before it looks for files
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(loggers);
        encoder.setPattern(PATTERN);
        encoder.start();
        ConsoleAppender<ILoggingEvent> stdout = new ConsoleAppender<>();
        stdout.setContext(loggers);
        stdout.setName(STDOUT);
        stdout.setEncoder(encoder);
        stdout.start();
        LEVELS.forEach((name, level) -> loggers.getLogger(name).setLevel(level));
        loggers.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(stdout);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Tells whether these hold, and no file. */
    static boolean areInForce() {
        return !isInAFile();
    }

    private static boolean isInAFile() {
        ClassLoader loader = LogDefaults.class.getClassLoader();
        return System.getProperty(ClassicConstants.CONFIG_FILE_PROPERTY) != null
                || loader.getResource(ClassicConstants.TEST_AUTOCONFIG_FILE) != null
                || loader.getResource(ClassicConstants.AUTOCONFIG_FILE) != null;
    }
}

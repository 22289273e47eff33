package dev.latido;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.latido.config.Config;
import io.vertx.core.VertxOptions;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Fails any test during which an event loop was blocked. Registered for all tests; Vert.x instances made with
 * {@link #strict} are looked at every 100 ms and may not block for 500 ms.
 */
public final class BlockedThreadGuard implements BeforeEachCallback, AfterEachCallback {

    private static final Queue<String> BLOCKED = new ConcurrentLinkedQueue<>();
    private static final AtomicBoolean IS_COLD = new AtomicBoolean(true);

    static {
        Logger checker = (Logger) LoggerFactory.getLogger("io.vertx.core.impl.BlockedThreadChecker");
        AppenderBase<ILoggingEvent> recorder = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                BLOCKED.add(event.getFormattedMessage());
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
                .setMaxEventLoopExecuteTime(500)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS)
                .setWarningExceptionTime(500) // shows where it is
                .setWarningExceptionTimeUnit(TimeUnit.MILLISECONDS);
    }

    private static void serveForAMoment() {
        Config config = Services.config("store.type", "memory");
        Service service =
                Service.start(config, new VertxOptions(), Service::store, new Endings(broken -> {}, fault -> {}));
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
        BLOCKED.clear();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (!BLOCKED.isEmpty()) {
            throw new AssertionError("an event loop was blocked: " + String.join("; ", BLOCKED));
        }
    }
}

package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LogQueueTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final CountDownLatch release = new CountDownLatch(1);
    private final List<String> written = new CopyOnWriteArrayList<>();
    private final LoggerContext context = new LoggerContext();
    private final Logger logger = context.getLogger("a");
    private final LogQueue queue = new LogQueue(context.getLogger("latido"), List.of(appender()));

    private AppenderBase<ILoggingEvent> appender() {
        AppenderBase<ILoggingEvent> slow = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                if (event.getFormattedMessage().equals("bad")) {
                    throw new IllegalStateException("an appender's fault");
                }
                written.add(event.getLevel() + " " + event.getFormattedMessage());
            }
        };
        slow.setContext(context);
        slow.start();
        return slow;
    }

    private void begin() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        queue.start();
        logger.setLevel(Level.DEBUG);
        logger.addAppender(queue);
    }

    @AfterEach
    void letGo() {
        release.countDown();
        context.stop();
    }

    @Test
    void dropsWhatMattersLeastFirstAndTellsIt() throws Exception {
        begin();
        for (int i = 0; i < LogQueue.CAPACITY; i++) {
            logger.info("line {}", i);
        }
        for (int i = 0; i < LogQueue.CAPACITY; i++) {
            logger.warn("line {}", i);
        }
        logger.debug("line");
        logger.error("line");
        assertThat(queue.flush(Duration.ofMillis(1))).isFalse();
        long infos = queue.dropped(Level.INFO);
        long warnings = queue.dropped(Level.WARN);
        assertThat(infos).isBetween(LogQueue.CAPACITY / 2L - 1, LogQueue.CAPACITY / 2L);
        assertThat(warnings).isBetween(3L * LogQueue.CAPACITY / 4 - 1, 3L * LogQueue.CAPACITY / 4);
        assertThat(queue.dropped(Level.DEBUG)).isEqualTo(1);
        assertThat(queue.dropped(Level.ERROR)).isZero();

        release.countDown();
        assertThat(queue.flush(PATIENCE)).isTrue();
        assertThat(written)
                .startsWith("INFO line 0", "INFO line 1")
                .contains("ERROR line")
                .contains("WARN Lines were dropped, because the log was not taken in time: 1 DEBUG, " + infos
                        + " INFO, " + warnings + " WARN");
        logger.info("after");
        assertThat(queue.flush(PATIENCE)).isTrue();
        assertThat(written).last().isEqualTo("INFO after");
    }

    @Test
    void goesOnAfterAFaultOfAnAppender() throws Exception {
        begin();
        release.countDown();
        logger.info("bad");
        logger.info("good");
        assertThat(queue.flush(PATIENCE)).isTrue();
        assertThat(written).containsExactly("INFO good");
    }
}

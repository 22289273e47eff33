package dev.latido.worker;

import static dev.latido.worker.Outcomes.result;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogWorkerTest {

    private final Logger logger = (Logger) LoggerFactory.getLogger(LogWorker.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void record() {
        lines.start();
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        logger.addAppender(lines);
    }

    @AfterEach
    void restore() {
        logger.detachAppender(lines);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    @Test
    void writesOneLineWithTheBeginningOfThePayloadAndPassesItOn() {
        assertThat(result(new LogWorker().perform(new FakeTask(1, null)))).isNull();
        String payload = '"' + "x".repeat(500) + '"';
        assertThat(result(new LogWorker().perform(new FakeTask(2, payload)))).isEqualTo(payload);
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "import: execution 0000000000001 ran",
                        "import: execution 0000000000002 ran with \"" + "x".repeat(199) + "…");
    }
}

package dev.latido.event;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes into the log what an operator has to know, each kind of a job once a while and not each time. */
public final class EventLog implements EventListener {

    /** How long the same is not told again. */
    static final Duration QUIET = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

    /** What was lost of each job since it was last told, and when that was. */
    private final Map<String, Losses> losses = new HashMap<>();

    private static final class Losses {
        private Instant told = Instant.MIN;
        private long untold;
    }

    @Override
    public void on(Event event) {
        if (event instanceof Event.DeadLettersLost lost) {
            Losses of = losses.computeIfAbsent(lost.job(), job -> new Losses());
            of.untold += lost.count();
            if (!event.at().isBefore(of.told.plus(QUIET))) {
                LOG.warn(
                        "{}: {} dead letters are lost, because they were too many or too old (history.deadLetters);"
                                + " {} are kept",
                        lost.job(),
                        of.untold,
                        lost.kept());
                of.told = event.at();
                of.untold = 0;
            }
        }
    }
}

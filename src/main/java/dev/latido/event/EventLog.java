package dev.latido.event;

import dev.latido.job.ExecutionState;
import java.time.Duration;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes into the log what an operator has to know: attempts and executions that failed, and what follows; what was dropped,
 * missed or lost; breakers and workers that come and go. The same is told once and then counted, see {@link Repeats}.
 */
public final class EventLog implements EventListener, Event.Handler {

    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

    private final Repeats repeats;

    /**
     * Makes one.
     *
     * @param later runs something once, after a time, on the thread that tells of events
     */
    public EventLog(BiConsumer<Duration, Runnable> later) {
        this.repeats = new Repeats(
                later,
                count -> LOG.warn(
                        "{} more of other kinds in {} s than are told one by one: see jobs, metrics and events",
                        count,
                        Repeats.QUIET.toSeconds()));
    }

    @Override
    public void on(Event event) {
        event.accept(this);
    }

    /** Says which attempt it was; what comes after the last one is the fallback's. */
    private static String number(int attempt, int attempts) {
        return attempt + (attempt > attempts ? ", the fallback's" : " of " + attempts);
    }

    @Override
    public void attemptFailed(Event.AttemptFailed event) {
        String follows = event.toFallback() ? "the fallback" : "the next one";
        repeats.happened(
                event.job() + "/attempt/" + ErrorKind.of(event.error()),
                () -> LOG.warn(
                        "{}: execution {}: attempt {} failed: {}; {} not before {}",
                        event.job(),
                        event.execution(),
                        number(event.attempt(), event.attempts()),
                        event.error(),
                        follows,
                        event.next()),
                count -> LOG.warn(
                        "{}: {} more attempts failed like this in {} s, and others follow: {}",
                        event.job(),
                        count,
                        Repeats.QUIET.toSeconds(),
                        event.error()));
    }

    @Override
    public void executionEnded(Event.ExecutionEnded event) {
        String why = event.why() == null ? "no reason given" : event.why();
        if (event.state() == ExecutionState.FAILED) {
            repeats.happened(
                    event.job() + "/failed/" + ErrorKind.of(why),
                    () -> LOG.warn(
                            "{}: execution {} failed for good, with attempt {}, and is a dead letter: {}",
                            event.job(),
                            event.execution(),
                            number(event.attempt(), event.attempts()),
                            why),
                    count -> LOG.warn(
                            "{}: {} more executions failed for good like this in {} s: {}",
                            event.job(),
                            count,
                            Repeats.QUIET.toSeconds(),
                            why));
        } else if (event.state() == ExecutionState.DROPPED) {
            repeats.happened(
                    event.job() + "/dropped",
                    () -> LOG.warn("{}: execution {} was dropped: {}", event.job(), event.execution(), why),
                    count -> LOG.warn(
                            "{}: {} more executions were dropped in {} s",
                            event.job(),
                            count,
                            Repeats.QUIET.toSeconds()));
        }
    }

    @Override
    public void deadLettersLost(Event.DeadLettersLost event) {
        repeats.happened(
                event.job() + "/lost",
                () -> LOG.warn(
                        "{}: {} dead letters are lost, because they were too many or too old (history.deadLetters);"
                                + " {} are kept",
                        event.job(),
                        event.count(),
                        event.kept()),
                count -> LOG.warn(
                        "{}: dead letters were lost {} more times in {} s",
                        event.job(),
                        count,
                        Repeats.QUIET.toSeconds()));
    }

    @Override
    public void ticksMissed(Event.TicksMissed event) {
        repeats.happened(
                event.job() + "/missed",
                () -> LOG.warn("{}: {} ticks were missed", event.job(), event.count()),
                count -> LOG.warn(
                        "{}: ticks were missed {} more times in {} s", event.job(), count, Repeats.QUIET.toSeconds()));
    }

    @Override
    public void breakerChanged(Event.BreakerChanged event) {
        String until = event.until() == null ? "" : " until " + event.until();
        repeats.happened(
                "breaker/" + event.breaker() + "/" + event.state(),
                () -> LOG.warn(
                        "the breaker '{}' is {}{}, after an attempt of {}",
                        event.breaker(),
                        event.state(),
                        until,
                        event.job()),
                count -> LOG.warn(
                        "the breaker '{}' became {} {} more times in {} s",
                        event.breaker(),
                        event.state(),
                        count,
                        Repeats.QUIET.toSeconds()));
    }

    @Override
    public void workerChanged(Event.WorkerChanged event) {
        String missing = event.missing();
        repeats.happened(
                event.job() + "/worker/" + (missing == null ? "back" : "missing"),
                () -> {
                    if (missing == null) {
                        LOG.info("{}: its worker is back", event.job());
                    } else {
                        LOG.warn("{}: waiting for a worker: {}", event.job(), missing);
                    }
                },
                count -> LOG.warn(
                        "{}: its worker {} {} more times in {} s",
                        event.job(),
                        missing == null ? "came back" : "went missing",
                        count,
                        Repeats.QUIET.toSeconds()));
    }

    @Override
    public void lateOutcome(Event.LateOutcome event) {
        repeats.happened(
                event.job() + "/late",
                () -> LOG.info(
                        "{}: execution {}: attempt {} ended after it had been given up, and is ignored",
                        event.job(),
                        event.execution(),
                        event.attempt()),
                count -> LOG.info(
                        "{}: {} more attempts ended after they had been given up in {} s",
                        event.job(),
                        count,
                        Repeats.QUIET.toSeconds()));
    }

    @Override
    public void queueLost(Event.QueueLost event) {
        repeats.happened(
                event.job() + "/queue/lost/" + event.problem(),
                () -> LOG.warn("{}: its queue at {} cannot be used: {}", event.job(), event.queue(), event.problem()),
                count -> LOG.warn(
                        "{}: its queue at {} was lost {} more times like this in {} s",
                        event.job(),
                        event.queue(),
                        count,
                        Repeats.QUIET.toSeconds()));
    }

    @Override
    public void queueNoticed(Event.QueueNoticed event) {
        repeats.happened(
                event.job() + "/queue/noticed/" + event.notice(),
                () -> LOG.warn(
                        "{}: its queue at {} has {} {}", event.job(), event.queue(), event.count(), event.notice()),
                count -> LOG.warn(
                        "{}: its queue at {} had {} {} more times in {} s",
                        event.job(),
                        event.queue(),
                        event.notice(),
                        count,
                        Repeats.QUIET.toSeconds()));
    }

    @Override
    public void queueBack(Event.QueueBack event) {
        repeats.happened(
                event.job() + "/queue/back",
                () -> LOG.info("{}: its queue at {} can be used", event.job(), event.queue()),
                count -> LOG.warn(
                        "{}: its queue at {} came back {} more times in {} s",
                        event.job(),
                        event.queue(),
                        count,
                        Repeats.QUIET.toSeconds()));
    }

    @Override
    public void messageRefused(Event.MessageRefused event) {
        repeats.happened(
                event.job() + "/refused",
                () -> LOG.warn(
                        "{}: message {} is a dead letter, because it cannot be work: {}",
                        event.job(),
                        event.key(),
                        event.problem()),
                count -> LOG.warn(
                        "{}: {} more messages became dead letters in {} s, because they cannot be work",
                        event.job(),
                        count,
                        Repeats.QUIET.toSeconds()));
    }

    // What somebody did is told where that came in, what the store does by whoever writes to it; the rest is the usual.

    @Override
    public void jobStarted(Event.JobStarted event) {}

    @Override
    public void jobStopped(Event.JobStopped event) {}

    @Override
    public void jobRecovered(Event.JobRecovered event) {}

    @Override
    public void jobClosed(Event.JobClosed event) {}

    @Override
    public void jobChanged(Event.JobChanged event) {}

    @Override
    public void tickCoalesced(Event.TickCoalesced event) {}

    @Override
    public void executionQueued(Event.ExecutionQueued event) {}

    @Override
    public void executionBegan(Event.ExecutionBegan event) {}

    @Override
    public void executionProgressed(Event.ExecutionProgressed event) {}

    @Override
    public void storeLost(Event.StoreLost event) {}

    @Override
    public void storeBack(Event.StoreBack event) {}

    @Override
    public void servicePaused(Event.ServicePaused event) {}

    @Override
    public void serviceResumed(Event.ServiceResumed event) {}
}

package dev.latido.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.http.LogRecorder;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventLogTest {

    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
    private static final ExecutionId ID = new ExecutionId(1);

    private final List<Runnable> later = new ArrayList<>();
    private final EventLog log = new EventLog((delay, task) -> {
        assertThat(delay).isEqualTo(Repeats.QUIET);
        later.add(task);
    });
    private final LogRecorder recorder = new LogRecorder();

    @AfterEach
    void close() {
        recorder.close();
    }

    private void aMinutePasses() {
        List<Runnable> due = List.copyOf(later);
        later.clear();
        due.forEach(Runnable::run);
    }

    private List<String> lines() {
        return recorder.lines().stream()
                .map(line -> line.replaceFirst("dev.latido.event.EventLog: ", ""))
                .toList();
    }

    private static Event failed(String job, int attempt, String error) {
        return new Event.AttemptFailed(job, AT, ID, attempt, 3, error, AT.plusSeconds(5), false, Duration.ofMillis(9));
    }

    private static Event ended(String job, ExecutionState state, @Nullable String why) {
        return new Event.ExecutionEnded(job, AT, ID, state, Priority.LOW, why, 3, 3, Duration.ofMillis(9), 0, 0);
    }

    @Test
    void saysWhichAttemptFailedAndWhatFollows() {
        log.on(failed("mail", 1, "refused"));
        log.on(new Event.AttemptFailed(
                "other", AT, ID, 1, 3, "no", AT, true, Duration.ZERO)); // trying again cannot help
        log.on(new Event.ExecutionEnded(
                "other", AT, ID, ExecutionState.FAILED, Priority.LOW, "neither", 4, 3, Duration.ZERO, 0, 0));
        log.on(ended("mail", ExecutionState.FAILED, "refused"));

        assertThat(lines())
                .containsExactly(
                        "WARN mail: execution " + ID + ": attempt 1 of 3 failed: refused; the next one not before "
                                + "2026-01-01T00:00:05Z",
                        "WARN other: execution " + ID + ": attempt 1 of 3 failed: no; the fallback not before "
                                + "2026-01-01T00:00:00Z",
                        "WARN other: execution " + ID
                                + " failed for good, with attempt 4, the fallback's, and is a dead letter: neither",
                        "WARN mail: execution " + ID
                                + " failed for good, with attempt 3 of 3, and is a dead letter: refused");
    }

    @Test
    void tellsTheSameOnceAndThenHowOften() {
        for (int i = 0; i < 10_000; i++) {
            log.on(ended("mail", ExecutionState.FAILED, "order " + i + " is unknown"));
        }
        assertThat(lines()).hasSize(1);
        aMinutePasses();
        assertThat(lines())
                .hasSize(2)
                .last()
                .isEqualTo("WARN mail: 9999 more executions failed for good like this in 60 s: order 0 is unknown");
        aMinutePasses();
        assertThat(later).as("nothing is waited for when nothing happens").isEmpty();
        log.on(ended("mail", ExecutionState.FAILED, "order 7 is unknown"));

        assertThat(lines()).as("told anew").hasSize(3);
    }

    @Test
    void tellsOfABoundedNumberOfKinds() {
        for (int i = 0; i < 10_000; i++) {
            log.on(failed("job-" + i, 1, "no"));
        }
        assertThat(lines()).hasSize(Repeats.MAX_KINDS);
        assertThat(later).hasSize(Repeats.MAX_KINDS + 1);
        aMinutePasses();

        assertThat(lines())
                .hasSize(Repeats.MAX_KINDS + 1)
                .last()
                .isEqualTo(
                        "WARN 9900 more of other kinds in 60 s than are told one by one: see jobs, metrics and events");
    }

    @Test
    void saysWhatWasDroppedMissedAndLost() {
        log.on(ended("logs", ExecutionState.DROPPED, "dropped by drop-oldest"));
        log.on(ended("logs", ExecutionState.DROPPED, "dropped by drop-oldest"));
        log.on(new Event.TicksMissed("beat", AT, 4));
        log.on(new Event.DeadLettersLost("mail", AT, 2, 10));
        log.on(new Event.LateOutcome("mail", AT, ID, 2));
        aMinutePasses();

        assertThat(lines())
                .containsExactly(
                        "WARN logs: execution " + ID + " was dropped: dropped by drop-oldest",
                        "WARN beat: 4 ticks were missed",
                        "WARN mail: 2 dead letters are lost, because they were too many or too old"
                                + " (history.deadLetters); 10 are kept",
                        "INFO mail: execution " + ID + ": attempt 2 ended after it had been given up, and is ignored",
                        "WARN logs: 1 more executions were dropped in 60 s");
    }

    @Test
    void saysOfBreakersAndWorkersThatComeAndGo() {
        log.on(new Event.BreakerChanged("mail", AT, "smtp", "open", AT));
        log.on(new Event.BreakerChanged("mail", AT, "smtp", "closed", null));
        log.on(new Event.WorkerChanged("mail", AT, "no consumer at latido.work.mail"));
        log.on(new Event.WorkerChanged("mail", AT, null));

        assertThat(lines())
                .containsExactly(
                        "WARN the breaker 'smtp' is open until 2026-01-01T00:00:00Z, after an attempt of mail",
                        "WARN the breaker 'smtp' is closed, after an attempt of mail",
                        "WARN mail: waiting for a worker: no consumer at latido.work.mail",
                        "INFO mail: its worker is back");
    }

    @Test
    void saysNothingOfWhatIsUsual() {
        log.on(ended("mail", ExecutionState.SUCCEEDED, null));
        log.on(ended("mail", ExecutionState.CANCELLED, "cancelled"));
        log.on(new Event.JobStarted("mail", AT));

        assertThat(lines()).isEmpty();
        assertThat(later).isEmpty();
    }
}

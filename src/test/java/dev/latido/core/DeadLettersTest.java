package dev.latido.core;

import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.protocol.Command;
import dev.latido.protocol.Counted;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FailureFilter;
import dev.latido.protocol.Health;
import dev.latido.protocol.JobFilter;
import dev.latido.protocol.JobPage;
import dev.latido.protocol.JobView;
import dev.latido.protocol.SummaryView;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How long executions that failed are kept, and what is told when they are not. */
@Tag("fast")
class DeadLettersTest {

    private static final Outcome FAILURE = new Outcome.Failure("no");
    private static final Duration DAY = Duration.ofDays(1);
    private static final JobDefinition JOB = JobDefinition.named("job");
    private static final HistoryConfig.Bounds SMALL = new HistoryConfig.Bounds(1, 1, Duration.ofHours(1));

    private static EngineHarness keeping(int perJob, int total, JobDefinition... jobs) {
        EngineHarness harness =
                EngineHarness.of(new HistoryConfig(SMALL, new HistoryConfig.Bounds(perJob, total, DAY)), jobs);
        harness.take(new Input.ServiceBegan());
        for (JobDefinition job : jobs) {
            harness.start(job.name());
        }
        return harness;
    }

    private static ExecutionView fail(EngineHarness harness, String job) {
        ExecutionView execution = harness.add(job, "1");
        harness.end(FAILURE);
        return execution;
    }

    private static Counted retryFailed(EngineHarness harness, boolean countOnly) {
        return (Counted)
                harness.send(new Command.RetryFailed("job", FailureFilter.ANY, countOnly, Command.NO_DEADLINE));
    }

    private static SummaryView summary(EngineHarness harness) {
        return (SummaryView) harness.send(new Command.GetSummary(Command.NO_DEADLINE));
    }

    @Test
    void areKeptLongerThanWhatSucceeded() {
        EngineHarness harness = keeping(3, 3, JOB);
        ExecutionView failed = fail(harness, "job");
        for (int i = 0; i < 5; i++) {
            harness.add("job", "1");
            harness.end(SUCCESS);
        }
        harness.pass(Duration.ofHours(23));
        assertThat(harness.state(failed)).isEqualTo(ExecutionState.FAILED);
        assertThat(harness.job("job").deadLetters()).isEqualTo(1);
        assertThat(harness.events(Event.DeadLettersLost.class)).isEmpty();
        harness.pass(Duration.ofHours(2));

        assertThat(harness.events(Event.DeadLettersLost.class))
                .extracting(Event.DeadLettersLost::job, Event.DeadLettersLost::count, Event.DeadLettersLost::kept)
                .containsExactly(tuple("job", 1, 0));
    }

    @Test
    void areCountedAndAnnouncedWhenThereAreTooMany() {
        EngineHarness harness = keeping(3, 100, JOB);
        for (int i = 0; i < 5; i++) {
            fail(harness, "job");
        }

        assertThat(harness.events(Event.DeadLettersLost.class))
                .extracting(Event.DeadLettersLost::count)
                .containsExactly(1, 1);
        JobView view = harness.job("job");
        assertThat(view.counters()).containsEntry("deadLettersLost", 2L).containsEntry("failed", 5L);
        assertThat(view.deadLetters()).isEqualTo(3);
        assertThat(harness.crash(DAY.dividedBy(2)).job("job").counters()).containsEntry("deadLettersLost", 2L);
    }

    @Test
    void areLostByTheJobWithTheOldestWhenThereAreTooManyInAll() {
        JobDefinition other = JobDefinition.named("other");
        EngineHarness harness = keeping(3, 3, JOB, other);
        fail(harness, "other");
        for (int i = 0; i < 3; i++) {
            fail(harness, "job");
        }

        assertThat(harness.job("other").counters()).containsEntry("deadLettersLost", 1L);
        assertThat(harness.job("other").deadLetters()).isZero();
        assertThat(harness.events(Event.DeadLettersLost.class))
                .extracting(Event.DeadLettersLost::job)
                .containsExactly("other");
    }

    @Test
    void viewsCountWhatCanBeRetried() {
        JobDefinition other = JobDefinition.named("other");
        EngineHarness harness = keeping(2, 100, JOB, other);
        for (int i = 0; i < 4; i++) {
            fail(harness, "job");
        }
        assertThat(summary(harness).deadLetters()).isEqualTo(2);
        assertThat(summary(harness).withFailures()).isEqualTo(1);
        assertThat(retryFailed(harness, true).matched()).isEqualTo(2);
        assertThat(failing(harness)).extracting(JobView::name).containsExactly("job");
        retryFailed(harness, false);
        harness.end(SUCCESS);
        harness.end(SUCCESS);

        assertThat(summary(harness).deadLetters()).isZero();
        assertThat(summary(harness).withFailures()).isZero();
        assertThat(summary(harness).counters()).containsEntry("failed", 2L);
        assertThat(failing(harness)).isEmpty();
    }

    private static List<JobView> failing(EngineHarness harness) {
        JobFilter filter = new JobFilter(null, JobFilter.Only.FAILED);
        return ((JobPage) harness.send(new Command.ListJobs(null, 10, filter, Command.NO_DEADLINE))).jobs();
    }

    @Test
    void theJobSaysSoBeforeTheyAreLost() {
        EngineHarness harness = keeping(10, 100, JOB);
        for (int i = 0; i < 7; i++) {
            fail(harness, "job");
        }
        assertThat(harness.job("job").why()).isEqualTo(idle(7));
        fail(harness, "job");

        String text = "8 dead letters of 10 (history.deadLetters.maxPerJob); beyond that the oldest are lost";
        assertThat(harness.job("job").why()).isEqualTo(idle(8) + "; " + text);
        harness.add("job", "1");
        harness.end(EngineHarness.SUCCESS);
        assertThat(health(harness).degraded()).containsExactly("job 'job' keeps " + text);
        harness.stop("job");
        assertThat(harness.job("job").why()).endsWith(text);
    }

    private static String idle(int failed) {
        return "nothing to do; the queue is empty; the latest " + failed + " runs failed, since " + EngineHarness.EPOCH
                + "; the last one: no";
    }

    @Test
    void theServiceSaysSoBeforeTheyAreLost() {
        EngineHarness harness = keeping(100, 10, JOB);
        for (int i = 0; i < 8; i++) {
            fail(harness, "job");
        }
        harness.add("job", "1");
        harness.end(EngineHarness.SUCCESS);

        assertThat(health(harness).degraded())
                .containsExactly("8 dead letters are kept of 10 (history.deadLetters.maxTotal); beyond that the oldest"
                        + " are lost");
    }

    private static Health health(EngineHarness harness) {
        return (Health) harness.send(new Command.GetHealth(Command.NO_DEADLINE));
    }

    /** With a smaller bound in the configuration. */
    @Test
    void areAnnouncedWhenARestartLosesThem() {
        EngineHarness harness = keeping(5, 5, JOB);
        for (int i = 0; i < 5; i++) {
            fail(harness, "job");
        }
        EngineHarness next =
                harness.restart(Duration.ZERO, new HistoryConfig(SMALL, new HistoryConfig.Bounds(2, 5, DAY)));

        assertThat(next.events(Event.DeadLettersLost.class))
                .extracting(Event.DeadLettersLost::count, Event.DeadLettersLost::kept)
                .containsExactly(tuple(3, 2));
        assertThat(next.job("job").counters()).containsEntry("deadLettersLost", 3L);
        assertThat(next.crash(Duration.ZERO).job("job").counters()).containsEntry("deadLettersLost", 3L);
    }
}

package dev.latido.core;

import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.protocol.Command;
import dev.latido.protocol.Counted;
import dev.latido.protocol.ExecutionPage;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FailureFilter;
import dev.latido.protocol.Health;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Interval;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Retrying, purging, paging, history and health. */
@Tag("fast")
class OperateTest {

    private static final Outcome FAILURE = new Outcome.Failure("no");

    private final EngineHarness harness = EngineHarness.of(JobDefinition.named("job"));

    private ExecutionView failed(String payload) {
        ExecutionView view = harness.add(null, payload);
        harness.start(null);
        harness.end(FAILURE);
        return view;
    }

    private Counted counted(Command command) {
        return (Counted) harness.send(command);
    }

    private static ExecutionPage page(EngineHarness harness, ExecutionState state, String cursor, int limit) {
        return (ExecutionPage) harness.send(
                new Command.ListExecutions(null, state, cursor.isEmpty() ? null : cursor, limit, Command.NO_DEADLINE));
    }

    private static List<String> ids(List<ExecutionView> executions) {
        return executions.stream().map(execution -> execution.id().toString()).toList();
    }

    @Test
    void retriesAFailedExecutionOnly() {
        ExecutionView view = failed("1");
        assertThat(harness.job(null).counters()).containsEntry("failed", 1L);
        EngineHarness.Call retried = harness.ask(new Command.Retry(view.id(), Command.NO_DEADLINE));

        assertThat(retried.view().state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(harness.job(null).counters()).containsEntry("failed", 0L).containsEntry("accepted", 1L);
        assertThat(harness.ask(new Command.Retry(view.id(), Command.NO_DEADLINE))
                        .refusal()
                        .type())
                .isEqualTo(Refusal.WRONG_STATE);
        harness.end(SUCCESS);
        assertThat(harness.get(view.id()).attempt()).isEqualTo(2);
        assertThat(harness.job(null).counters()).containsEntry("succeeded", 1L);
    }

    @Test
    void refusesARetryWithoutRoom() {
        EngineHarness small =
                EngineHarness.of(JobDefinition.named("job").withQueue(new QueueConfig(1, FullMode.WAIT, Map.of(), 5)));
        ExecutionView view = small.add(null, "1");
        small.start(null);
        small.end(FAILURE);
        small.stop(null);
        small.add(null, "2");

        assertThat(small.ask(new Command.Retry(view.id(), Command.NO_DEADLINE))
                        .refusal()
                        .type())
                .isEqualTo(Refusal.QUEUE_FULL);
        assertThat(small.state(view)).isEqualTo(ExecutionState.FAILED);
    }

    @Test
    void saysThatThereIsNoSuchExecution() {
        ExecutionId nobody = new ExecutionId(5);
        for (Command command : List.of(
                new Command.GetExecution(nobody, Command.NO_DEADLINE),
                new Command.Cancel(nobody, Command.NO_DEADLINE),
                new Command.Retry(nobody, Command.NO_DEADLINE),
                new Command.AwaitExecution(nobody, harness.in(Duration.ZERO), Command.NO_DEADLINE))) {
            assertThat(((Refusal) harness.send(command)).code()).isEqualTo(404);
        }
    }

    @Test
    void retriesAllThatFailedForWhichThereIsRoom() {
        EngineHarness small = EngineHarness.of(
                JobDefinition.named("job").withQueue(new QueueConfig(3, FullMode.REJECT, Map.of(), 0)));
        small.start(null);
        for (int i = 0; i < 5; i++) {
            small.add(null, String.valueOf(i));
            small.end(FAILURE);
        }
        small.stop(null);
        assertThat(small.send(new Command.RetryFailed(null, FailureFilter.ANY, true, Command.NO_DEADLINE)))
                .isEqualTo(new Counted(5, 0));
        assertThat(small.send(new Command.RetryFailed(null, FailureFilter.ANY, false, Command.NO_DEADLINE)))
                .isEqualTo(new Counted(5, 3));

        assertThat(small.job(null).counters()).containsEntry("failed", 2L);
        small.start(null);
        while (!small.performing.isEmpty()) {
            small.end(SUCCESS);
        }
        assertThat(small.payloads().subList(5, 8)).containsExactly("0", "1", "2");
    }

    @Test
    void purgesWhatIsQueuedAndDelayed() {
        harness.add(null, "1");
        harness.add(null, "2", Priority.HIGH);
        harness.submit(null, new Submission("3", Priority.LOW, Duration.ofHours(1), null));

        assertThat(counted(new Command.Purge(null, true, Command.NO_DEADLINE))).isEqualTo(new Counted(3, 0));
        assertThat(counted(new Command.Purge(null, false, Command.NO_DEADLINE))).isEqualTo(new Counted(3, 3));
        assertThat(counted(new Command.Purge(null, false, Command.NO_DEADLINE))).isEqualTo(new Counted(0, 0));
        assertThat(harness.job(null).counters()).containsEntry("cancelled", 3L);
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void changesABoundedNumberAtOnce() {
        EngineHarness large = EngineHarness.of(
                JobDefinition.named("job").withQueue(new QueueConfig(1_000_000, FullMode.REJECT, Map.of(), 0)));
        int all = JobCommands.MAX_CHANGES + 10;
        large.submit(null, Collections.nCopies(all, Submission.of("x")).toArray(new Submission[0]));

        assertThat(large.send(new Command.Purge(null, false, Command.NO_DEADLINE)))
                .isEqualTo(new Counted(all, JobCommands.MAX_CHANGES));
        assertThat(large.send(new Command.Purge(null, false, Command.NO_DEADLINE)))
                .isEqualTo(new Counted(10, 10));
    }

    @Test
    void letsProducersInWhoWaitWhenTheQueueIsPurged() {
        EngineHarness small =
                EngineHarness.of(JobDefinition.named("job").withQueue(new QueueConfig(1, FullMode.WAIT, Map.of(), 5)));
        small.add(null, "1");
        EngineHarness.Call waits = small.submit(null, Submission.of("2"));
        small.send(new Command.Purge(null, false, Command.NO_DEADLINE));

        assertThat(waits.view().state()).isEqualTo(ExecutionState.QUEUED);
    }

    @Test
    void listsTheQueuePageByPageTheMostUrgentFirst() {
        List<String> expected = new ArrayList<>();
        for (Priority priority : Priority.MOST_URGENT_FIRST) {
            for (int i = 0; i < 3; i++) {
                expected.add(harness.add(null, "x", priority).id().toString());
            }
        }
        for (int limit = 1; limit <= 13; limit++) {
            List<String> paged = new ArrayList<>();
            String cursor = "";
            do {
                ExecutionPage page = page(harness, ExecutionState.QUEUED, cursor, limit);
                assertThat(page.executions()).hasSizeBetween(1, limit);
                assertThat(page.executions())
                        .allSatisfy(view -> assertThat(view.payload()).isNull());
                paged.addAll(ids(page.executions()));
                cursor = page.cursor() == null ? "" : page.cursor();
            } while (!cursor.isEmpty());
            assertThat(paged).isEqualTo(expected);
        }
    }

    @Test
    void goesOnListingWhileExecutionsMove() {
        List<ExecutionView> views = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            views.add(harness.add(null, String.valueOf(i)));
        }
        ExecutionPage first = page(harness, ExecutionState.QUEUED, "", 2);
        String cursor = String.valueOf(first.cursor());
        harness.cancel(views.get(1).id()); // where the page ended
        harness.cancel(views.get(3).id());
        harness.start(null); // takes 0
        harness.add(null, "6");

        List<ExecutionView> rest =
                page(harness, ExecutionState.QUEUED, cursor, 9).executions();
        assertThat(ids(rest).subList(0, 3)).isEqualTo(ids(List.of(views.get(2), views.get(4), views.get(5))));
        assertThat(rest).hasSize(4);
        assertThat(page(harness, ExecutionState.RUNNING, "", 9).executions()).hasSize(1);
        assertThat(ids(page(harness, ExecutionState.CANCELLED, "", 9).executions()))
                .isEqualTo(ids(List.of(views.get(1), views.get(3))));
    }

    @Test
    void listsHistoryOnWhereItEndedAlthoughThatWasForgotten() {
        EngineHarness small =
                EngineHarness.of(EngineHarness.keeping(3, 100, Duration.ofDays(1)), JobDefinition.named("job"));
        small.start(null);
        List<ExecutionView> views = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            views.add(small.add(null, "x"));
            small.end(SUCCESS);
        }
        ExecutionPage first = page(small, ExecutionState.SUCCEEDED, "", 1);
        for (int i = 0; i < 2; i++) {
            views.add(small.add(null, "x"));
            small.end(SUCCESS);
        }

        assertThat(ids(page(small, ExecutionState.SUCCEEDED, String.valueOf(first.cursor()), 9)
                        .executions()))
                .isEqualTo(ids(views.subList(2, 5)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"x", "a_b_c", "low_1_2", "nobody_1_0000000000001", "low_!_0000000000001", "low_1_0000000000001_2"
            })
    void refusesACursorThatIsNoneOfOurs(String cursor) {
        Refusal refusal = (Refusal)
                harness.send(new Command.ListExecutions(null, ExecutionState.QUEUED, cursor, 5, Command.NO_DEADLINE));

        assertThat(refusal.code()).isEqualTo(422);
    }

    @Test
    void readsACursorBack() {
        Cursor cursor = new Cursor(Priority.HIGH, -77, new ExecutionId(99));

        assertThat(Cursor.parse(cursor.toString())).isEqualTo(cursor);
    }

    @Test
    void saysWhatIsDegraded() {
        EngineHarness small = EngineHarness.of(
                JobDefinition.named("job").withQueue(new QueueConfig(5, FullMode.REJECT, Map.of(), 0)));
        small.start(null);
        for (int i = 0; i < 4; i++) { // one of them is in flight
            small.add(null, "x");
        }
        assertThat(small.send(new Command.GetHealth(Command.NO_DEADLINE))).isEqualTo(new Health(List.of()));
        small.submit(null, new Submission("x", Priority.LOW, Duration.ofHours(1), null));

        assertThat(small.send(new Command.GetHealth(Command.NO_DEADLINE)))
                .isEqualTo(new Health(List.of("the queue of job 'job' holds 4 of 5")));
    }

    @Test
    void saysForHowLongDueWorkHasBeenWaiting() {
        EngineHarness ticking =
                EngineHarness.of(JobDefinition.named("job").withSchedule(new Interval(Duration.ofSeconds(5))));
        ticking.start(null);
        ticking.now = ticking.now.plus(Duration.ofSeconds(15)); // and nobody rings the alarm
        Health at10 = (Health) ticking.send(new Command.GetHealth(Command.NO_DEADLINE));
        ticking.now = ticking.now.plus(Duration.ofMillis(1));
        Health later = (Health) ticking.send(new Command.GetHealth(Command.NO_DEADLINE));

        assertThat(at10.overdue()).isEqualTo(Duration.ofSeconds(10));
        assertThat(at10.isStalled()).isFalse();
        assertThat(later.isStalled()).isTrue();
    }

    @Test
    void namesABoundedNumberOfDegradedJobs() {
        JobDefinition[] jobs = new JobDefinition[150];
        for (int i = 0; i < jobs.length; i++) {
            jobs[i] = JobDefinition.named("job-" + i).withQueue(new QueueConfig(1, FullMode.REJECT, Map.of(), 0));
        }
        EngineHarness many = EngineHarness.of(jobs);
        for (JobDefinition job : jobs) {
            many.add(job.name(), "x");
        }

        assertThat(((Health) many.send(new Command.GetHealth(Command.NO_DEADLINE))).degraded())
                .hasSize(101)
                .last()
                .isEqualTo("and 50 more jobs");
    }

    @Test
    void explainsWhyNothingRuns() {
        assertThat(harness.job(null).why()).isEqualTo("stopped: has not been started");
        harness.add(null, "1");
        assertThat(harness.job(null).why()).isEqualTo("stopped: has not been started; 1 queued until it is started");
        harness.start(null);
        assertThat(harness.job(null).why()).isEqualTo("working; one run is in flight, since 2026-01-01T00:00:00Z");
        harness.end(SUCCESS);
        assertThat(harness.job(null).why()).isEqualTo("nothing to do; the queue is empty");
        harness.stop(null);
        assertThat(harness.job(null).why()).isEqualTo("stopped at 2026-01-01T00:00:00Z");
    }

    @Test
    void boundsHistoryByAge() {
        EngineHarness aged =
                EngineHarness.of(EngineHarness.keeping(100, 100, Duration.ofMinutes(10)), JobDefinition.named("job"));
        aged.take(new Input.ServiceBegan());
        ExecutionView view = aged.add(null, "1");
        aged.end(SUCCESS);
        aged.pass(Duration.ofMinutes(9));
        assertThat(aged.state(view)).isEqualTo(ExecutionState.SUCCEEDED);
        aged.pass(Duration.ofMinutes(2));

        assertThat(aged.send(new Command.GetExecution(view.id(), Command.NO_DEADLINE)))
                .isInstanceOf(Refusal.class);
        assertThat(aged.job(null).counters()).containsEntry("succeeded", 1L);
        assertThat(aged.engine.parts().executions.size()).isZero();
    }

    @Test
    void forgetsTheOldestOfAllJobsFirst() {
        EngineHarness two = EngineHarness.of(
                EngineHarness.keeping(3, 4, Duration.ofDays(1)), JobDefinition.named("a"), JobDefinition.named("b"));
        two.start("a");
        two.start("b");
        List<ExecutionView> views = new ArrayList<>();
        for (String job : List.of("a", "a", "a", "b", "b", "b")) {
            views.add(two.add(job, "x"));
            two.end(SUCCESS);
        }

        List<ExecutionView> kept = new ArrayList<>();
        for (ExecutionView view : views) {
            if (two.send(new Command.GetExecution(view.id(), Command.NO_DEADLINE)) instanceof ExecutionView found) {
                kept.add(found);
            }
        }
        assertThat(ids(kept)).isEqualTo(ids(views.subList(2, 6)));
    }

    @Test
    void keepsNoHistoryWhenToldSo() {
        EngineHarness none =
                EngineHarness.of(EngineHarness.keeping(0, 0, Duration.ofDays(1)), JobDefinition.named("job"));
        none.start(null);
        ExecutionView view = none.add(null, "x");
        EngineHarness.Call watcher =
                none.ask(new Command.AwaitExecution(view.id(), none.in(Duration.ofSeconds(5)), Command.NO_DEADLINE));
        none.end(SUCCESS);

        assertThat(watcher.view().state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(none.engine.parts().executions.size()).isZero();
    }
}

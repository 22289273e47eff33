package dev.latido.core;

import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Health;
import dev.latido.protocol.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Executions in flight: outcomes, time-outs, cancelling, workers that cannot be reached. */
@Tag("fast")
class AttemptsTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final JobDefinition JOB =
            JobDefinition.named("job").withTimeout(TIMEOUT).withConcurrency(2);

    private final EngineHarness harness = EngineHarness.of(JOB);

    private ExecutionView running(String payload) {
        harness.start(null);
        return harness.add(null, payload);
    }

    @Test
    void keepsTheResult() {
        ExecutionView view = running("1");
        harness.pass(Duration.ofMillis(40));
        harness.end(new Outcome.Success("\"done\""));

        ExecutionView ended = harness.get(view.id());
        assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(ended.result()).isEqualTo("\"done\"");
        assertThat(ended.attempt()).isEqualTo(1);
        assertThat(ended.startedAt()).isEqualTo(EngineHarness.EPOCH);
        assertThat(ended.endedAt()).isEqualTo(EngineHarness.EPOCH.plusMillis(40));
        assertThat(harness.events(Event.ExecutionEnded.class))
                .singleElement()
                .satisfies(event -> assertThat(event.took()).isEqualTo(Duration.ofMillis(40)));
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void recordsAFailureAndGoesOn() {
        ExecutionView view = running("1");
        harness.add(null, "2");
        harness.add(null, "3");
        harness.end(new Outcome.Failure("boom"));

        assertThat(harness.get(view.id()).state()).isEqualTo(ExecutionState.FAILED);
        assertThat(harness.get(view.id()).error()).isEqualTo("boom");
        assertThat(harness.performing).hasSize(2);
    }

    @Test
    void keepsNoMoreInFlightThanTheConcurrency() {
        running("1");
        for (int i = 2; i <= 5; i++) {
            harness.add(null, String.valueOf(i));
        }

        assertThat(harness.performing).hasSize(2);
        assertThat(harness.job(null).why())
                .isEqualTo(
                        "working; 3 queued, waiting for a slot (2 of 2 taken, the longest since 2026-01-01T00:00:00Z)");
        harness.end(SUCCESS);
        assertThat(harness.payloads()).containsExactly("1", "2", "3");
    }

    @Test
    void timesAnAttemptOutAndIgnoresItsLateOutcome() {
        ExecutionView view = running("1");
        Attempt attempt = harness.performing.get(0);
        harness.pass(TIMEOUT.minusMillis(1));
        assertThat(harness.cancelled).isEmpty();
        harness.pass(Duration.ofMillis(1));

        assertThat(harness.cancelled).containsExactly(attempt);
        assertThat(harness.get(view.id()).state()).isEqualTo(ExecutionState.FAILED);
        assertThat(harness.get(view.id()).error()).isEqualTo("timed out after 10000 ms");
        assertThat(harness.job(null).inFlight()).isZero();
        harness.end(SUCCESS);
        assertThat(harness.get(view.id()).state()).isEqualTo(ExecutionState.FAILED);
        assertThat(harness.events(Event.LateOutcome.class))
                .containsExactly(new Event.LateOutcome("job", harness.now.wall(), view.id(), 1));
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void timesEachAttemptOutAtItsOwnTime() {
        ExecutionView one = running("1");
        harness.pass(Duration.ofSeconds(4));
        ExecutionView two = harness.add(null, "2");
        harness.pass(Duration.ofSeconds(6));
        assertThat(harness.state(one)).isEqualTo(ExecutionState.FAILED);
        assertThat(harness.state(two)).isEqualTo(ExecutionState.RUNNING);
        harness.pass(Duration.ofSeconds(4));

        assertThat(harness.state(two)).isEqualTo(ExecutionState.FAILED);
    }

    @Test
    void ignoresTheOutcomeOfAnEarlierAttempt() {
        ExecutionView view = running("1");
        Attempt first = harness.performing.get(0);
        harness.pass(TIMEOUT);
        harness.performing.clear();
        harness.ask(new Command.Retry(view.id(), Command.NO_DEADLINE));
        assertThat(harness.performing).extracting(Attempt::number).containsExactly(2);

        harness.take(new Input.AttemptEnded(first, SUCCESS));
        harness.take(new Input.AttemptProgressed(first, 0.9, "late"));

        assertThat(harness.get(view.id()).state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(harness.get(view.id()).progress()).isNull();
        assertThat(harness.events(Event.LateOutcome.class)).hasSize(1);
        harness.end(SUCCESS);
        assertThat(harness.state(view)).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void ignoresAnOutcomeOfAnUnknownExecution() {
        harness.take(new Input.AttemptEnded(new Attempt(new dev.latido.job.ExecutionId(1), "job", 1), SUCCESS));

        assertThat(harness.events).extracting(Event::type).containsExactly("execution.late-outcome");
    }

    @Test
    void showsProgressUntilTheAttemptIsOver() {
        ExecutionView view = running("1");
        harness.take(new Input.AttemptProgressed(harness.performing.get(0), 0.5, "half"));

        assertThat(harness.get(view.id()).progress()).isEqualTo(0.5);
        assertThat(harness.get(view.id()).note()).isEqualTo("half");
        assertThat(harness.events(Event.ExecutionProgressed.class)).hasSize(1);
        harness.end(new Outcome.Failure("no"));
        harness.ask(new Command.Retry(view.id(), Command.NO_DEADLINE));
        assertThat(harness.get(view.id()).progress()).isNull();
        assertThat(harness.get(view.id()).error()).isNull();
    }

    @Test
    void cancelsWhatIsQueuedOrDelayed() {
        ExecutionView queued = harness.add(null, "1");
        ExecutionView delayed = harness.submit(
                        null, new dev.latido.protocol.Submission("2", Priority.LOW, Duration.ofHours(1), null))
                .view();

        for (ExecutionView view : List.of(queued, delayed)) {
            assertThat(harness.cancel(view.id()).view().state()).isEqualTo(ExecutionState.CANCELLED);
        }
        assertThat(harness.job(null).counters()).containsEntry("cancelled", 2L);
        assertThat(harness.job(null).queue().delayed()).isZero();
        assertThat(harness.engine.nextDue()).isEmpty();
        harness.start(null);
        harness.pass(Duration.ofHours(2));
        assertThat(harness.performing).isEmpty();
    }

    @Test
    void tellsARunningExecutionToEnd() {
        ExecutionView view = running("1");
        Attempt attempt = harness.performing.get(0);

        assertThat(harness.cancel(view.id()).view().note()).isEqualTo("told to end");
        harness.cancel(view.id());
        assertThat(harness.cancelled).containsExactly(attempt);
        harness.end(new Outcome.Failure("interrupted"));

        assertThat(harness.state(view)).isEqualTo(ExecutionState.CANCELLED);
        assertThat(harness.cancel(view.id()).refusal().type()).isEqualTo(Refusal.WRONG_STATE);
    }

    @Test
    void letsWorkThatEndsWellAfterACancelSucceed() {
        ExecutionView view = running("1");
        harness.cancel(view.id());
        harness.end(SUCCESS);

        assertThat(harness.state(view)).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void givesUpACancelledAttemptAtItsTime() {
        ExecutionView view = running("1");
        harness.cancel(view.id());
        harness.pass(TIMEOUT);

        assertThat(harness.get(view.id()).state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(harness.get(view.id()).note()).contains("did not end in time");
    }

    @Test
    void putsBackToItsPlaceAndTriesAgainAfterASecondWhenThereIsNoWorker() {
        ExecutionView one = running("1");
        ExecutionView two = harness.add(null, "2");
        harness.add(null, "3");
        harness.end(one.id(), new Outcome.Unavailable("nobody listens"));
        harness.end(two.id(), new Outcome.Unavailable("nobody listens"));

        assertThat(harness.performing).isEmpty();
        assertThat(harness.state(one)).isEqualTo(ExecutionState.QUEUED);
        assertThat(harness.job(null).why()).isEqualTo("waiting for a worker: nobody listens");
        assertThat(harness.status(null).executionCount()).isZero();
        assertThat(((Health) harness.send(new Command.GetHealth(Command.NO_DEADLINE))).degraded())
                .containsExactly("job 'job' is waiting for a worker: nobody listens");
        harness.pass(Duration.ofMillis(999));
        assertThat(harness.performing).isEmpty();
        harness.pass(Duration.ofMillis(1));

        assertThat(harness.payloads()).containsExactly("1", "2", "1"); // one of them finds out
        assertThat(harness.get(one.id()).attempt()).as("the first was none").isEqualTo(1);
        assertThat(harness.job(null).why()).startsWith("waiting for a worker"); // until it answers
        harness.end(SUCCESS);
        assertThat(harness.payloads()).containsExactly("1", "2", "1", "2", "3");
        assertThat(((Health) harness.send(new Command.GetHealth(Command.NO_DEADLINE))).degraded())
                .isEmpty();
    }

    @Test
    void keepsFirstInFirstOutWhenTheyAreFoundUnavailableInAnotherOrderLater() {
        ExecutionView one = running("1");
        ExecutionView two = harness.add(null, "2");
        harness.end(one.id(), new Outcome.Unavailable("x"));
        harness.pass(Duration.ofSeconds(1)); // 1 is tried again
        harness.end(two.id(), new Outcome.Unavailable("x"));
        harness.end(one.id(), new Outcome.Unavailable("x"));
        harness.pass(Duration.ofSeconds(1));

        assertThat(harness.payloads()).containsExactly("1", "2", "1", "1");
        harness.end(SUCCESS);
        assertThat(harness.payloads()).endsWith("2");
    }

    @Test
    void stopsWhileItWaitsForAWorker() {
        ExecutionView one = running("1");
        harness.end(new Outcome.Unavailable("nobody"));
        harness.stop(null);
        assertThat(harness.engine.nextDue()).isEmpty();
        harness.pass(Duration.ofMinutes(1));
        assertThat(harness.performing).isEmpty();
        assertThat(harness.job(null).why()).contains("1 queued until it is started");
        harness.start(null);

        assertThat(harness.performing).extracting(Attempt::execution).containsExactly(one.id());
    }

    @Test
    void putsBackInAStoppedJobWithoutAskingAgain() {
        running("1");
        harness.stop(null);
        harness.end(new Outcome.Unavailable("nobody"));

        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void cancelsRatherThanPutBack() {
        ExecutionView one = running("1");
        harness.cancel(one.id());
        harness.end(new Outcome.Unavailable("nobody"));

        assertThat(harness.state(one)).isEqualTo(ExecutionState.CANCELLED);
        harness.pass(WorkerWatch.LOOK_EVERY);
        assertThat(harness.engine.nextDue()).as("nobody waits for a worker").isEmpty();
    }

    @Test
    void answersWhoWaitsForTheEndOrAtItsTime() {
        ExecutionView view = running("1");
        EngineHarness.Call short1 = await(view, harness.in(Duration.ofSeconds(1)));
        EngineHarness.Call long1 = await(view, harness.in(Duration.ofSeconds(5)));
        EngineHarness.Call unnamed = await(view, Instant.MAX);
        EngineHarness.Call past = await(view, Instant.MIN);
        assertThat(past.view().state()).isEqualTo(ExecutionState.RUNNING);
        harness.pass(Duration.ofSeconds(1));
        assertThat(short1.view().state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(long1.isAnswered()).isFalse();
        harness.end(SUCCESS);

        assertThat(long1.view().state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(unnamed.view().state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(await(view, Instant.MAX).view().state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    private EngineHarness.Call await(ExecutionView view, Instant until) {
        return harness.ask(new Command.AwaitExecution(view.id(), until, Command.NO_DEADLINE));
    }

    @Test
    void boundsHowManyMayWait() {
        ExecutionView view = running("1");
        for (int i = 0; i < Waiters.MAX; i++) {
            harness.ask(new Command.AwaitExecution(view.id(), Instant.MAX, Command.NO_DEADLINE));
        }
        EngineHarness.Call oneMore = await(view, Instant.MAX);

        assertThat(oneMore.refusal().type()).isEqualTo(Refusal.NO_ROOM);
        harness.end(SUCCESS);
        assertThat(harness.engine.nextDue()).isEmpty();
        assertThat(harness.engine.parts().waiters.count()).isZero();
    }

    @Test
    void beginsNothingAndRefusesControlWhileShuttingDown() {
        ExecutionView one = running("1");
        harness.add(null, "2");
        harness.add(null, "3");
        EngineHarness.Call drain = harness.drain(null, Duration.ofSeconds(30));
        EngineHarness.Call watcher = await(one, Instant.MAX);
        harness.take(new Input.ShutdownBegan());
        harness.take(new Input.ShutdownBegan());

        assertThat(drain.message()).contains("2 runs are still in flight");
        assertThat(watcher.view().state()).isEqualTo(ExecutionState.RUNNING);
        harness.end(SUCCESS);
        harness.end(new Outcome.Unavailable("gone"));
        harness.pass(Duration.ofMinutes(1));
        assertThat(harness.performs).hasSize(2);
        assertThat(harness.engine.inFlight()).isZero();
        assertThat(harness.engine.nextDue()).isEmpty();
        for (Command command : List.of(
                new Command.Start(null, Command.NO_DEADLINE),
                new Command.Complete(null, Command.NO_DEADLINE),
                new Command.Submit(null, List.of(), Command.NO_DEADLINE),
                new Command.AwaitRoom(null, Priority.LOW, Command.NO_DEADLINE),
                new Command.Purge(null, false, Command.NO_DEADLINE),
                new Command.Retry(one.id(), Command.NO_DEADLINE))) {
            assertThat(((Refusal) harness.send(command)).type()).isEqualTo(Refusal.STOPPING);
        }
        assertThat(harness.status(null).message()).isEqualTo("Job 'job' is stopping with the service.");
        assertThat(await(one, Instant.MAX).isAnswered()).isTrue();
    }

    @Test
    void timesOutWhatHangsWhileShuttingDown() {
        running("1");
        harness.take(new Input.ShutdownBegan());
        harness.pass(TIMEOUT);

        assertThat(harness.engine.inFlight()).isZero();
    }
}

package dev.latido.core;

import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.RetryPolicy;
import dev.latido.job.RetryPolicy.Backoff;
import dev.latido.policy.BreakerConfig;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The worker that takes over when attempts are out. For an open breaker see {@link BreakerJobTest}. */
@Tag("fast")
class FallbackTest {

    private static final Outcome FAILURE = new Outcome.Failure("no luck");
    private static final Outcome FINAL = new Outcome.Failure("no such customer", true, null);
    private static final Duration PAUSE = Duration.ofSeconds(10);
    private static final JobDefinition JOB = JobDefinition.named("job").with(job -> {
        job.hasFallback = true;
        job.retry = new RetryPolicy(2, Backoff.FIXED, PAUSE, PAUSE, false);
    });

    private final EngineHarness harness = EngineHarness.of(JOB);

    private ExecutionView running() {
        harness.start(null);
        return harness.add(null, "1");
    }

    private static List<Boolean> byFallback(EngineHarness harness) {
        return harness.performs.stream().map(Effect.Perform::byFallback).toList();
    }

    @Test
    void takesOverAtOnceWhenAttemptsAreOut() {
        ExecutionView view = running();
        harness.end(FAILURE);
        harness.pass(PAUSE);
        harness.end(FAILURE);
        assertThat(byFallback(harness)).containsExactly(false, false, true);
        assertThat(harness.begins()).containsExactly(Duration.ZERO, PAUSE, PAUSE);
        assertThat(harness.events(Event.AttemptFailed.class))
                .extracting(Event.AttemptFailed::next)
                .containsExactly(harness.now.wall(), harness.now.wall());
        harness.end(new Outcome.Success("\"done otherwise\""));

        ExecutionView ended = harness.get(view.id());
        assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(ended.result()).isEqualTo("\"done otherwise\"");
        assertThat(ended.failures()).hasSize(2);
        assertThat(ended.attempt()).isEqualTo(3);
    }

    @Test
    void triesOnceAndThenItIsADeadLetter() {
        ExecutionView view = running();
        harness.end(FAILURE);
        harness.pass(PAUSE);
        harness.end(FAILURE);
        harness.end(new Outcome.Failure("no luck either", false, Duration.ofSeconds(1)));
        harness.pass(Duration.ofHours(1));

        ExecutionView ended = harness.get(view.id());
        assertThat(ended.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(ended.error()).isEqualTo("no luck either");
        assertThat(ended.failures())
                .extracting(ExecutionView.Failure::error)
                .containsExactly("no luck", "no luck", "no luck either");
        assertThat(harness.performs).hasSize(3);
    }

    @Test
    void takesOverAtOnceWhatFailedForGood() {
        running();
        harness.end(FINAL);

        assertThat(byFallback(harness)).containsExactly(false, true);
    }

    @Test
    void isTimedOutLikeTheWorker() {
        ExecutionView view = running();
        harness.end(FINAL);
        harness.pass(JOB.timeout());

        assertThat(harness.get(view.id()).error()).startsWith("timed out");
        assertThat(harness.state(view)).isEqualTo(ExecutionState.FAILED);
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void beginsBeforeWhatWasQueuedLater() {
        running();
        harness.add(null, "2");
        harness.end(FINAL);

        assertThat(harness.payloads()).containsExactly("1", "1");
        harness.end(SUCCESS);
        assertThat(byFallback(harness)).containsExactly(false, true, false);
    }

    @Test
    void waitsForTheStartOfAStoppedJob() {
        running();
        harness.stop(null);
        harness.end(FINAL);
        assertThat(harness.performs).hasSize(1);
        harness.start(null);

        assertThat(byFallback(harness)).containsExactly(false, true);
    }

    @Test
    void takesOverAfterACrash() {
        ExecutionView view = running();
        harness.end(FAILURE);
        harness.pass(PAUSE);
        harness.end(FAILURE);
        EngineHarness next = harness.crash(Duration.ZERO); // with the fallback in flight
        assertThat(byFallback(next)).containsExactly(true);
        next.end(FAILURE);

        assertThat(next.state(view)).isEqualTo(ExecutionState.FAILED);
    }

    @Test
    void doesNotHoldUpTheJobWhenItCannotBeReached() {
        ExecutionView view = running();
        harness.add(null, "2");
        harness.end(FINAL);
        harness.end(new Outcome.Unavailable("nobody there"));

        assertThat(harness.get(view.id()).state()).isEqualTo(ExecutionState.FAILED);
        assertThat(harness.get(view.id()).error()).isEqualTo("the fallback worker cannot be reached: nobody there");
        assertThat(harness.payloads()).containsExactly("1", "1", "2");
        assertThat(harness.job(null).why()).startsWith("working");
    }

    @Test
    void isTriedAgainAfterARetryOfTheDeadLetter() {
        ExecutionView view = running();
        harness.end(FINAL);
        harness.end(FAILURE);
        harness.ask(new Command.Retry(view.id(), Command.NO_DEADLINE));

        assertThat(byFallback(harness)).containsExactly(false, true, false);
    }

    @Test
    void isNotAskedWhileThereAreAttemptsLeft() {
        JobDefinition open = JOB.with(job -> job.breaker = new JobDefinition.BreakerUse(
                "breaker",
                new BreakerConfig(1, 1, 50, 100, Duration.ofDays(1), PAUSE, 1),
                JobDefinition.WhileOpen.WAIT));
        EngineHarness waiting = EngineHarness.of(open);
        waiting.start(null);
        waiting.add(null, "1");
        waiting.end(FAILURE);
        waiting.pass(PAUSE.plusNanos(1));

        assertThat(byFallback(waiting)).containsExactly(false, false);
    }

    @Test
    void itsWorkerIsNotAskedAgainAfterARestart() {
        ExecutionView view = running();
        harness.end(FINAL);
        assertThat(byFallback(harness)).containsExactly(false, true);

        EngineHarness next = harness.crash(PAUSE);
        assertThat(byFallback(next)).containsExactly(true);
        next.end(SUCCESS);
        assertThat(next.get(view.id()).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    /** What a worker refused for good is not brought to it again because somebody changed the configuration. */
    @Test
    void withoutAFallbackAnyMoreItIsADeadLetter() {
        ExecutionView view = running();
        harness.end(FINAL);
        EngineHarness next = harness.restart(PAUSE, List.of(JOB.with(job -> job.hasFallback = false)));

        assertThat(next.performs).isEmpty();
        ExecutionView ended = next.get(view.id());
        assertThat(ended.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(ended.error()).isEqualTo("no such customer; its job has no fallback any more");
        next.send(new Command.Retry(view.id(), Command.NO_DEADLINE));
        assertThat(byFallback(next)).as("somebody wants it tried anew").containsExactly(false);
    }
}

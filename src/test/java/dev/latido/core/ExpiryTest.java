package dev.latido.core;

import static dev.latido.core.EngineHarness.EPOCH;
import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.job.RetryPolicy;
import dev.latido.job.RetryPolicy.Backoff;
import dev.latido.policy.RateConfig;
import dev.latido.policy.RateConfig.Algorithm;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FailureFilter;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Executions that are not started any more after a time, and when that is noticed. */
@Tag("fast")
class ExpiryTest {

    private static final Outcome FAILURE = new Outcome.Failure("no luck");
    private static final Duration TEN = Duration.ofSeconds(10);
    private static final JobDefinition JOB = JobDefinition.named("job").with(job -> {
        job.expires = TEN;
        job.queue = new QueueConfig(10_000, FullMode.WAIT, Map.of(), 10);
    });

    private final EngineHarness harness = EngineHarness.of(JOB);

    private ExecutionView queued() {
        harness.start(null);
        harness.add(null, "first");
        return harness.add(null, "second");
    }

    private static Submission submission(Duration delay, @Nullable Duration expires) {
        return new Submission("1", Priority.NORMAL, delay, expires, null);
    }

    @Test
    void isNotStartedOnceItsTimeIsOver() {
        ExecutionView view = queued();
        assertThat(harness.get(view.id()).expiresAt()).isEqualTo(EPOCH.plus(TEN));
        harness.pass(TEN);
        harness.end(SUCCESS);

        assertThat(harness.payloads()).containsExactly("first");
        ExecutionView expired = harness.get(view.id());
        assertThat(expired.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(expired.error()).isEqualTo("expired: not started by " + EPOCH.plus(TEN));
        assertThat(expired.attempt()).isZero();
        assertThat(harness.events(Event.ExecutionEnded.class).get(1).why()).isEqualTo(expired.error());
        assertThat(harness.job(null).counters()).containsEntry("failed", 1L);
    }

    @Test
    void isStartedUntilThen() {
        queued();
        harness.pass(TEN.minusMillis(1));
        harness.end(SUCCESS);

        assertThat(harness.payloads()).containsExactly("first", "second");
    }

    @Test
    void isNotEndedOnceItHasStarted() {
        ExecutionView view = queued();
        harness.end(SUCCESS);
        harness.pass(TEN.multipliedBy(2));
        harness.end(SUCCESS);

        assertThat(harness.state(view)).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void followsTheSubmissionOverTheJob() {
        harness.start(null);
        harness.add(null, "first");
        ExecutionView longer = harness.submit(null, submission(Duration.ZERO, TEN.multipliedBy(3)))
                .view();
        ExecutionView shorter = harness.submit(null, submission(Duration.ZERO, Duration.ofMillis(1)))
                .view();
        harness.pass(TEN.multipliedBy(2));
        harness.end(SUCCESS);
        harness.end(SUCCESS);

        assertThat(harness.state(longer)).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(harness.state(shorter)).isEqualTo(ExecutionState.FAILED);
    }

    @Test
    void refusesWhatWouldExpireBeforeItIsDue() {
        assertThat(harness.submit(null, submission(TEN, null)).only())
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> assertThat(refusal.detail()).isEqualTo("It would expire before its delay is over."));
        assertThat(harness.submit(null, submission(TEN, TEN.plusMillis(1))).only())
                .isInstanceOf(ExecutionView.class);
        assertThat(harness.submit(null, submission(Duration.ZERO, Duration.ZERO))
                        .only())
                .isInstanceOf(Refusal.class);
    }

    @Test
    void isNotStartedWhenItsDelayAndTheQueueTookTooLong() {
        harness.start(null);
        ExecutionView delayed =
                harness.submit(null, submission(Duration.ofSeconds(5), null)).view();
        harness.pass(Duration.ofSeconds(4));
        harness.add(null, "first");
        harness.pass(Duration.ofSeconds(6));
        harness.end(SUCCESS);

        assertThat(harness.state(delayed)).isEqualTo(ExecutionState.FAILED);
    }

    @Test
    void failsAtOnceWhenItExpiresBeforeItsNextAttempt() {
        EngineHarness retrying = EngineHarness.of(
                JOB.withRetry(new RetryPolicy(5, Backoff.FIXED, Duration.ofSeconds(4), Duration.ofSeconds(4), false)));
        retrying.start(null);
        ExecutionView view = retrying.add(null, "1");
        retrying.end(FAILURE);
        retrying.pass(Duration.ofSeconds(4));
        retrying.pass(Duration.ofSeconds(2));
        retrying.end(FAILURE); // the next attempt would be at 10 s

        ExecutionView failed = retrying.get(view.id());
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(failed.error()).isEqualTo("no luck; it expires before the next attempt");
        assertThat(failed.failures()).hasSize(2);
        assertThat(failed.endedAt()).isEqualTo(EPOCH.plusSeconds(6));
        assertThat(retrying.engine.nextDue()).isEmpty();
    }

    @Test
    void isNotStartedByTheFallbackEither() {
        EngineHarness failing = EngineHarness.of(JOB.with(job -> job.hasFallback = true));
        failing.start(null);
        ExecutionView view = failing.add(null, "1");
        failing.pass(TEN);
        failing.end(FAILURE);

        assertThat(failing.performs).hasSize(1);
        assertThat(failing.state(view)).isEqualTo(ExecutionState.FAILED);
        assertThat(failing.get(view.id()).failures()).hasSize(1);
    }

    @Test
    void takesNoPermitAndNoSlot() {
        EngineHarness limited = EngineHarness.of(JOB.with(job -> job.throttle = new JobDefinition.Throttle(
                new RateConfig(Algorithm.LEAKY, 1, Duration.ofSeconds(30), 1), null, null, 0)));
        limited.start(null);
        limited.add(null, "1");
        limited.end(SUCCESS);
        limited.add(null, "2");
        limited.add(null, "3");
        limited.submit(null, submission(Duration.ZERO, Duration.ofMinutes(1)));
        limited.pass(Duration.ofSeconds(30));

        assertThat(limited.begins()).containsExactly(Duration.ZERO, Duration.ofSeconds(30));
        assertThat(limited.job(null).counters()).containsEntry("failed", 2L);
    }

    @Test
    void makesRoomForWhoWaits() {
        EngineHarness full = EngineHarness.of(JOB.withQueue(new QueueConfig(1, FullMode.WAIT, Map.of(), 10)));
        full.start(null);
        full.add(null, "first");
        full.add(null, "expires");
        EngineHarness.Call waiting = full.submit(null, Submission.of("last"));
        full.pass(TEN);
        assertThat(waiting.isAnswered()).isFalse();
        full.end(SUCCESS);

        assertThat(full.state(waiting.view())).isEqualTo(ExecutionState.RUNNING);
    }

    @Test
    void isNoticedInAStoppedJobWithinAMinute() {
        harness.take(new Input.ServiceBegan());
        harness.stop(null);
        EngineHarness.Call waits = harness.ask(new Command.AwaitExecution(
                harness.add(null, "1").id(), harness.in(Duration.ofHours(1)), Command.NO_DEADLINE));
        harness.add(null, "2");
        ExecutionView lasting = harness.submit(null, submission(Duration.ZERO, Duration.ofHours(1)))
                .view();
        harness.pass(Duration.ofMinutes(1));

        assertThat(waits.view().state()).isEqualTo(ExecutionState.FAILED);
        assertThat(harness.job(null).counters()).containsEntry("failed", 2L);
        assertThat(harness.state(lasting)).isEqualTo(ExecutionState.QUEUED);
    }

    @Test
    void isNoticedInStepsWhereMuchExpired() {
        int many = 2 * Dispatcher.MAX_PUT_AWAY + 1;
        harness.take(new Input.ServiceBegan());
        harness.stop(null);
        for (int i = 0; i < many; i++) {
            harness.add(null, "1");
        }
        harness.now = harness.now.plus(TEN);
        int before = harness.inputs;
        harness.start(null);
        assertThat(harness.job(null).counters()).containsEntry("failed", (long) Dispatcher.MAX_PUT_AWAY);
        harness.add(null, "another input");
        harness.pass(Duration.ZERO);

        assertThat(harness.job(null).counters()).containsEntry("failed", (long) many);
        assertThat(harness.inputs - before).isLessThan(20);
        assertThat(harness.payloads()).containsExactly("another input");
    }

    @Test
    void isNoticedInAStoppedJobInSteps() {
        int many = 2 * Dispatcher.MAX_PUT_AWAY + 1;
        harness.take(new Input.ServiceBegan());
        harness.stop(null);
        for (int i = 0; i < many; i++) {
            harness.add(null, "1");
        }
        harness.pass(Duration.ofMinutes(1));
        assertThat(harness.job(null).counters()).containsEntry("failed", (long) Dispatcher.MAX_PUT_AWAY);
        harness.pass(Duration.ofSeconds(1));

        assertThat(harness.job(null).counters()).containsEntry("failed", (long) many);
    }

    @Test
    void expiresAtTheSameTimeAfterACrash() {
        ExecutionView view = queued();
        EngineHarness next = harness.crash(Duration.ofSeconds(4));
        assertThat(next.get(view.id()).expiresAt()).isEqualTo(EPOCH.plus(TEN));
        next.pass(Duration.ofSeconds(6));
        next.end(SUCCESS);

        assertThat(next.state(view)).isEqualTo(ExecutionState.FAILED);
    }

    @Test
    void doesNotExpireAnyMoreOnceSomebodyRetriesIt() {
        ExecutionView view = queued();
        harness.pass(TEN);
        harness.end(SUCCESS);
        harness.ask(new Command.Retry(view.id(), Command.NO_DEADLINE));

        assertThat(harness.get(view.id()).expiresAt()).isNull();
        assertThat(harness.state(view)).isEqualTo(ExecutionState.RUNNING);
    }

    @Test
    void retriesNoneOfTheDeadLettersThatGaveWayMeanwhile() {
        EngineHarness small = EngineHarness.of(EngineHarness.keeping(2, 2, Duration.ofDays(1)), JOB);
        small.start(null);
        for (int i = 0; i < 2; i++) {
            small.submit(null, submission(Duration.ZERO, Duration.ofHours(1)));
            small.end(FAILURE);
        }
        small.stop(null);
        small.add(null, "expires");
        small.add(null, "expires too");
        small.now = small.now.plus(TEN);
        small.take(new Input.CommandReceived(new Command.Start(null, Command.NO_DEADLINE), reply -> {}));
        // both expired, and the two that failed before gave way: nothing is left of them
        small.send(new Command.RetryFailed(null, FailureFilter.ANY, false, Command.NO_DEADLINE));

        assertThat(small.performing).hasSize(1);
        assertThat(small.payloads()).endsWith("expires");
    }
}

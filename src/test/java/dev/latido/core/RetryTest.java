package dev.latido.core;

import static dev.latido.core.EngineHarness.EPOCH;
import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.job.RetryPolicy;
import dev.latido.job.RetryPolicy.Backoff;
import dev.latido.protocol.Command;
import dev.latido.protocol.Counted;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FailureFilter;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Attempts that fail and are made again: when exactly, how often, and what happens to them meanwhile. */
@Tag("fast")
class RetryTest {

    private static final Outcome FAILURE = new Outcome.Failure("no luck");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final RetryPolicy AFTER_10S = fixed(3, 10);

    private static RetryPolicy fixed(int attempts, int seconds) {
        Duration delay = Duration.ofSeconds(seconds);
        return new RetryPolicy(attempts, Backoff.FIXED, delay, delay, false);
    }

    private static RetryPolicy exponential(int attempts, int seconds, int maxSeconds, boolean jitter) {
        return new RetryPolicy(
                attempts, Backoff.EXPONENTIAL, Duration.ofSeconds(seconds), Duration.ofSeconds(maxSeconds), jitter);
    }

    private static JobDefinition job(RetryPolicy retry) {
        return JobDefinition.named("job").withRetry(retry);
    }

    private static EngineHarness started(JobDefinition... jobs) {
        EngineHarness harness = EngineHarness.of(jobs);
        for (JobDefinition job : jobs) {
            harness.start(job.name());
        }
        return harness;
    }

    private static List<Duration> seconds(int... seconds) {
        List<Duration> durations = new ArrayList<>();
        for (int each : seconds) {
            durations.add(Duration.ofSeconds(each));
        }
        return durations;
    }

    /** Lets time pass, and each attempt that is made fail at once. */
    private static void failAllFor(EngineHarness harness, Duration time) {
        Instant end = harness.in(time);
        while (!harness.performing.isEmpty() || isDueBefore(harness, end)) {
            if (harness.performing.isEmpty()) {
                harness.pass(Duration.ofNanos(harness.engine.nextDue().orElseThrow() - harness.now.nanos()));
            } else {
                harness.end(FAILURE);
            }
        }
    }

    private static boolean isDueBefore(EngineHarness harness, Instant end) {
        return harness.engine.nextDue().isPresent()
                && harness.now.wallAt(harness.engine.nextDue().getAsLong()).isBefore(end);
    }

    @Test
    void makesAttemptsAfterEqualPauses() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        failAllFor(harness, HOUR);

        assertThat(harness.begins()).isEqualTo(seconds(0, 10, 20));
        assertThat(harness.state(view)).isEqualTo(ExecutionState.FAILED);
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void countsThePauseFromTheFailure() {
        EngineHarness harness = started(job(AFTER_10S));
        harness.add(null, "1");
        harness.pass(Duration.ofSeconds(7));
        harness.end(FAILURE);
        harness.passTo(Duration.ofSeconds(17).minusNanos(1));
        assertThat(harness.performing).isEmpty();
        harness.pass(Duration.ofNanos(1));

        assertThat(harness.performing).hasSize(1);
    }

    @Test
    void doublesPausesUpToTheirLimit() {
        EngineHarness harness = started(job(exponential(8, 1, 10, false)));
        harness.add(null, "1");
        failAllFor(harness, HOUR);

        assertThat(harness.begins()).isEqualTo(seconds(0, 1, 3, 7, 15, 25, 35, 45));
    }

    @Test
    void makesPausesRandomWithinTheirBounds() {
        RetryPolicy policy = exponential(100, 1, 60, true);
        EngineHarness harness = started(job(policy));
        harness.add(null, "1");
        failAllFor(harness, Duration.ofDays(1));
        List<Duration> begins = harness.begins();
        SplittableRandom same = new SplittableRandom(EngineHarness.SEED);

        assertThat(begins).hasSize(100);
        Duration longest = Duration.ZERO;
        for (int failures = 1; failures < 100; failures++) {
            Duration pause = begins.get(failures).minus(begins.get(failures - 1));
            Duration whole = Duration.ofSeconds(Math.min(60, 1L << Math.min(failures - 1, 10)));
            assertThat(pause).isBetween(Duration.ZERO, whole);
            assertThat(pause.minus(policy.pause(failures, same)))
                    .as("it is due in the first millisecond after the pause")
                    .isBetween(Duration.ZERO, Duration.ofMillis(1));
            longest = pause.compareTo(longest) > 0 ? pause : longest;
        }
        assertThat(longest).isGreaterThan(Duration.ofSeconds(50));
    }

    @Test
    void obeysTheWorkerWhereItWantsMoreThanThePause() {
        EngineHarness harness = started(job(fixed(5, 10)));
        ExecutionView view = harness.add(null, "1");
        harness.end(new Outcome.Failure("busy", false, Duration.ofMinutes(7)));
        harness.pass(Duration.ofMinutes(7));
        harness.end(new Outcome.Failure("very busy", false, Duration.ofDays(30)));
        harness.pass(Duration.ofDays(1));
        harness.end(new Outcome.Failure("at once", false, Duration.ZERO));
        harness.pass(Duration.ofSeconds(10));
        harness.end(new Outcome.Failure("yesterday", false, Duration.ofDays(-1)));
        harness.pass(Duration.ofSeconds(10));
        harness.end(new Outcome.Failure("later", false, Duration.ofSeconds(1)));
        harness.pass(HOUR);

        Duration afterAll = Duration.ofDays(1).plusMinutes(7);
        assertThat(harness.begins())
                .containsExactly(
                        Duration.ZERO,
                        Duration.ofMinutes(7),
                        afterAll,
                        afterAll.plusSeconds(10),
                        afterAll.plusSeconds(20));
        assertThat(harness.get(view.id()).error()).isEqualTo("later");
    }

    @Test
    void doesNotRepeatWhatFailedForGood() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        harness.end(new Outcome.Failure("no such customer", true, Duration.ofSeconds(1)));
        harness.pass(HOUR);

        assertThat(harness.performs).hasSize(1);
        assertThat(harness.get(view.id()).state()).isEqualTo(ExecutionState.FAILED);
        assertThat(harness.get(view.id()).failures()).hasSize(1);
    }

    @Test
    void keepsAllFailedAttemptsOfADeadLetter() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        for (int attempt = 1; attempt <= 3; attempt++) {
            harness.pass(Duration.ofSeconds(attempt));
            harness.end(new Outcome.Failure("error " + attempt));
            harness.pass(Duration.ofSeconds(10));
        }

        ExecutionView ended = harness.get(view.id());
        assertThat(ended.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(ended.error()).isEqualTo("error 3");
        assertThat(ended.failures())
                .containsExactly(
                        new ExecutionView.Failure(1, EPOCH, EPOCH.plusSeconds(1), "error 1", "log"),
                        new ExecutionView.Failure(2, EPOCH.plusSeconds(11), EPOCH.plusSeconds(13), "error 2", "log"),
                        new ExecutionView.Failure(3, EPOCH.plusSeconds(23), EPOCH.plusSeconds(26), "error 3", "log"));
        assertThat(harness.job(null).counters()).containsEntry("failed", 1L).containsEntry("retried", 2L);
    }

    @Test
    void keepsTheFailuresOfWhatSucceedsInTheEnd() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        harness.end(FAILURE);
        harness.pass(Duration.ofSeconds(10));
        harness.end(SUCCESS);

        ExecutionView ended = harness.get(view.id());
        assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(ended.attempt()).isEqualTo(2);
        assertThat(ended.error()).isNull();
        assertThat(ended.note()).isNull();
        assertThat(ended.failures()).hasSize(1);
    }

    @Test
    void explainsWhatItWaitsFor() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        harness.end(FAILURE);

        ExecutionView waiting = harness.get(view.id());
        assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(waiting.dueAt()).isEqualTo(EPOCH.plusSeconds(10));
        assertThat(waiting.note())
                .isEqualTo("next attempt at 2026-01-01T00:00:10Z (attempt 2 of 3, last error: no luck)");
        assertThat(harness.job(null).why())
                .isEqualTo(
                        "nothing is due; 1 delayed, next attempt at 2026-01-01T00:00:10Z (attempt 2 of 3, last error: no"
                                + " luck)");
        assertThat(harness.events(Event.AttemptFailed.class))
                .containsExactly(new Event.AttemptFailed(
                        "job", EPOCH, view.id(), 1, 3, "no luck", EPOCH.plusSeconds(10), false, Duration.ZERO));
    }

    @Test
    void triesAgainWhatTookTooLong() {
        EngineHarness harness = started(job(AFTER_10S).withTimeout(Duration.ofSeconds(5)));
        ExecutionView view = harness.add(null, "1");
        Attempt first = harness.performing.get(0);
        harness.pass(Duration.ofSeconds(5));
        assertThat(harness.cancelled).containsExactly(first);
        assertThat(harness.state(view)).isEqualTo(ExecutionState.WAITING);
        harness.end(SUCCESS); // of the first, too late
        assertThat(harness.state(view)).isEqualTo(ExecutionState.WAITING);
        harness.pass(Duration.ofSeconds(10));

        assertThat(harness.begins()).isEqualTo(seconds(0, 15));
        assertThat(harness.get(view.id()).failures().get(0).error()).isEqualTo("timed out after 5000 ms");
    }

    @Test
    void holdsNoSlotWhileItWaits() {
        EngineHarness harness = started(job(AFTER_10S));
        harness.add(null, "fails");
        harness.add(null, "next");
        harness.add(null, "last");
        harness.end(FAILURE);
        assertThat(harness.payloads()).containsExactly("fails", "next");
        harness.pass(Duration.ofSeconds(10)); // due, and behind what was queued meanwhile
        harness.end(SUCCESS);
        harness.end(SUCCESS);

        assertThat(harness.payloads()).containsExactly("fails", "next", "last", "fails");
    }

    @Test
    void isQueuedByItsPriorityWhenItIsDue() {
        EngineHarness harness = started(job(AFTER_10S));
        harness.add(null, "urgent", Priority.CRITICAL);
        harness.add(null, "1");
        harness.add(null, "2");
        harness.end(FAILURE);
        harness.pass(Duration.ofSeconds(10));
        harness.end(SUCCESS);

        assertThat(harness.payloads()).containsExactly("urgent", "1", "urgent");
    }

    @Test
    void keepsItsPlaceInTheQueue() {
        QueueConfig two = new QueueConfig(2, FullMode.REJECT, Map.of(), 0);
        EngineHarness harness = started(job(AFTER_10S).withQueue(two));
        harness.add(null, "1");
        harness.end(FAILURE);
        harness.add(null, "2");
        harness.add(null, "3");
        assertThat(harness.submit(null, Submission.of("4")).only())
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.type()).isEqualTo("queue-full"));
        harness.end(SUCCESS);

        assertThat(harness.submit(null, Submission.of("5")).only()).isInstanceOf(ExecutionView.class);
    }

    @Test
    void canBeCancelledWhileItWaits() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        harness.end(FAILURE);
        assertThat(harness.cancel(view.id()).view().state()).isEqualTo(ExecutionState.CANCELLED);
        harness.pass(HOUR);

        assertThat(harness.performs).hasSize(1);
        assertThat(harness.engine.nextDue()).isEmpty();
        assertThat(harness.get(view.id()).failures()).hasSize(1);
    }

    @Test
    void isPurgedWhileItWaits() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        harness.end(FAILURE);
        assertThat(harness.send(new Command.Purge(null, false, Command.NO_DEADLINE)))
                .isEqualTo(new Counted(1, 1));

        assertThat(harness.state(view)).isEqualTo(ExecutionState.CANCELLED);
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void isCancelledAndNotRepeatedWhenItFailsAfterACancel() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        harness.cancel(view.id());
        harness.end(FAILURE);
        harness.pass(HOUR);

        assertThat(harness.state(view)).isEqualTo(ExecutionState.CANCELLED);
        assertThat(harness.performs).hasSize(1);
    }

    @Test
    void waitsForTheStartOfAStoppedJob() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        harness.end(FAILURE);
        harness.stop(null, StopMode.NOW);
        harness.pass(Duration.ofSeconds(30));
        assertThat(harness.state(view)).isEqualTo(ExecutionState.QUEUED);
        assertThat(harness.performs).hasSize(1);
        harness.start(null);

        assertThat(harness.begins()).isEqualTo(seconds(0, 30));
    }

    @Test
    void isDueAtItsTimeWhenItsJobWasStoppedAndStartedMeanwhile() {
        EngineHarness harness = started(job(AFTER_10S));
        harness.add(null, "1");
        harness.end(FAILURE);
        harness.stop(null);
        harness.pass(Duration.ofSeconds(5));
        harness.start(null);
        assertThat(harness.performs).hasSize(1);
        harness.pass(Duration.ofSeconds(5));

        assertThat(harness.begins()).isEqualTo(seconds(0, 10));
    }

    @Test
    void keepsACompletedJobRunningUntilItIsDone() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        harness.complete(null);
        harness.end(FAILURE);
        assertThat(harness.job(null).isRunning()).isTrue();
        harness.pass(Duration.ofSeconds(10));
        harness.end(SUCCESS);

        assertThat(harness.state(view)).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(harness.job(null).isRunning()).isFalse();
    }

    @Test
    void isKeptForTheNextProcessWhenItFailsDuringShutdown() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        harness.take(new Input.ShutdownBegan());
        harness.end(FAILURE);
        assertThat(harness.state(view)).isEqualTo(ExecutionState.WAITING);
        assertThat(harness.engine.inFlight()).isZero();
        harness.pass(Duration.ofSeconds(4));
        assertThat(harness.performs).hasSize(1);
        EngineHarness next = harness.crash(Duration.ofSeconds(1));
        next.pass(Duration.ofSeconds(5).minusNanos(1));
        assertThat(next.performs).isEmpty();
        next.pass(Duration.ofNanos(1));

        assertThat(next.begins()).isEqualTo(seconds(10));
    }

    @Test
    void beginsNothingThatIsDueDuringShutdown() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        harness.end(FAILURE);
        harness.take(new Input.ShutdownBegan());
        harness.pass(Duration.ofSeconds(20));
        assertThat(harness.performs).hasSize(1);

        assertThat(harness.crash(Duration.ZERO).performing).containsExactly(new Attempt(view.id(), "job", 2));
    }

    @Test
    void keepsItsTimeItsFailuresAndTheAttemptsThatAreLeftOverACrash() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        harness.end(new Outcome.Failure("before the crash"));
        EngineHarness next = harness.crash(Duration.ofSeconds(4));
        ExecutionView waiting = next.get(view.id());
        assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(waiting.dueAt()).isEqualTo(EPOCH.plusSeconds(10));
        assertThat(waiting.note())
                .isEqualTo("next attempt at 2026-01-01T00:00:10Z (attempt 2 of 3, last error: before the crash)");
        failAllFor(next, HOUR);

        assertThat(next.begins()).isEqualTo(seconds(10, 20));
        assertThat(next.performs)
                .extracting(perform -> perform.attempt().number())
                .containsExactly(2, 3);
        assertThat(next.get(view.id()).failures())
                .extracting(ExecutionView.Failure::error)
                .containsExactly("before the crash", "no luck", "no luck");
    }

    @Test
    void beginsAtOnceWhatWasDueWhileThereWasNoProcess() {
        EngineHarness harness = started(job(AFTER_10S));
        harness.add(null, "1");
        harness.end(FAILURE);
        EngineHarness next = harness.crash(Duration.ofMinutes(1));
        next.pass(Duration.ZERO);

        assertThat(next.begins()).isEqualTo(seconds(60));
    }

    @Test
    void doesNotCountACrashAsAFailure() {
        EngineHarness harness = started(job(fixed(2, 10)));
        ExecutionView view = harness.add(null, "1");
        EngineHarness next = harness.crash(Duration.ZERO);
        failAllFor(next, HOUR);

        assertThat(next.performs)
                .extracting(perform -> perform.attempt().number())
                .containsExactly(2, 3);
        assertThat(next.get(view.id()).failures()).hasSize(2);
    }

    @Test
    void doesNotCountAMissingWorkerAsAFailure() {
        EngineHarness harness = started(job(fixed(2, 10)));
        ExecutionView view = harness.add(null, "1");
        harness.end(new Outcome.Unavailable("nobody there"));
        harness.pass(WorkerWatch.LOOK_EVERY);
        harness.end(FAILURE);

        assertThat(harness.state(view)).isEqualTo(ExecutionState.WAITING);
        assertThat(harness.get(view.id()).failures())
                .extracting(ExecutionView.Failure::attempt)
                .containsExactly(1);
    }

    @Test
    void retriesADeadLetterAsIfItWereNew() {
        EngineHarness harness = started(job(fixed(2, 10)));
        ExecutionView view = harness.add(null, "1");
        failAllFor(harness, HOUR);
        harness.passTo(HOUR);
        ExecutionView again =
                harness.ask(new Command.Retry(view.id(), Command.NO_DEADLINE)).view();
        assertThat(again.state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(again.failures()).isEmpty();
        assertThat(again.dueAt()).isEqualTo(harness.now.wall());
        failAllFor(harness, HOUR);

        assertThat(harness.begins()).isEqualTo(seconds(0, 10, 3_600, 3_610));
        assertThat(harness.get(view.id()).failures())
                .extracting(ExecutionView.Failure::attempt)
                .containsExactly(3, 4);
    }

    @Test
    void refusesToRetryWhatWaitsForItsNextAttempt() {
        EngineHarness harness = started(job(AFTER_10S));
        ExecutionView view = harness.add(null, "1");
        harness.end(FAILURE);

        assertThat(harness.ask(new Command.Retry(view.id(), Command.NO_DEADLINE))
                        .refusal()
                        .detail())
                .contains("waiting");
    }

    private static Counted retryFailed(
            EngineHarness harness,
            @Nullable String error,
            @Nullable Instant since,
            @Nullable Instant until,
            boolean countOnly) {
        return (Counted) harness.send(
                new Command.RetryFailed(null, new FailureFilter(error, since, until), countOnly, Command.NO_DEADLINE));
    }

    @Test
    void retriesTheDeadLettersThatAreMeant() {
        EngineHarness harness = started(job(RetryPolicy.NEVER));
        List<ExecutionId> ids = new ArrayList<>();
        for (String error : List.of("Connection refused", "no such customer", "connection reset", "CONNECTION lost")) {
            ids.add(harness.add(null, error).id());
            harness.end(new Outcome.Failure(error));
            harness.pass(HOUR);
        }
        Instant first = EPOCH;
        Instant third = EPOCH.plus(HOUR.multipliedBy(2));
        Instant fourth = EPOCH.plus(HOUR.multipliedBy(3));

        assertThat(retryFailed(harness, null, null, null, true)).isEqualTo(new Counted(4, 0));
        assertThat(retryFailed(harness, "connection", null, null, true)).isEqualTo(new Counted(3, 0));
        assertThat(retryFailed(harness, "connection", first.plusMillis(1), null, true))
                .isEqualTo(new Counted(2, 0));
        assertThat(retryFailed(harness, null, first, third, true)).isEqualTo(new Counted(2, 0));
        assertThat(harness.performs).hasSize(4);
        assertThat(retryFailed(harness, "connection", third, fourth, false)).isEqualTo(new Counted(1, 1));

        assertThat(harness.performing).extracting(Attempt::execution).containsExactly(ids.get(2));
        assertThat(retryFailed(harness, "connection", null, null, true)).isEqualTo(new Counted(2, 0));
    }

    @Test
    void handsTheResultOfAStageOverOnceHoweverOftenItWasTried() {
        EngineHarness harness = started(
                job(AFTER_10S).withNext("next"), JobDefinition.named("next").withRetry(AFTER_10S));
        ExecutionView view = harness.add("job", "1");
        harness.end(FAILURE);
        assertThat(harness.performing).isEmpty();
        harness.pass(Duration.ofSeconds(10));
        harness.end(new Outcome.Success("\"result\""));
        assertThat(harness.state(view)).isEqualTo(ExecutionState.SUCCEEDED);
        harness.end(FAILURE);
        harness.pass(Duration.ofSeconds(10));
        harness.end(SUCCESS);
        harness.pass(HOUR);

        assertThat(harness.payloads()).containsExactly("1", "1", "\"result\"", "\"result\"");
        assertThat(harness.job("next").counters()).containsEntry("accepted", 1L).containsEntry("succeeded", 1L);
    }

    @Test
    void isDueByTheWallClock() {
        EngineHarness harness = started(job(AFTER_10S));
        harness.add(null, "1");
        harness.end(FAILURE);
        harness.jump(HOUR.negated());
        harness.pass(HOUR);
        assertThat(harness.performs)
                .as("it is early by the clock that its dueAt is read by")
                .hasSize(1);
        harness.pass(Duration.ofSeconds(10));
        assertThat(harness.performs).hasSize(2);
        harness.end(FAILURE);
        harness.jump(HOUR);
        harness.pass(Duration.ofSeconds(10));

        assertThat(harness.performs)
                .as("its time has come, and the clock is looked at every 10 s")
                .hasSize(3);
    }
}

package dev.latido.core;

import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.RetryPolicy;
import dev.latido.protocol.ExecutionView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Workers that have too much to do are left alone, and what they refuse untried loses nothing. */
@Tag("fast")
class WorkerHoldTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static Outcome throttled(@Nullable Duration pause) {
        return new Outcome.Overloaded("HTTP 429", false, pause);
    }

    private static Outcome overloaded(Duration pause) {
        return new Outcome.Overloaded("HTTP 503", true, pause);
    }

    private static JobDefinition job(int concurrency, int attempts, Duration pause) {
        return JobDefinition.named("job")
                .withConcurrency(concurrency)
                .withRetry(new RetryPolicy(attempts, RetryPolicy.Backoff.FIXED, pause, pause, false));
    }

    private static EngineHarness started(JobDefinition job) {
        EngineHarness harness = EngineHarness.of(job);
        harness.start(null);
        return harness;
    }

    private static List<ExecutionView> add(EngineHarness harness, int count) {
        List<ExecutionView> added = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            added.add(harness.add(null, String.valueOf(i)));
        }
        return added;
    }

    private static void endAll(EngineHarness harness, Outcome outcome) {
        for (int i = harness.performing.size(); i > 0; i--) {
            harness.end(outcome);
        }
    }

    @Test
    void leavesTheWorkerAloneAndLosesNoAttempt() {
        EngineHarness harness = started(job(2, 1, SECOND));
        List<ExecutionView> added = add(harness, 20);
        endAll(harness, throttled(MINUTE));
        assertThat(harness.performs).as("those that were under way").hasSize(2);
        assertThat(harness.job(null).why())
                .isEqualTo("20 queued, its worker wants no work until " + harness.in(MINUTE) + ": HTTP 429");
        harness.pass(MINUTE.minusNanos(1));
        assertThat(harness.performs).hasSize(2);
        harness.pass(Duration.ofNanos(1));
        assertThat(harness.performing).as("one, to see").hasSize(1);
        assertThat(harness.performs.get(2).attempt())
                .isEqualTo(harness.performs.get(0).attempt());
        harness.end(SUCCESS);
        while (!harness.performing.isEmpty()) {
            assertThat(harness.performing.size()).isLessThanOrEqualTo(2);
            harness.end(SUCCESS);
        }

        assertThat(added).allSatisfy(one -> assertThat(harness.state(one)).isEqualTo(ExecutionState.SUCCEEDED));
        assertThat(harness.performs).hasSize(22);
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void asksOneAtATimeAsLongAsItIsRefused() {
        EngineHarness harness = started(job(10, 1, SECOND));
        add(harness, 10);
        endAll(harness, throttled(MINUTE));
        for (int i = 0; i < 5; i++) {
            harness.pass(MINUTE);
            assertThat(harness.performing).hasSize(1);
            harness.end(throttled(MINUTE));
        }
        assertThat(harness.performs).hasSize(15);
        harness.pass(MINUTE);
        assertThat(harness.performing).hasSize(1);
        harness.pass(WorkerHold.TRIAL);

        assertThat(harness.performing).as("it has not refused that one").hasSize(10);
    }

    @Test
    void waitsForThePolicysPauseWhereTheWorkerSaysNothing() {
        EngineHarness harness = started(job(1, 3, SECOND.multipliedBy(7)));
        add(harness, 2);
        harness.end(throttled(null));
        harness.pass(SECOND.multipliedBy(7).minusNanos(1));
        assertThat(harness.performing).isEmpty();
        harness.pass(Duration.ofNanos(1));
        assertThat(harness.performing).hasSize(1);
    }

    @Test
    void neverAsksAgainAtOnce() {
        for (Duration pause : List.of(Duration.ZERO, Duration.ofSeconds(-5))) {
            EngineHarness harness = started(job(1, 1, Duration.ZERO));
            add(harness, 1);
            harness.end(throttled(pause));
            harness.pass(WorkerHold.MIN.minusNanos(1));
            assertThat(harness.performing).isEmpty();
            harness.pass(Duration.ofNanos(1));
            assertThat(harness.performing).hasSize(1);
        }
    }

    @Test
    void countsAsAnAttemptAfterSoManyRefusals() {
        EngineHarness harness = started(job(1, 1, Duration.ZERO));
        ExecutionView view = add(harness, 1).get(0);
        for (int i = 0; i < Outcomes.MAX_THROTTLED; i++) {
            harness.end(throttled(SECOND));
            harness.pass(SECOND);
        }
        assertThat(harness.performing).hasSize(1);
        harness.end(throttled(SECOND));

        assertThat(harness.state(view)).isEqualTo(ExecutionState.FAILED);
    }

    @Test
    void isAFailedAttemptOfOneAndAPauseForAll() {
        EngineHarness harness = started(job(1, 2, SECOND));
        List<ExecutionView> added = add(harness, 2);
        harness.end(overloaded(MINUTE));
        assertThat(harness.state(added.get(0))).isEqualTo(ExecutionState.WAITING);
        harness.pass(MINUTE.minusNanos(1));
        assertThat(harness.performs).hasSize(1);
        harness.pass(Duration.ofNanos(1));
        assertThat(harness.performing).hasSize(1);
        harness.end(SUCCESS);
        harness.end(overloaded(MINUTE));

        assertThat(added)
                .extracting(harness::state)
                .containsExactlyInAnyOrder(ExecutionState.SUCCEEDED, ExecutionState.FAILED);
    }

    @Test
    void aShorterPauseDoesNotEndALongerOne() {
        EngineHarness harness = started(job(2, 5, SECOND));
        add(harness, 3);
        harness.end(throttled(MINUTE));
        harness.end(throttled(SECOND));
        harness.pass(MINUTE.minusNanos(1));
        assertThat(harness.performing).isEmpty();
        harness.pass(Duration.ofNanos(1));
        assertThat(harness.performing).hasSize(1);
    }

    @Test
    void holdsOnThroughAStopAndAStart() {
        EngineHarness harness = started(job(1, 5, SECOND));
        add(harness, 1);
        harness.end(throttled(MINUTE));
        harness.stop(null);
        assertThat(harness.engine.nextDue()).isEmpty();
        harness.pass(SECOND);
        harness.start(null);
        assertThat(harness.performing).isEmpty();
        harness.pass(MINUTE);
        assertThat(harness.performing).hasSize(1);
    }

    @Test
    void theFallbackOfOthersIsNotHeldUp() {
        EngineHarness harness = started(job(1, 1, SECOND).with(job -> job.hasFallback = true));
        add(harness, 1);
        harness.end(new Outcome.Failure("no"));
        assertThat(harness.performs.get(1).byFallback()).isTrue();
        harness.end(throttled(MINUTE));
        add(harness, 1);

        assertThat(harness.performing).as("its worker said nothing").hasSize(1);
    }

    @Test
    void obeysTheWorkerRatherThanThePolicyUpToADay() {
        EngineHarness harness = started(job(1, 2, Duration.ofHours(1)));
        add(harness, 1);
        harness.end(throttled(SECOND.multipliedBy(2)));
        harness.pass(SECOND.multipliedBy(2));
        assertThat(harness.performing).hasSize(1);
        harness.end(throttled(Duration.ofDays(30)));
        harness.pass(Duration.ofDays(1).minusNanos(1));
        assertThat(harness.performing).isEmpty();
        harness.pass(Duration.ofNanos(1));
        assertThat(harness.performing).hasSize(1);
    }

    @Test
    void doesNotWaitForWhatWasUnderWayBefore() {
        EngineHarness harness = started(job(2, 1, SECOND));
        add(harness, 3);
        harness.end(throttled(MINUTE));
        harness.pass(MINUTE);

        assertThat(harness.performing).as("one that takes long, and one to see").hasSize(2);
    }
}

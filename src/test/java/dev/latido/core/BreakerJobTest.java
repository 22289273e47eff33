package dev.latido.core;

import static dev.latido.core.EngineHarness.EPOCH;
import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.core.JobDefinition.BreakerUse;
import dev.latido.core.JobDefinition.WhileOpen;
import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.RetryPolicy;
import dev.latido.job.RetryPolicy.Backoff;
import dev.latido.policy.BreakerConfig;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Health;
import dev.latido.protocol.JobView;
import dev.latido.protocol.Reason;
import dev.latido.protocol.Submission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Circuit breakers in front of workers: what they hold up, when they let probes through, and what they are told. */
@Tag("fast")
class BreakerJobTest {

    private static final Outcome FAILURE = new Outcome.Failure("no luck");
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration OPEN = Duration.ofSeconds(30);

    /** It opens when its time is past, so a nanosecond later. */
    private static final Duration PROBED_AFTER = OPEN.plusNanos(1);

    /** Opens at half of at least four attempts, or when half of them take longer than two seconds; two probes. */
    private static final BreakerConfig CONFIG = new BreakerConfig(10, 4, 50, 50, Duration.ofSeconds(2), OPEN, 2);

    private static JobDefinition job(String name, WhileOpen whileOpen) {
        return JobDefinition.named(name).withConcurrency(4).with(job -> {
            job.breaker = new BreakerUse("shared", CONFIG, whileOpen);
            job.hasFallback = whileOpen == WhileOpen.FALLBACK;
        });
    }

    private final EngineHarness harness = EngineHarness.of(job("job", WhileOpen.WAIT), job("other", WhileOpen.WAIT));

    private void add(EngineHarness to, int count) {
        for (int i = 0; i < count; i++) {
            to.add("job", "1");
        }
    }

    private void end(EngineHarness in, Outcome outcome, int count) {
        for (int i = 0; i < count; i++) {
            in.end(outcome);
        }
    }

    private EngineHarness open(EngineHarness closed) {
        closed.start("job");
        add(closed, 4);
        end(closed, FAILURE, 4);
        return closed;
    }

    /** Four attempts of the worker failed, and four of the fallback after them succeeded. */
    private EngineHarness openWithFallback(JobDefinition... others) {
        List<JobDefinition> jobs = new ArrayList<>(List.of(others));
        jobs.add(0, job("job", WhileOpen.FALLBACK));
        EngineHarness failing = open(EngineHarness.of(jobs.toArray(JobDefinition[]::new)));
        end(failing, SUCCESS, 4);
        failing.performs.clear();
        return failing;
    }

    private static List<Boolean> byFallback(EngineHarness in) {
        return in.performs.stream().map(Effect.Perform::byFallback).toList();
    }

    private static List<String> states(EngineHarness of) {
        return of.events(Event.BreakerChanged.class).stream()
                .map(Event.BreakerChanged::state)
                .toList();
    }

    @Test
    void opensAtTheExactAttempt() {
        harness.start("job");
        add(harness, 6);
        end(harness, SUCCESS, 2);
        assertThat(harness.performs).hasSize(6);
        harness.end(FAILURE);
        assertThat(states(harness)).isEmpty();
        harness.end(FAILURE);

        assertThat(harness.events(Event.BreakerChanged.class))
                .containsExactly(new Event.BreakerChanged("job", EPOCH, "shared", "open", EPOCH.plus(OPEN)));
        add(harness, 1);
        end(harness, SUCCESS, 2); // they began before
        assertThat(harness.performs).hasSize(6);
        assertThat(harness.job("job").queue().queued()).containsValue(1);
    }

    private List<String> degraded() {
        return ((Health) harness.send(new Command.GetHealth(Command.NO_DEADLINE))).degraded();
    }

    @Test
    void saysWhatIsWaitedFor() {
        open(harness);
        add(harness, 1);
        Instant until = EPOCH.plus(OPEN);

        assertThat(harness.job("job").why())
                .isEqualTo("1 queued, breaker 'shared' open until " + until
                        + "; the latest 4 runs failed, since 2026-01-01T00:00:00Z; the last one: no luck");
        assertThat(harness.job("job").reason()).isEqualTo(Reason.BREAKER);
        assertThat(harness.job("job").policies().breaker()).isEqualTo(new JobView.Breaker("shared", "open", until));
        assertThat(degraded()).containsExactly("the breaker 'shared' of job 'job' is open until " + until);
        harness.pass(PROBED_AFTER);
        add(harness, 2);
        assertThat(harness.job("job").why())
                .isEqualTo(
                        "working; 2 runs are in flight, the longest since 2026-01-01T00:00:30Z; 1 queued, breaker 'shared'"
                                + " half-open, being probed; the latest 4 runs failed, since 2026-01-01T00:00:00Z; the last one: no luck");
        assertThat(harness.job("job").policies().breaker()).isEqualTo(new JobView.Breaker("shared", "half-open", null));
    }

    @Test
    void letsProbesThroughWhenItsTimeIsOverAndClosesWhenTheySucceed() {
        open(harness);
        add(harness, 5);
        harness.pass(PROBED_AFTER.minusNanos(1));
        assertThat(harness.performs).hasSize(4);
        assertThat(harness.engine.parts().unit.alarms.size()).isEqualTo(1);
        harness.pass(Duration.ofNanos(1));
        assertThat(harness.performs).hasSize(6);
        harness.pass(SECOND);
        harness.end(SUCCESS);
        assertThat(harness.performs).hasSize(6);
        harness.end(SUCCESS);

        assertThat(harness.performs).hasSize(9);
        assertThat(states(harness)).containsExactly("open", "half-open", "closed");
    }

    @Test
    void opensAgainWhenProbesFail() {
        open(harness);
        add(harness, 5);
        harness.pass(PROBED_AFTER);
        end(harness, FAILURE, 2);
        assertThat(states(harness)).containsExactly("open", "half-open", "open");
        harness.pass(PROBED_AFTER.minusNanos(1));
        assertThat(harness.performs).hasSize(6);
        harness.pass(Duration.ofNanos(1));

        assertThat(harness.performs).hasSize(8);
    }

    @Test
    void waitsForWorkToProbeWith() {
        open(harness);
        harness.pass(OPEN.multipliedBy(10));
        assertThat(states(harness)).containsExactly("open");
        assertThat(harness.engine.nextDue()).isEmpty();
        add(harness, 1);

        assertThat(harness.performing).hasSize(1);
        assertThat(states(harness)).containsExactly("open", "half-open");
    }

    @Test
    void opensWhenAttemptsAreSlow() {
        harness.start("job");
        add(harness, 4);
        harness.pass(Duration.ofSeconds(2));
        end(harness, SUCCESS, 2);
        harness.pass(Duration.ofNanos(1));
        harness.end(SUCCESS);
        assertThat(states(harness)).isEmpty();
        harness.end(SUCCESS);

        assertThat(states(harness)).containsExactly("open");
    }

    @Test
    void countsTheTimeWithTheWorkerAndNotThatInTheStore() {
        EngineHarness slowStore = EngineHarness.of(job("job", WhileOpen.WAIT));
        slowStore.start("job");
        slowStore.holdStore();
        for (int i = 0; i < 4; i++) {
            slowStore.submit("job", Submission.of("1"));
        }
        slowStore.pass(Duration.ofSeconds(10));
        slowStore.commit();
        end(slowStore, SUCCESS, 4);
        slowStore.commit();

        assertThat(states(slowStore)).isEmpty();
    }

    @Test
    void countsTimeOutsAsFailures() {
        harness.start("job");
        add(harness, 4);
        harness.pass(JobDefinition.DEFAULT_TIMEOUT);

        assertThat(states(harness)).containsExactly("open");
    }

    @Test
    void learnsNothingFromCancelsAndMissingWorkers() {
        harness.start("job");
        add(harness, 4);
        for (int i = 0; i < 4; i++) {
            harness.cancel(harness.performing.get(i).execution());
        }
        end(harness, FAILURE, 4);
        add(harness, 4);
        end(harness, new Outcome.Unavailable("nobody there"), 4);

        assertThat(states(harness)).isEmpty();
    }

    @Test
    void probesWithAnotherWhenAProbeTellsNothing() {
        open(harness);
        add(harness, 4);
        harness.pass(PROBED_AFTER);
        harness.cancel(harness.performing.get(0).execution());
        assertThat(harness.performs).hasSize(6);
        harness.end(FAILURE);
        assertThat(harness.performs).hasSize(7);
        end(harness, SUCCESS, 2);

        assertThat(states(harness)).containsExactly("open", "half-open", "closed");
    }

    @Test
    void probesAgainWhenTheWorkerOfAProbeWasMissing() {
        open(harness);
        add(harness, 2);
        harness.pass(PROBED_AFTER);
        end(harness, new Outcome.Unavailable("nobody there"), 2);
        assertThat(harness.performs).hasSize(6);
        harness.pass(WorkerWatch.LOOK_EVERY);
        assertThat(harness.performs).as("one looks whether it is back").hasSize(7);
        harness.pass(WorkerWatch.LOOK_EVERY);
        assertThat(harness.performs).as("or it would have come back").hasSize(8);
        end(harness, SUCCESS, 2);

        assertThat(states(harness)).containsExactly("open", "half-open", "closed");
    }

    @Test
    void isNotToldByWhatBeganBeforeItOpened() {
        harness.start("job");
        add(harness, 6);
        end(harness, FAILURE, 4);
        harness.pass(PROBED_AFTER);
        add(harness, 1);
        assertThat(harness.performs).hasSize(7);
        end(harness, FAILURE, 2); // the two that began long ago
        assertThat(states(harness)).containsExactly("open", "half-open");
        harness.end(SUCCESS);
        add(harness, 1);
        harness.end(SUCCESS);

        assertThat(states(harness)).containsExactly("open", "half-open", "closed");
    }

    @Test
    void isSharedByJobs() {
        harness.start("other");
        open(harness);
        harness.add("other", "2");
        assertThat(harness.performs).hasSize(4);
        assertThat(harness.job("other").why()).contains("breaker 'shared' open until");
        harness.pass(PROBED_AFTER);
        assertThat(harness.performs).hasSize(5);
        add(harness, 3);
        assertThat(harness.performs).as("two probes, of both together").hasSize(6);
        end(harness, SUCCESS, 2);

        assertThat(harness.performs).hasSize(8);
        assertThat(harness.events(Event.BreakerChanged.class))
                .extracting(Event.BreakerChanged::job)
                .containsExactly("job", "other", "job");
    }

    @Test
    void doesNotShareByAccident() {
        EngineHarness two = EngineHarness.of(
                job("job", WhileOpen.WAIT),
                job("other", WhileOpen.WAIT)
                        .with(other -> other.breaker = new BreakerUse("another", CONFIG, WhileOpen.WAIT)));
        two.start("other");
        open(two);
        two.add("other", "2");

        assertThat(two.performs).hasSize(5);
    }

    @Test
    void handsWorkToTheFallbackWhileItIsOpen() {
        EngineHarness failing = openWithFallback();
        add(failing, 6);
        assertThat(byFallback(failing)).as("four at once").containsExactly(true, true, true, true);
        assertThat(failing.job("job").why())
                .isEqualTo(
                        "working; 2 queued, waiting for a slot (4 of 4 taken, the longest since 2026-01-01T00:00:00Z)");
        end(failing, FAILURE, 4); // is not told to the breaker
        failing.pass(PROBED_AFTER);
        end(failing, SUCCESS, 2);
        add(failing, 3);

        assertThat(byFallback(failing)).containsExactly(true, true, true, true, true, true, false, false, true);
        assertThat(states(failing)).containsExactly("open", "half-open");
    }

    @Test
    void isNotToldOfTheFallback() {
        EngineHarness failing = EngineHarness.of(job("job", WhileOpen.FALLBACK));
        failing.start("job");
        add(failing, 3);
        end(failing, FAILURE, 6); // three of the worker's, three of the fallback's
        assertThat(byFallback(failing)).containsExactly(false, false, false, true, true, true);
        assertThat(states(failing)).isEmpty();
        add(failing, 1);
        failing.end(FAILURE);

        assertThat(states(failing)).containsExactly("open");
    }

    @Test
    void setsNoAlarmsWhereTheFallbackTakesOver() {
        EngineHarness failing = openWithFallback();
        add(failing, 4);
        end(failing, SUCCESS, 4);

        assertThat(failing.engine.nextDue()).isEmpty();
    }

    @Test
    void goesOnWithAttemptsWhenTheFallbackFailedWhileItWasOpen() {
        Duration pause = OPEN.multipliedBy(2);
        EngineHarness failing = openWithFallback(
                job("other", WhileOpen.FALLBACK).withRetry(new RetryPolicy(3, Backoff.FIXED, pause, pause, false)));
        failing.start("other");
        ExecutionView view = failing.add("other", "2");
        failing.end(FAILURE);
        assertThat(failing.state(view)).isEqualTo(ExecutionState.WAITING);
        failing.pass(pause);
        failing.end(SUCCESS);

        assertThat(byFallback(failing)).containsExactly(true, false);
        assertThat(failing.state(view)).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void countsEachAttemptOfWhatIsRetried() {
        EngineHarness retrying = EngineHarness.of(
                job("job", WhileOpen.WAIT).withRetry(new RetryPolicy(10, Backoff.FIXED, SECOND, SECOND, false)));
        retrying.start("job");
        add(retrying, 1);
        for (int i = 0; i < 4; i++) {
            retrying.end(FAILURE);
            retrying.pass(SECOND);
        }

        assertThat(retrying.performs).hasSize(4);
        assertThat(states(retrying)).containsExactly("open");
        assertThat(retrying.job("job").why()).contains("open until " + EPOCH.plusSeconds(33));
        retrying.pass(OPEN);
        assertThat(retrying.begins().get(4)).isEqualTo(Duration.ofSeconds(3).plus(PROBED_AFTER));
    }

    @Test
    void isClosedAfterARestart() {
        open(harness);
        add(harness, 1);
        assertThat(harness.performing).isEmpty();

        assertThat(harness.crash(SECOND).performing).hasSize(1);
    }

    @Test
    void probesOverTheDaysAndForgetsNoWork() {
        EngineHarness retrying = EngineHarness.of(
                job("job", WhileOpen.WAIT).withRetry(new RetryPolicy(100, Backoff.FIXED, SECOND, SECOND, false)));
        retrying.start("job");
        add(retrying, 20);
        Duration week = Duration.ofDays(7);
        while (Duration.between(EPOCH, retrying.now.wall()).compareTo(week) < 0) {
            Outcome outcome = Duration.between(EPOCH, retrying.now.wall()).toHours() < 1 ? FAILURE : SUCCESS;
            while (!retrying.performing.isEmpty()) {
                retrying.end(outcome);
            }
            assertThat(retrying.engine.parts().unit.alarms.size()).isLessThanOrEqualTo(21);
            retrying.pass(SECOND);
            if (retrying.engine.nextDue().isEmpty() && retrying.performing.isEmpty()) {
                break;
            }
        }

        assertThat(retrying.job("job").counters()).containsEntry("succeeded", 20L);
        assertThat(states(retrying)).endsWith("half-open", "closed");
    }
}

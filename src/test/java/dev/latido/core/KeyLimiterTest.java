package dev.latido.core;

import static dev.latido.core.EngineHarness.EPOCH;
import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.job.RetryPolicy;
import dev.latido.job.RetryPolicy.Backoff;
import dev.latido.policy.RateConfig;
import dev.latido.policy.RateConfig.Algorithm;
import dev.latido.protocol.Command;
import dev.latido.protocol.Counted;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Limits by the key in a payload: what steps aside, what passes, and in which order it comes back. */
class KeyLimiterTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Outcome FAILURE = new Outcome.Failure("no luck");

    private static JobDefinition job(@Nullable RateConfig rateByKey, int concurrencyByKey) {
        return JobDefinition.named("job")
                .withConcurrency(10)
                .withQueue(new QueueConfig(1_000_000, FullMode.REJECT, Map.of(), 0))
                .with(job -> job.throttle = new JobDefinition.Throttle(null, "/key", rateByKey, concurrencyByKey));
    }

    private static RateConfig paced(int permits, Duration per) {
        return new RateConfig(Algorithm.LEAKY, permits, per, 1);
    }

    private static EngineHarness started(JobDefinition job) {
        EngineHarness harness = EngineHarness.of(job);
        harness.start(null);
        return harness;
    }

    private static ExecutionView add(EngineHarness harness, String key, int number, Priority priority) {
        return harness.add(null, "{\"n\":" + number + ",\"key\":\"" + key + "\"}", priority);
    }

    private static ExecutionView add(EngineHarness harness, String key, int number) {
        return add(harness, key, number, Priority.NORMAL);
    }

    /** The keys and numbers of what was handed to workers. */
    private static List<String> begun(EngineHarness harness) {
        List<String> begun = new ArrayList<>();
        for (String payload : harness.payloads()) {
            begun.add(String.valueOf(payload).replaceAll("\\{\"n\":(\\d+),\"key\":\"(.*)\"}", "$2$1"));
        }
        return begun;
    }

    private static KeyLimiter keyLimiter(EngineHarness harness) {
        return Objects.requireNonNull(harness.engine.states().iterator().next().keyLimiter);
    }

    @Test
    void keepsOneOfAKeyInFlightAndLetsOthersPass() {
        EngineHarness harness = started(job(null, 1));
        add(harness, "a", 1);
        ExecutionView second = add(harness, "a", 2);
        add(harness, "b", 1);
        assertThat(begun(harness)).containsExactly("a1", "b1");
        assertThat(harness.get(second.id()).state()).isEqualTo(ExecutionState.WAITING);
        assertThat(harness.get(second.id()).note()).isEqualTo("all 1 places of its key are taken");
        assertThat(harness.job(null).queue().delayed()).isEqualTo(1);
        harness.end(SUCCESS);

        assertThat(begun(harness)).containsExactly("a1", "b1", "a2");
        assertThat(harness.get(second.id()).note()).isNull();
    }

    /** What it waits for is for this process to know: in the next one it is queued like any other. */
    @Test
    void whatStoodAsideIsQueuedAfterARestartAndSaysNothingElse() {
        Duration pause = Duration.ofSeconds(1);
        EngineHarness harness =
                started(job(null, 1).with(job -> job.retry = new RetryPolicy(2, Backoff.FIXED, pause, pause, false)));
        ExecutionView failing = add(harness, "a", 1);
        harness.end(new Outcome.Failure("no luck"));
        add(harness, "a", 2);
        harness.pass(pause);
        assertThat(harness.get(failing.id()).note()).isEqualTo("all 1 places of its key are taken");
        harness.stop(null);

        EngineHarness next = harness.crash(Duration.ofSeconds(1));

        assertThat(next.get(failing.id()).state()).isEqualTo(ExecutionState.QUEUED);
        assertThat(next.get(failing.id()).note()).doesNotContain("places of its key");
    }

    @Test
    void keepsAsManyOfAKeyInFlightAsItMay() {
        EngineHarness harness = started(job(null, 3));
        for (int i = 1; i <= 5; i++) {
            add(harness, "a", i);
        }
        assertThat(begun(harness)).containsExactly("a1", "a2", "a3");
        harness.end(SUCCESS);
        harness.end(SUCCESS);

        assertThat(begun(harness)).containsExactly("a1", "a2", "a3", "a4", "a5");
    }

    @Test
    void keepsTheOrderWithinAKeyByPriorityAndAge() {
        EngineHarness harness = started(job(null, 1));
        add(harness, "a", 1);
        add(harness, "a", 2, Priority.LOW);
        add(harness, "a", 3);
        add(harness, "a", 4);
        add(harness, "a", 5, Priority.CRITICAL);
        for (int i = 0; i < 5; i++) {
            harness.end(SUCCESS);
        }

        assertThat(begun(harness)).containsExactly("a1", "a5", "a3", "a4", "a2");
    }

    @Test
    void comesBackToItsPlaceInTheQueue() {
        EngineHarness harness = started(job(null, 1).withConcurrency(2));
        add(harness, "a", 1);
        add(harness, "a", 2);
        add(harness, "b", 1);
        add(harness, "c", 1);
        add(harness, "d", 1);
        harness.end(SUCCESS); // of a1: there is one slot, and a2 was queued before c1

        assertThat(begun(harness)).containsExactly("a1", "b1", "a2");
    }

    @Test
    void pacesEachKeyByItself() {
        EngineHarness harness = started(job(paced(6, MINUTE), 0));
        for (int i = 1; i <= 3; i++) {
            add(harness, "a", i);
            add(harness, "b", i);
        }
        harness.passTo(Duration.ofSeconds(10).minusNanos(1));
        assertThat(begun(harness)).containsExactly("a1", "b1");
        harness.pass(MINUTE);

        assertThat(begun(harness)).containsExactly("a1", "b1", "a2", "b2", "a3", "b3");
        assertThat(harness.begins()).extracting(Duration::toSeconds).containsExactly(0L, 0L, 10L, 10L, 20L, 20L);
    }

    @Test
    void saysWhatAKeyWaitsFor() {
        EngineHarness harness = started(job(paced(6, MINUTE), 0));
        add(harness, "a", 1);
        ExecutionView second = add(harness, "a", 2);
        harness.end(SUCCESS);

        assertThat(harness.get(second.id()).note())
                .isEqualTo("rate limit of its key, next permit at " + EPOCH.plusSeconds(10));
        assertThat(harness.job(null).why()).isEqualTo("nothing is due; 1 limited by their keys");
    }

    @Test
    void obeysBothLimitsOfAKey() {
        EngineHarness harness = started(job(paced(6, MINUTE), 1));
        add(harness, "a", 1);
        add(harness, "a", 2);
        add(harness, "a", 3);
        harness.pass(Duration.ofSeconds(25)); // the place is free only now
        harness.end(SUCCESS);
        assertThat(begun(harness)).containsExactly("a1", "a2");
        harness.end(SUCCESS); // the place is free, the permit is not there yet
        assertThat(begun(harness)).containsExactly("a1", "a2");
        harness.pass(Duration.ofSeconds(10));

        assertThat(harness.begins()).extracting(Duration::toSeconds).containsExactly(0L, 25L, 35L);
    }

    @Test
    void doesNotLetANewcomerPassWhenThePermitComesThisInstant() {
        EngineHarness harness = started(job(paced(6, MINUTE), 0));
        add(harness, "a", 1);
        add(harness, "a", 2);
        harness.now = harness.now.plus(Duration.ofSeconds(10)); // and the alarm has not rung
        add(harness, "a", 3);
        assertThat(begun(harness)).containsExactly("a1", "a2");
        harness.pass(MINUTE);

        assertThat(begun(harness)).containsExactly("a1", "a2", "a3");
        assertThat(harness.begins()).extracting(Duration::toSeconds).containsExactly(0L, 10L, 20L);
    }

    @Test
    void givesItsPlaceToTheNextHoweverItEnds() {
        EngineHarness harness = started(job(null, 1).with(job -> job.timeout = MINUTE));
        for (int i = 1; i <= 6; i++) {
            add(harness, "a", i);
        }
        harness.end(FAILURE);
        harness.pass(MINUTE); // times the second out
        harness.performing.remove(0);
        harness.cancel(harness.performing.get(0).execution());
        harness.end(FAILURE);
        harness.end(new Outcome.Unavailable("nobody there"));
        harness.pass(WorkerWatch.LOOK_EVERY);
        harness.end(SUCCESS);

        assertThat(begun(harness)).containsExactly("a1", "a2", "a3", "a4", "a4", "a5");
    }

    @Test
    void leavesItsPlaceWhileItWaitsForAnotherAttempt() {
        EngineHarness harness =
                started(job(null, 1).withRetry(new RetryPolicy(2, Backoff.FIXED, SECOND, SECOND, false)));
        add(harness, "a", 1);
        add(harness, "a", 2);
        harness.end(FAILURE);
        assertThat(begun(harness)).containsExactly("a1", "a2");
        harness.pass(SECOND);
        assertThat(begun(harness)).containsExactly("a1", "a2");
        harness.end(SUCCESS);

        assertThat(begun(harness)).containsExactly("a1", "a2", "a1");
    }

    @Test
    void canBeCancelledAndPurgedWhileItStandsAside() {
        EngineHarness harness = started(job(paced(6, MINUTE), 0));
        add(harness, "a", 1);
        ExecutionView second = add(harness, "a", 2);
        add(harness, "a", 3);
        add(harness, "a", 4);
        harness.cancel(second.id());
        harness.pass(Duration.ofSeconds(10));
        assertThat(begun(harness)).containsExactly("a1", "a3");
        assertThat(harness.send(new Command.Purge(null, false, Command.NO_DEADLINE)))
                .isEqualTo(new Counted(1, 1));
        harness.end(SUCCESS);
        harness.end(SUCCESS);
        harness.pass(MINUTE);

        assertThat(begun(harness)).hasSize(2);
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void callsTheNextWhenTheOneThatWasCalledIsCancelled() {
        EngineHarness harness = started(job(null, 1).withConcurrency(1));
        add(harness, "a", 1);
        ExecutionView second = add(harness, "a", 2);
        add(harness, "a", 3);
        harness.stop(null);
        harness.end(SUCCESS); // calls the second back, and nothing begins
        assertThat(harness.state(second)).isEqualTo(ExecutionState.QUEUED);
        harness.cancel(second.id());
        harness.start(null);

        assertThat(begun(harness)).containsExactly("a1", "a3");
    }

    @Test
    void keepsItsPlaceInAFullQueue() {
        EngineHarness harness = started(job(null, 1).withQueue(new QueueConfig(2, FullMode.DROP_OLDEST, Map.of(), 0)));
        add(harness, "a", 1);
        add(harness, "a", 2);
        add(harness, "a", 3);
        ExecutionView fourth = add(harness, "a", 4);
        assertThat(fourth.state()).isEqualTo(ExecutionState.DROPPED);
        for (int i = 0; i < 3; i++) {
            harness.end(SUCCESS);
        }

        assertThat(begun(harness)).containsExactly("a1", "a2", "a3");
    }

    @Test
    void isQueuedAgainAfterACrashInTheOrderOfItsKey() {
        EngineHarness harness = started(job(null, 1).withMaxCrashes(10));
        add(harness, "a", 1);
        add(harness, "a", 2);
        add(harness, "b", 1);
        add(harness, "a", 3, Priority.HIGH);
        EngineHarness next = harness.crash(SECOND);
        assertThat(begun(next)).containsExactlyInAnyOrder("a3", "b1"); // nobody knows any more that a1 was first
        for (int i = 0; i < 4; i++) {
            next.end(SUCCESS);
        }

        assertThat(begun(next)).containsSubsequence("a3", "a1", "a2").hasSize(4);
    }

    @Test
    void takesPayloadsWithoutAKeyForTheSame() {
        EngineHarness harness = started(job(null, 1));
        harness.add(null, "{}");
        harness.add(null, "[1]");
        harness.add(null, "{\"key\":{}}");
        harness.submit(null, Submission.of(null));

        assertThat(harness.performing).hasSize(1);
    }

    @Test
    void remembersNoKeyThatIsIdle() {
        EngineHarness harness = started(job(paced(6, MINUTE), 2));
        harness.take(new Input.ServiceBegan());
        for (int i = 0; i < 100; i++) {
            add(harness, "k" + i, i);
            harness.end(SUCCESS);
        }
        assertThat(keyLimiter(harness).size()).isEqualTo(100);
        harness.pass(MINUTE); // for the periodic look

        assertThat(keyLimiter(harness).size()).isZero();
        EngineHarness unpaced = started(job(null, 2));
        add(unpaced, "a", 1);
        unpaced.end(SUCCESS);
        assertThat(keyLimiter(unpaced).size()).as("at once").isZero();
    }

    @Test
    void waitsForKeysToBecomeIdleWhenThereAreTooMany() {
        EngineHarness harness = started(job(paced(2, MINUTE), 0));
        for (int i = 0; i < KeyLimiter.MAX_KEYS; i++) {
            add(harness, "k" + i, i);
            harness.end(SUCCESS);
        }
        assertThat(harness.performs).hasSize(KeyLimiter.MAX_KEYS);
        harness.pass(Duration.ofSeconds(15));
        ExecutionView further = add(harness, "further", 1);
        add(harness, "further", 2);
        add(harness, "more", 1);
        assertThat(harness.state(further)).isEqualTo(ExecutionState.WAITING);
        assertThat(harness.get(further.id()).note()).isEqualTo("100000 other keys are limited now");
        add(harness, "k1", 2);
        assertThat(keyLimiter(harness).size()).isEqualTo(KeyLimiter.MAX_KEYS);
        assertThat(keyLimiter(harness).alarms()).isEqualTo(2);
        int before = harness.performs.size();
        harness.passTo(Duration.ofSeconds(30)); // now all are as if they had never been used, but for k1
        assertThat(begun(harness).subList(before, harness.performs.size()))
                .containsExactlyInAnyOrder("k12", "further1", "more1");
        harness.pass(MINUTE);

        assertThat(begun(harness)).endsWith("further2");
        assertThat(keyLimiter(harness).alarms()).isZero();
    }

    @Test
    void putsALongQueueAsideInSteps() {
        EngineHarness harness = EngineHarness.of(job(null, 1));
        int many = 3 * Dispatcher.MAX_PUT_AWAY;
        for (int i = 0; i < many; i++) {
            add(harness, "a", i);
        }
        add(harness, "b", 1);
        harness.start(null);
        assertThat(keyLimiter(harness).aside()).isEqualTo(Dispatcher.MAX_PUT_AWAY);
        assertThat(begun(harness)).containsExactly("a0");
        harness.pass(Duration.ZERO);

        assertThat(keyLimiter(harness).aside()).isEqualTo(many - 1);
        assertThat(begun(harness)).containsExactly("a0", "b1");
    }

    @Test
    void refusesNothingBecauseOfItsKey() {
        EngineHarness harness = started(job(null, 1));
        assertThat(harness.submit(null, Submission.of("no JSON at all")).only()).isNotInstanceOf(Refusal.class);
    }
}

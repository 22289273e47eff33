package dev.latido.core;

import static dev.latido.core.QueueHarness.JOB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.core.QueueHarness.Lease;
import dev.latido.event.Event;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.RetryPolicy;
import dev.latido.policy.RateConfig;
import dev.latido.protocol.Command;
import dev.latido.protocol.Reason;
import dev.latido.protocol.StopMode;
import dev.latido.queue.Delivery;
import dev.latido.queue.QueueException.Kind;
import dev.latido.queue.Settlement;
import dev.latido.room.FullMode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class DeliveriesTest {

    private static final Outcome BOOM = new Outcome.Failure("boom");

    private QueueHarness broker = QueueHarness.of();

    @AfterEach
    void allThatCameIsSomewhere() {
        broker.check();
    }

    private List<ExecutionState> history() {
        return broker.engine.events(Event.ExecutionEnded.class).stream()
                .map(Event.ExecutionEnded::state)
                .toList();
    }

    // Coming

    @Test
    void asksForAsMuchAsItMayHaveOnceTheBrokerIsThere() {
        assertThat(broker.asked()).isZero();
        broker.up();
        assertThat(broker.asked()).isEqualTo(4);
        broker.deliver("a", "1");
        broker.deliver("b", "2");
        broker.deliver("c", "3");
        assertThat(broker.engine.performing).hasSize(2);
        assertThat(broker.state().queue.size()).isEqualTo(1);
        Lease last = broker.deliver("d", "4");
        broker.engine.end(EngineHarness.SUCCESS);
        assertThat(broker.asked()).as("three are here").isEqualTo(1);
        broker.down();
        broker.up();
        assertThat(broker.asked()).isEqualTo(1);
        assertThat(last.key()).isEqualTo("d");
    }

    @Test
    void tellsTheBrokerHowItEndedOnceThatIsStored() {
        broker.up();
        Lease lease = broker.deliver("a", "1");
        broker.engine.holdStore();
        broker.engine.end(EngineHarness.SUCCESS);
        assertThat(broker.settlements("a")).isEmpty();
        broker.engine.commit();
        assertThat(broker.settlements("a")).singleElement().isInstanceOfSatisfying(Settlement.Ack.class, ack -> {
            assertThat(Objects.requireNonNull(ack.outcome()).state()).isEqualTo("succeeded");
            assertThat(Objects.requireNonNull(ack.outcome()).process()).isNotEmpty();
        });
        assertThat(broker.state().leases.owed()).isEqualTo(1);
        assertThat(broker.state().ended(ExecutionState.SUCCEEDED).size())
                .as("it is not to be forgotten before")
                .isZero();
        broker.settled(lease);
        assertThat(broker.state().leases.owed()).isZero();
        assertThat(broker.state().ended(ExecutionState.SUCCEEDED).size()).isEqualTo(1);
    }

    @Test
    void neitherDurabilityHasTheBrokerToldBeforeTheStoreIs() {
        broker = QueueHarness.of(job -> job.withDurability(Durability.RELAXED)).up();
        broker.deliver("a", "1");
        broker.engine.holdStore();
        broker.engine.end(EngineHarness.SUCCESS);
        assertThat(broker.settlements("a")).isEmpty();
        broker.engine.commit();
        assertThat(broker.settlements("a")).hasSize(1);

        broker = QueueHarness.of(job -> job.withDurability(Durability.NONE)).up();
        broker.engine.holdStore();
        broker.deliver("b", "1");
        broker.engine.end(EngineHarness.SUCCESS);
        assertThat(broker.settlements("b")).as("nothing of it is stored").hasSize(1);
    }

    @Test
    void whatFailedIsADeadLetterAndWhatIsCancelledIsDone() {
        broker.up();
        broker.deliver("a", "1");
        broker.engine.end(BOOM);
        assertThat(broker.settlements("a")).singleElement().isInstanceOfSatisfying(Settlement.Dead.class, dead -> {
            assertThat(dead.error()).isEqualTo("boom");
            assertThat(Objects.requireNonNull(dead.outcome()).state()).isEqualTo("failed");
        });
        broker.deliver("b", "2");
        ExecutionId id = broker.engine.performing.get(0).execution();
        broker.engine.cancel(id);
        broker.engine.end(id, EngineHarness.SUCCESS);
        broker.deliver("c", "3");
        broker.engine.stop(JOB, StopMode.NOW);
        broker.engine.end(BOOM);
        assertThat(broker.settlements("c")).singleElement().isInstanceOf(Settlement.Ack.class);
    }

    /** The id of a CloudEvent, which is its key, is unique together with its source only. */
    @Test
    void eventsOfTwoSourcesAreTwo() {
        broker.up();
        broker.deliver("1", "1", 1, 0, Map.of(Delivery.SOURCE, "/shop"));
        broker.deliver("1", "1", 1, 0, Map.of(Delivery.SOURCE, "/till"));
        broker.deliver("1", "1", 2, 0, Map.of(Delivery.SOURCE, "/shop"));
        assertThat(broker.engine.performs).hasSize(2);
    }

    @Test
    void whatIsDeliveredAgainWhileItRunsIsNotRunTwice() {
        broker.up();
        Lease first = broker.deliver("a", "1");
        Lease second = broker.deliver("a", "1", 2, 0);
        assertThat(broker.engine.performs).hasSize(1);
        broker.engine.end(EngineHarness.SUCCESS);
        assertThat(broker.all(Effect.Settle.class))
                .extracting(Effect.Settle::handle)
                .containsExactly(second);
        broker.settled(first, Kind.LEASE_LOST);
        assertThat(broker.state().leases.owed())
                .as("that is no answer to the second")
                .isEqualTo(1);
        broker.settled(second);
        assertThat(broker.state().leases.owed()).isZero();
    }

    @Test
    void whatIsDeliveredAgainAfterItsEndIsOnlySettled() {
        broker.up();
        broker.deliver("a", "1");
        broker.engine.end(BOOM);
        broker.deliver("a", "1", 2, 0);
        assertThat(broker.engine.performs).hasSize(1);
        assertThat(broker.settlements("a")).hasSize(2).allMatch(each -> each instanceof Settlement.Dead);
        assertThat(broker.state().deliveries.alreadyDone()).isEqualTo(1);
    }

    @Test
    void equalKeysWithUnequalPayloadsAreNoRepetitions() {
        broker.up();
        broker.deliver("a", "1");
        broker.deliver("a", "2");
        assertThat(broker.engine.performs).hasSize(2);
        broker.engine.end(EngineHarness.SUCCESS);
        broker.engine.end(BOOM);
        assertThat(broker.settlements("a")).hasSize(2);
    }

    @Test
    void whatSomebodyReplayedIsRunHoweverItEndedBefore() {
        broker.up();
        broker.settled(broker.deliver("a", "1"));
        broker.engine.end(BOOM);
        Lease again = broker.deliver("a", "1", 1, 0, Map.of(Delivery.ROUND, "1"));
        assertThat(broker.engine.performs).hasSize(2);
        broker.engine.end(EngineHarness.SUCCESS);
        broker.deliver("a", "1", 2, 0, Map.of(Delivery.ROUND, "1"));
        assertThat(broker.engine.performs).as("that is the same").hasSize(2);
        broker.deliver("a", "1", 1, 0, Map.of(Delivery.ROUND, "2"));
        assertThat(broker.engine.performs).hasSize(3);
        assertThat(again.key()).isEqualTo("a");
    }

    @Test
    void settlesAgainWhatTheBrokerDidNotConfirm() {
        broker.up();
        Lease lease = broker.deliver("a", "1");
        broker.engine.end(EngineHarness.SUCCESS);
        broker.settled(lease, Kind.UNKNOWN);
        broker.engine.pass(Leases.AGAIN);
        assertThat(broker.settlements("a")).hasSize(2);
        broker.down();
        broker.settled(lease, Kind.UNAVAILABLE);
        broker.engine.pass(Duration.ofMinutes(1));
        assertThat(broker.settlements("a")).hasSize(2);
        broker.up();
        assertThat(broker.settlements("a")).hasSize(3);
        broker.settled(lease);
        assertThat(broker.state().leases.owed()).isZero();
    }

    // The process dies

    @Test
    void whatWasNotBegunWaitsForItsMessageAndIsRunOnce() {
        broker = QueueHarness.of(job -> job.withConcurrency(1)).up();
        broker.deliver("a", "1");
        broker.deliver("b", "2");
        broker = broker.crash(Duration.ofSeconds(1));
        assertThat(broker.engine.performs).as("who knows who has them").isEmpty();
        broker.up();
        assertThat(broker.asked()).as("what is awaited takes nobody's place").isEqualTo(4);
        broker.deliver("b", "2", 2, 0);
        assertThat(broker.engine.performs).hasSize(1);
        assertThat(broker.engine.performs.get(0).payload()).isEqualTo("2");
        broker.deliver("a", "1", 2, 0);
        broker.engine.end(EngineHarness.SUCCESS);
        broker.engine.end(EngineHarness.SUCCESS);
        assertThat(broker.settlements("a")).hasSize(1);
        assertThat(broker.settlements("b")).hasSize(1);
    }

    @Test
    void whatWasInAnAttemptIsTriedAgainWithTheNextNumber() {
        broker.up();
        broker.deliver("a", "1");
        broker = broker.crash(Duration.ofSeconds(1)).up();
        broker.deliver("a", "1", 2, 0);
        assertThat(broker.engine.performs).hasSize(1);
        assertThat(broker.engine.performing.get(0).number()).isEqualTo(2);
    }

    @Test
    void countsItsOwnDeathsWhateverTheBrokerCounts() {
        broker.up();
        broker.deliver("a", "1", 40, 0);
        for (int death = 1; death < JobDefinition.DEFAULT_MAX_CRASHES; death++) {
            broker = broker.crash(Duration.ofSeconds(1)).up();
            broker.deliver("a", "1", 40 + death, 0);
            assertThat(broker.engine.performs).hasSize(1);
        }
        broker = broker.crash(Duration.ofSeconds(1)).up();
        broker.deliver("a", "1", 50, 0);
        assertThat(broker.engine.performs).isEmpty();
        assertThat(broker.settlements("a"))
                .singleElement()
                .isInstanceOfSatisfying(
                        Settlement.Dead.class, dead -> assertThat(dead.error()).startsWith("quarantined"));
    }

    @Test
    void whatEndedAndWasNotSettledIsNotRunAgain() {
        broker.up();
        broker.deliver("a", "1");
        broker.engine.end(EngineHarness.SUCCESS);
        broker = broker.crash(Duration.ofSeconds(1));
        assertThat(broker.state().leases.owed()).isEqualTo(1);
        broker.up();
        Lease again = broker.deliver("a", "1", 2, 0);
        assertThat(broker.engine.performs).isEmpty();
        assertThat(broker.settlements("a")).singleElement().isInstanceOf(Settlement.Ack.class);
        broker.settled(again);
        broker = broker.crash(Duration.ofSeconds(1));
        assertThat(broker.state().ended(ExecutionState.SUCCEEDED).size()).isEqualTo(1);
    }

    @Test
    void whatSomebodyElseHasIsReturned() {
        broker.up();
        broker.deliver("a", "1");
        broker.deliver("b", "2");
        broker.engine.end(EngineHarness.SUCCESS);
        broker = broker.crash(Duration.ofSeconds(1));
        broker.engine.pass(Duration.ofHours(1));
        assertThat(broker.state().leases.awaited())
                .as("the broker is not there")
                .hasSize(1);
        broker.up();
        broker.engine.pass(QueueHarness.LEASE);
        assertThat(broker.state().leases.awaited()).hasSize(1);
        broker.engine.pass(Deliveries.MARGIN);
        assertThat(broker.state().leases.awaited()).isEmpty();
        assertThat(broker.state().leases.owed()).isZero();
        assertThat(history()).containsExactly(ExecutionState.RETURNED);
        assertThat(broker.settlements("b")).isEmpty();
        broker.deliver("b", "2", 3, 0);
        assertThat(broker.engine.performs).as("it came back after all").hasSize(1);
    }

    @Test
    void knowsItselfByTheSameNameAsLongAsItsStoreLasts() {
        String first = broker.all(Effect.OpenQueues.class).get(0).process();
        assertThat(first).hasSize(13);
        broker = broker.crash(Duration.ofSeconds(1));
        assertThat(broker.all(Effect.OpenQueues.class))
                .extracting(Effect.OpenQueues::process)
                .containsExactly(first);
    }

    // Leases are lost

    @Test
    void anAttemptWhoseLeaseIsLostIsToldToEnd() {
        broker.up();
        Lease lease = broker.deliver("a", "1");
        broker.engine.take(new Input.LeaseLost(JOB, lease, "another has it"));
        assertThat(broker.engine.cancelled).hasSize(1);
        assertThat(history()).containsExactly(ExecutionState.RETURNED);
        assertThat(broker.settlements("a")).isEmpty();
        broker.engine.end(EngineHarness.SUCCESS);
        assertThat(broker.engine.events(Event.LateOutcome.class)).hasSize(1);
        assertThat(broker.state().leases.lost()).isEqualTo(1);
        broker.deliver("a", "1", 2, 0);
        assertThat(broker.engine.performs).hasSize(2);
    }

    @Test
    void whatHasNotBegunAndIsLostIsNotBegun() {
        broker = QueueHarness.of(job -> job.withConcurrency(1)).up();
        broker.deliver("a", "1");
        Lease lease = broker.deliver("b", "2");
        broker.engine.take(new Input.LeaseLost(JOB, lease, "another has it"));
        broker.engine.end(EngineHarness.SUCCESS);
        assertThat(broker.engine.performs).hasSize(1);
        assertThat(history()).containsExactly(ExecutionState.RETURNED, ExecutionState.SUCCEEDED);
    }

    @Test
    void whatIsDoneStaysDoneWhenItsLeaseIsLost() {
        broker.up();
        Lease lease = broker.deliver("a", "1");
        broker.engine.end(EngineHarness.SUCCESS);
        broker.engine.take(new Input.LeaseLost(JOB, lease, "another has it"));
        assertThat(broker.state().leases.owed()).isZero();
        broker.settled(lease, Kind.LEASE_LOST);
        assertThat(broker.state().ended(ExecutionState.SUCCEEDED).size()).isEqualTo(1);
        Lease again = broker.deliver("a", "1", 2, 0);
        assertThat(broker.engine.performs).as("its outcome is stored").hasSize(1);
        assertThat(broker.state().ended(ExecutionState.SUCCEEDED).size())
                .as("it is not to be forgotten now")
                .isZero();
        broker.settled(again);
        assertThat(broker.state().ended(ExecutionState.SUCCEEDED).size()).isEqualTo(1);
        broker.deliver("a", "1", 3, 0);
        broker.engine.take(new Input.LeaseLost(JOB, again, "that one means nothing any more"));
        broker.down();
        broker.up();
        broker.engine.pass(Duration.ofHours(1));
        assertThat(broker.settlements("a"))
                .as("the answer to the third is awaited")
                .hasSize(3);
    }

    @Test
    void takesNoMoreThanItsRateCanStartSoon() {
        Duration third = QueueHarness.LEASE.dividedBy(3);
        broker = QueueHarness.of(job -> job.with(changed -> {
                    changed.concurrency = 1;
                    changed.throttle = new JobDefinition.Throttle(
                            new RateConfig(RateConfig.Algorithm.FIXED_WINDOW, 2, third, 1), null, null, 0);
                }))
                .up();
        assertThat(broker.asked()).as("two in that time").isEqualTo(2);
        broker.deliver("a", "1");
        assertThat(broker.asked()).as("one of them has begun").isEqualTo(2);
        broker.deliver("b", "2");
        broker.deliver("c", "3");
        assertThat(broker.asked()).isZero();
        broker.engine.end(EngineHarness.SUCCESS);
        assertThat(broker.asked()).isEqualTo(1);
    }

    @Test
    void takesOneAtLeastHoweverSlowItsRateIs() {
        broker = QueueHarness.of(job -> job.with(changed -> changed.throttle = new JobDefinition.Throttle(
                        new RateConfig(RateConfig.Algorithm.FIXED_WINDOW, 1, Duration.ofDays(1), 1), null, null, 0)))
                .up();
        assertThat(broker.asked()).isEqualTo(1);
    }

    // Going back

    @Test
    void givesBackWhatAStoppedJobHasNotBegun() {
        broker = QueueHarness.of(job -> job.withConcurrency(1)).up();
        broker.deliver("a", "1");
        Lease waiting = broker.deliver("b", "2");
        broker.engine.stop(JOB);
        assertThat(broker.asked()).isZero();
        broker.engine.pass(Deliveries.KEPT_FOR);
        assertThat(broker.settlements("b")).containsExactly(new Settlement.Release());
        broker.settled(waiting);
        broker.engine.end(EngineHarness.SUCCESS);
        assertThat(broker.settlements("a")).singleElement().isInstanceOf(Settlement.Ack.class);
        assertThat(history()).containsExactly(ExecutionState.RETURNED, ExecutionState.SUCCEEDED);
        broker.engine.start(JOB);
        assertThat(broker.asked()).isEqualTo(4);
    }

    @Test
    void keepsWhatItHasWhenItIsStartedAgainAtOnce() {
        broker = QueueHarness.of(job -> job.withConcurrency(1)).up();
        broker.deliver("a", "1");
        broker.deliver("b", "2");
        broker.engine.stop(JOB);
        broker.engine.start(JOB);
        broker.engine.pass(Duration.ofSeconds(5));
        assertThat(broker.settlements("b")).isEmpty();
    }

    @Test
    void givesBackWhatMayNotBeginWhileEverythingIsPaused() {
        broker = QueueHarness.of(job -> job.withConcurrency(1)).up();
        broker.deliver("a", "1");
        broker.deliver("b", "2");
        broker.engine.send(new Command.PauseAll(Command.NO_DEADLINE));
        assertThat(broker.asked()).isZero();
        broker.engine.pass(Deliveries.KEPT_FOR);
        assertThat(broker.settlements("b")).containsExactly(new Settlement.Release());
        broker.engine.send(new Command.ResumeAll(Command.NO_DEADLINE));
        assertThat(broker.asked()).isEqualTo(3);
    }

    @Test
    void givesBackAtOnceWhatIsNotBegunWhenTheServiceEnds() {
        broker = QueueHarness.of(job -> job.withConcurrency(1)).up();
        broker.deliver("a", "1");
        broker.deliver("b", "2");
        broker.engine.take(new Input.ShutdownBegan());
        assertThat(broker.settlements("b")).containsExactly(new Settlement.Release());
        assertThat(broker.engine.engine.settling()).isEqualTo(1);
        broker.engine.take(new Input.GraceEnded());
        assertThat(broker.settlements("a"))
                .as("its attempt counts")
                .singleElement()
                .isInstanceOf(Settlement.Later.class);
    }

    @Test
    void aShortPauseBeforeTheNextAttemptIsWaitedForHere() {
        broker = QueueHarness.of(job -> job.withRetry(fixed(QueueHarness.IN_PLACE)))
                .up();
        broker.deliver("a", "1");
        broker.engine.end(BOOM);
        assertThat(broker.settlements("a")).isEmpty();
        broker.engine.pass(QueueHarness.IN_PLACE);
        assertThat(broker.engine.performs).hasSize(2);
    }

    @Test
    void aLongPauseIsTheBrokers() {
        Duration pause = QueueHarness.IN_PLACE.plusMillis(1);
        broker = QueueHarness.of(job -> job.withRetry(fixed(pause))).up();
        Lease lease = broker.deliver("a", "1");
        broker.engine.end(BOOM);
        assertThat(broker.settlements("a")).containsExactly(new Settlement.Later(pause, 1, "boom"));
        broker.settled(lease);
        assertThat(history()).containsExactly(ExecutionState.RETURNED);
        broker.deliver("a", "1", 1, 1);
        assertThat(broker.engine.performing.get(0).number()).isEqualTo(2);
        broker.engine.end(BOOM);
        broker.deliver("a", "1", 1, 2);
        broker.engine.end(BOOM);
        assertThat(broker.settlements("a")).last().as("three attempts were all").isInstanceOf(Settlement.Dead.class);
    }

    @Test
    void aRetryThatWouldHoldTheMessageForTooLongIsTheBrokers() {
        Duration pause = Duration.ofSeconds(5);
        Duration timeout = Duration.ofSeconds(30);
        broker = QueueHarness.of(job -> job.withRetry(fixed(pause))
                        .withTimeout(timeout)
                        .with(changed -> {
                            changed.shared = QueueHarness.heldForAtMost(Duration.ofSeconds(50));
                        }))
                .up();
        Lease lease = broker.deliver("a", "1");
        broker.engine.pass(Duration.ofSeconds(15));
        broker.engine.end(BOOM);
        assertThat(broker.settlements("a")).as("it may be here for as long").isEmpty();
        broker.engine.pass(pause);
        broker.engine.end(BOOM);
        assertThat(broker.settlements("a")).containsExactly(new Settlement.Later(pause, 2, "boom"));
        broker.settled(lease);
        assertThat(history()).containsExactly(ExecutionState.RETURNED);
    }

    private static RetryPolicy fixed(Duration pause) {
        return new RetryPolicy(3, RetryPolicy.Backoff.FIXED, pause, pause, false);
    }

    // What people see

    @Test
    void saysThatTheBrokerIsNotThere() {
        broker.down();
        assertThat(broker.engine.job(JOB).reason()).isEqualTo(Reason.QUEUE);
        assertThat(broker.engine.job(JOB).why()).contains("shop:orders", "connection refused");
        assertThat(broker.engine.job(JOB).degraded()).contains("shop:orders", "connection refused");
        broker.up();
        assertThat(broker.engine.job(JOB).degraded()).isNull();
    }

    @Test
    void saysWhatIsOwedToAQueueThatTheJobHasNoMore() {
        broker.up();
        broker.deliver("a", "1");
        broker.engine.end(EngineHarness.SUCCESS);
        broker.deliver("b", "2");
        broker = broker.restart(QueueHarness.job(FullMode.REJECT)
                .with(job -> job.shared = QueueHarness.queue("elsewhere", FullMode.REJECT, 4)));
        broker.up();
        broker.engine.pass(Duration.ofHours(1));
        assertThat(broker.engine.job(JOB).degraded()).contains("2 messages are still owed", "shop:elsewhere");
        assertThat(history()).isEmpty();
        broker = broker.restart(QueueHarness.job(FullMode.REJECT)).up();
        assertThat(broker.engine.job(JOB).degraded()).isNull();
        broker.deliver("b", "2", 2, 0);
        assertThat(broker.engine.performs).hasSize(1);
    }

    @Test
    void whatWaitsForAThirdOfItsLeaseGoesBackAndLessComes() {
        broker.up();
        for (String key : List.of("a", "b", "c", "d")) {
            broker.deliver(key, "1");
        }
        assertThat(broker.engine.performing).hasSize(2);
        broker.engine.pass(QueueHarness.LEASE.dividedBy(6));
        assertThat(broker.settlements("c")).isEmpty();
        broker.engine.pass(QueueHarness.LEASE.dividedBy(6));
        assertThat(broker.settlements("c")).containsExactly(new Settlement.Release());
        assertThat(broker.settlements("d")).containsExactly(new Settlement.Release());
        assertThat(broker.settlements("a")).as("it is being worked on").isEmpty();
        assertThat(broker.asked()).as("nothing could begin").isZero();
        broker.engine.end(EngineHarness.SUCCESS);
        assertThat(broker.asked()).as("one can").isEqualTo(1);
        broker.deliver("e", "1");
        assertThat(broker.asked()).as("it began at once").isEqualTo(1);
        broker.deliver("f", "1");
        assertThat(broker.asked()).isZero();
        broker.engine.end(EngineHarness.SUCCESS);
        assertThat(broker.asked()).as("f began, too").isEqualTo(2);
    }

    @Test
    void whatWasTriedHereIsKeptForItsNextAttempt() {
        broker = QueueHarness.of(job -> job.withRetry(new RetryPolicy(
                        3, RetryPolicy.Backoff.FIXED, Duration.ofMillis(1), Duration.ofSeconds(1), false)))
                .up();
        broker.deliver("a", "1");
        broker.engine.end(BOOM);
        broker.deliver("b", "1");
        broker.deliver("c", "1");
        broker.engine.pass(QueueHarness.LEASE);
        assertThat(broker.settlements("a")).isEmpty();
    }

    @Test
    void oneKeyTakesNoMoreThanHalfTheRoom() {
        broker = QueueHarness.of(
                        job -> job.with(changed -> changed.throttle = new JobDefinition.Throttle(null, "/k", null, 1)))
                .up();
        for (String key : List.of("a", "b", "c", "d")) {
            broker.deliver(key, "{\"k\":1}");
        }
        assertThat(broker.engine.performing).hasSize(1);
        assertThat(broker.settlements("b")).isEmpty();
        assertThat(broker.settlements("c")).isEmpty();
        assertThat(broker.settlements("d")).containsExactly(new Settlement.Later(QueueHarness.LEASE, 0, null));
        assertThat(broker.asked()).as("for other keys").isEqualTo(1);
        broker.deliver("e", "{\"k\":2}");
        assertThat(broker.engine.performing).hasSize(2);
        broker.engine.pass(QueueHarness.LEASE);
        assertThat(broker.settlements("b")).as("its turn comes").isEmpty();
    }
}

package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionPage;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.JobView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Cron;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Schedule;
import dev.latido.store.Unreadable;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a process finds that begins where another one died. */
@Tag("fast")
class RecoveryTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final JobDefinition JOB = JobDefinition.named("job");

    private static List<ExecutionId> ids(EngineHarness harness, ExecutionState state) {
        ExecutionPage page = (ExecutionPage)
                harness.send(new Command.ListExecutions("job", state, null, 1_000, Command.NO_DEADLINE));
        return page.executions().stream().map(ExecutionView::id).toList();
    }

    @Test
    void queueIsAsItWasInOrder() {
        EngineHarness harness = EngineHarness.of(JOB.withAutoStart(false));
        List<ExecutionView> queued = new ArrayList<>();
        for (Priority priority : List.of(Priority.LOW, Priority.CRITICAL, Priority.NORMAL, Priority.LOW)) {
            queued.add(harness.add("job", "\"" + priority + queued.size() + "\"", priority));
        }
        List<ExecutionId> order = ids(harness, ExecutionState.QUEUED);
        EngineHarness next = harness.crash(SECOND);

        assertThat(ids(next, ExecutionState.QUEUED)).isEqualTo(order);
        assertThat(next.get(queued.get(1).id()))
                .isEqualTo(harness.get(queued.get(1).id()));
        assertThat(next.job("job").counters()).isEqualTo(harness.job("job").counters());
        assertThat(next.events(Event.JobRecovered.class).get(0).queued()).containsEntry(Priority.LOW, 2);
        next.add("job", "5", Priority.LOW);
        assertThat(ids(next, ExecutionState.QUEUED).subList(0, 4)).isEqualTo(order);
    }

    @Test
    void givesOutNoIdOfWhatCannotBeReadAndCountsThat() {
        EngineHarness harness = EngineHarness.of(JOB);
        ExecutionId taken = new ExecutionId(Long.MAX_VALUE / 2);
        Recovery recovery = harness.engine.recover(harness.now);
        recovery.unreadable(new Unreadable(Unreadable.Kind.EXECUTION, "first", taken, "why"));
        recovery.unreadable(new Unreadable(Unreadable.Kind.EXECUTION, "second", null, "as well"));
        recovery.unreadable(new Unreadable(Unreadable.Kind.JOB, "third", null, "too"));
        recovery.place();

        assertThat(harness.add("job", "1").id()).isGreaterThan(taken);
        assertThat(recovery.damage())
                .isEqualTo(Map.of(
                        Unreadable.Kind.EXECUTION,
                        new Recovery.Damage(2, new Unreadable(Unreadable.Kind.EXECUTION, "first", taken, "why")),
                        Unreadable.Kind.JOB,
                        new Recovery.Damage(1, new Unreadable(Unreadable.Kind.JOB, "third", null, "too"))));
    }

    @Test
    void whatWasRetriedOrDelayedKeepsItsPlace() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.start("job");
        ExecutionView failed = harness.add("job", "1");
        harness.end(new Outcome.Failure("no"));
        harness.add("job", "running");
        ExecutionView delayed = harness.submit("job", new Submission("2", Priority.NORMAL, SECOND, null))
                .view();
        ExecutionView third = harness.add("job", "3");
        harness.send(new Command.Retry(failed.id(), Command.NO_DEADLINE));
        harness.pass(SECOND);
        assertThat(ids(harness, ExecutionState.QUEUED)).containsExactly(third.id(), failed.id(), delayed.id());
        harness.stop("job");

        assertThat(ids(harness.crash(SECOND), ExecutionState.QUEUED).subList(1, 4))
                .containsExactly(third.id(), failed.id(), delayed.id());
    }

    /** Only how it stood was stored, and after a restart its old time was over. */
    @Test
    void whatWasRetriedAfterItExpiredDoesNotExpireAgain() {
        EngineHarness harness = EngineHarness.of(JOB);
        ExecutionView expired = harness.submit("job", new Submission("1", Priority.NORMAL, Duration.ZERO, SECOND, null))
                .view();
        harness.pass(SECOND);
        harness.start("job");
        assertThat(harness.get(expired.id()).state()).isEqualTo(ExecutionState.FAILED);
        harness.stop("job");
        harness.send(new Command.Retry(expired.id(), Command.NO_DEADLINE));
        EngineHarness next = harness.crash(SECOND);
        assertThat(next.get(expired.id()).state()).isEqualTo(ExecutionState.QUEUED);
        assertThat(next.get(expired.id()).expiresAt()).isNull();

        next.start("job");
        assertThat(next.performs).hasSize(1);
    }

    @Test
    void delayGoesOnByTheWallClock() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.start("job");
        Submission later = new Submission("1", Priority.HIGH, Duration.ofMinutes(10), null);
        ExecutionView soon = harness.submit("job", later).view();
        harness.pass(Duration.ofMinutes(1));
        harness.submit("job", later);
        EngineHarness next = harness.crash(Duration.ofMinutes(8));
        assertThat(next.job("job").queue().delayed()).isEqualTo(2);
        next.pass(Duration.ofSeconds(59));
        assertThat(next.performs).isEmpty();
        next.pass(SECOND);
        assertThat(next.performs).hasSize(1);
        assertThat(next.performs.get(0).attempt().execution()).isEqualTo(soon.id());

        EngineHarness late = harness.crash(Duration.ofDays(1));
        late.pass(Duration.ofMillis(1));
        assertThat(late.performs).as("what was due while nobody was there").hasSize(1);
    }

    @Test
    void jobsGoOnAsTheyWere() {
        JobDefinition auto = JobDefinition.named("auto");
        EngineHarness harness = EngineHarness.of(JOB.withAutoStart(false), auto);
        harness.take(new Input.ServiceBegan());
        harness.start("job");
        harness.stop("auto");
        harness.complete("auto");
        EngineHarness next = harness.crash(SECOND);

        assertThat(next.job("job").isRunning()).as("was started").isTrue();
        assertThat(next.job("auto").isRunning())
                .as("was stopped, autoStart or not")
                .isFalse();
        assertThat(next.job("auto").isClosed()).isTrue();
        assertThat(next.job("auto").why()).isEqualTo(harness.job("auto").why());
    }

    @Test
    void jobThatIsNewIsStartedAsDefined() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.stop("job");
        EngineHarness next = harness.restart(SECOND, List.of(JOB, JobDefinition.named("new")));

        assertThat(next.job("new").isRunning()).isTrue();
        assertThat(next.job("job").isRunning()).isTrue(); // it never ran, so nobody stopped it
    }

    @Test
    void countsAndHistoryGoOn() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.start("job");
        List<ExecutionId> done = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            done.add(harness.add("job", "" + i).id());
            harness.pass(SECOND);
            harness.end(i == 1 ? new Outcome.Failure("no " + i) : new Outcome.Success("{\"r\":" + i + "}"));
        }
        JobView before = harness.job("job");
        EngineHarness next = harness.crash(SECOND);
        JobView after = next.job("job");

        assertThat(after.executionCount()).isEqualTo(3);
        assertThat(after.lastExecutionTime()).isEqualTo(before.lastExecutionTime());
        assertThat(after.counters()).isEqualTo(before.counters());
        for (ExecutionId id : done) {
            assertThat(next.get(id)).isEqualTo(harness.get(id));
        }
        assertThat(ids(next, ExecutionState.SUCCEEDED)).containsExactly(done.get(0), done.get(2));
        next.send(new Command.Retry(done.get(1), Command.NO_DEADLINE));
        assertThat(next.performs.get(0).attempt().number()).isEqualTo(2);
    }

    @Test
    void historyIsPrunedByAgeAcrossARestart() {
        HistoryConfig hour = EngineHarness.keeping(10, 10, Duration.ofHours(1));
        EngineHarness harness = EngineHarness.of(hour, JOB);
        harness.start("job");
        ExecutionView done = harness.add("job", "1");
        harness.end(EngineHarness.SUCCESS);
        EngineHarness next = harness.crash(Duration.ofMinutes(58));
        next.pass(SECOND);
        assertThat(next.state(done)).isEqualTo(ExecutionState.SUCCEEDED);
        next.pass(Duration.ofMinutes(2));

        assertThat(next.send(new Command.GetExecution(done.id(), Command.NO_DEADLINE)))
                .isInstanceOf(Refusal.class);
        assertThat(harness.store.find(done.id())).isEmpty();
    }

    @Test
    void smallerHistoryForgetsTheOldest() {
        EngineHarness harness = EngineHarness.of(EngineHarness.keeping(2, 10, Duration.ofHours(1)), JOB);
        harness.start("job");
        List<ExecutionId> done = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            done.add(harness.add("job", "" + i).id());
            harness.end(EngineHarness.SUCCESS);
        }

        assertThat(ids(harness.crash(SECOND), ExecutionState.SUCCEEDED)).isEqualTo(done.subList(1, 3));
    }

    @Test
    void whatRanRunsAgainFirstAndAsTheNextAttempt() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.start("job");
        ExecutionView first = harness.add("job", "1");
        harness.add("job", "2");
        EngineHarness next = harness.crash(SECOND);

        assertThat(next.payloads()).containsExactly("1");
        assertThat(next.performs.get(0).attempt().number()).isEqualTo(2);
        next.take(new Input.AttemptEnded(harness.performs.get(0).attempt(), EngineHarness.SUCCESS));
        assertThat(next.events(Event.LateOutcome.class)).hasSize(1);
        assertThat(next.state(first)).isEqualTo(ExecutionState.RUNNING);
    }

    @Test
    void whatWasToldToEndIsCancelled() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.start("job");
        ExecutionView unwanted = harness.add("job", "1");
        harness.cancel(unwanted.id());
        EngineHarness next = harness.crash(SECOND);

        assertThat(next.state(unwanted)).isEqualTo(ExecutionState.CANCELLED);
        assertThat(next.performs).isEmpty();
        assertThat(next.job("job").counters()).containsEntry("cancelled", 1L);
    }

    @Test
    void attemptThatWasNotStoredNeverHappened() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.add("job", "1");
        harness.holdStore();
        EngineHarness.Call start = harness.ask(new Command.Start("job", Command.NO_DEADLINE));
        EngineHarness next = harness.crash(SECOND);
        next.commit();

        assertThat(start.isAnswered()).isFalse();
        assertThat(next.performs.get(0).attempt().number()).isEqualTo(1);
    }

    @Test
    void keysGoOnForTheirTime() {
        EngineHarness harness = EngineHarness.of(HistoryConfigs.NONE, JOB);
        Submission work = new Submission("1", Priority.HIGH, Duration.ofMillis(5), "key");
        ExecutionView first = harness.submit("job", work).view();
        harness.start("job");
        harness.pass(SECOND);
        harness.end(EngineHarness.SUCCESS); // and is forgotten at once
        EngineHarness next = harness.crash(Duration.ofHours(23));
        ExecutionView again = next.submit("job", work).view();
        assertThat(again.id()).isEqualTo(first.id());
        assertThat(again.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(again.isForgotten()).isTrue();
        assertThat(next.submit("job", new Submission("2", Priority.HIGH, Duration.ofMillis(5), "key"))
                        .only())
                .isEqualTo(Refusal.keyReused("key"));
        assertThat(next.job("job").counters()).containsEntry("accepted", 1L);
        next.pass(Duration.ofHours(1));

        assertThat(next.submit("job", work).view().id()).isNotEqualTo(first.id());
    }

    private static final class HistoryConfigs {
        static final HistoryConfig NONE = EngineHarness.keeping(0, 0, Duration.ofHours(1));
    }

    // Pipelines

    @Test
    void resultIsHandedOverExactlyOnce() {
        JobDefinition last = JobDefinition.named("last").withAutoStart(false);
        EngineHarness harness = EngineHarness.of(JOB.withNext("last"), last);
        harness.start("job");
        harness.add("job", "1");
        harness.holdStore();
        harness.end(new Outcome.Success("2")); // not stored: as if it had not ended
        EngineHarness again = harness.crash(SECOND);
        assertThat(again.job("last").counters()).containsEntry("accepted", 0L);
        again.commit();
        again.end(new Outcome.Success("2"));
        again.commit();
        EngineHarness next = again.crash(SECOND);
        next.commit();

        assertThat(next.job("job").counters()).containsEntry("succeeded", 1L);
        assertThat(next.job("last").counters()).containsEntry("accepted", 1L);
        assertThat(next.performs).isEmpty();
    }

    @Test
    void resultThatWaitsForRoomIsHandedOverToTheRestOnly() {
        JobDefinition open = JobDefinition.named("open").withAutoStart(false);
        JobDefinition narrow = JobDefinition.named("narrow")
                .withAutoStart(false)
                .withQueue(new QueueConfig(1, FullMode.WAIT, Map.of(), 0));
        EngineHarness harness = EngineHarness.of(JOB.withNext("open", "narrow"), open, narrow);
        harness.add("narrow", "0");
        harness.start("job");
        ExecutionView stage = harness.add("job", "1");
        harness.end(new Outcome.Success("2"));
        EngineHarness next = harness.crash(SECOND);
        assertThat(next.performs).as("it is done, and does not run again").isEmpty();
        assertThat(next.get(stage.id()).note()).contains("waits for room");
        assertThat(next.job("job").inFlight()).isEqualTo(1);
        next.start("narrow");

        assertThat(next.state(stage)).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(next.job("open").counters()).containsEntry("accepted", 1L);
        assertThat(next.job("narrow").counters()).containsEntry("accepted", 2L);
        assertThat(next.get(stage.id()).attempt()).isEqualTo(1);
    }

    @Test
    void resultForAJobThatIsGoneFailsTheStage() {
        JobDefinition narrow = JobDefinition.named("narrow")
                .withAutoStart(false)
                .withQueue(new QueueConfig(1, FullMode.WAIT, Map.of(), 0));
        EngineHarness harness = EngineHarness.of(JOB.withNext("narrow"), narrow);
        harness.add("narrow", "0");
        harness.start("job");
        ExecutionView stage = harness.add("job", "1");
        harness.end(new Outcome.Success("2"));
        EngineHarness next = harness.restart(SECOND, List.of(JOB));

        assertThat(next.get(stage.id()).error()).contains("'narrow'", "not defined any more");
        assertThat(Objects.requireNonNull(next.recovery).orphans()).containsExactly(Map.entry("narrow", 1));
        assertThat(harness.store.find(stage.id())).isNotEmpty();
        assertThat(next.restart(SECOND, List.of(JOB, narrow))
                        .job("narrow")
                        .queue()
                        .queued())
                .as("what a job left behind is there when it comes back")
                .containsEntry(Priority.NORMAL, 1);
    }

    // Bounds that changed

    @Test
    void moreThanTheQueueHoldsNowIsKept() {
        EngineHarness harness = EngineHarness.of(JOB);
        for (int i = 0; i < 5; i++) {
            harness.add("job", "" + i);
            harness.submit("job", new Submission("9", Priority.LOW, SECOND, null));
        }
        JobDefinition small = JOB.withAutoStart(false).withQueue(new QueueConfig(2, FullMode.REJECT, Map.of(), 0));
        EngineHarness next = harness.restart(Duration.ZERO, List.of(small));

        assertThat(ids(next, ExecutionState.QUEUED)).hasSize(5);
        assertThat(next.job("job").queue().delayed()).isEqualTo(5);
        assertThat(next.submit("job", Submission.of("x")).only()).isInstanceOf(Refusal.class);
        next.pass(SECOND);
        assertThat(ids(next, ExecutionState.QUEUED)).hasSize(10);
    }

    @Test
    void jobThatIsInMemoryOnlyNowWorksOffWhatIsStored() {
        EngineHarness harness = EngineHarness.of(JOB);
        ExecutionView stored = harness.add("job", "1");
        JobDefinition none = JOB.withDurability(Durability.NONE);
        EngineHarness next = harness.restart(SECOND, List.of(none));
        ExecutionView added = next.add("job", "2");
        assertThat(next.job("job").counters()).containsEntry("accepted", 2L);
        next.end(EngineHarness.SUCCESS);
        EngineHarness last = next.restart(SECOND, List.of(none));

        assertThat(last.state(stored)).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(last.send(new Command.GetExecution(added.id(), Command.NO_DEADLINE)))
                .isInstanceOf(Refusal.class);
        assertThat(last.job("job").counters()).containsEntry("accepted", 1L).containsEntry("succeeded", 1L);
    }

    // Ids

    @Test
    void idsRiseAlsoWhenTheClockWasSetBack() {
        EngineHarness harness = EngineHarness.of(JOB);
        ExecutionView last = harness.add("job", "1");

        assertThat(harness.crash(Duration.ofDays(-10)).add("job", "2").id()).isGreaterThan(last.id());
    }

    // Timers

    @Test
    void intervalKeepsItsStepOverARestart() {
        JobDefinition timed =
                JOB.withSchedule(new Interval(Duration.ofMinutes(1))).withAutoStart(false);
        EngineHarness harness = EngineHarness.of(timed);
        harness.start("job");
        harness.end(EngineHarness.SUCCESS);
        harness.pass(Duration.ofSeconds(90));
        harness.end(EngineHarness.SUCCESS);
        EngineHarness next = harness.crash(Duration.ofSeconds(10)); // 100 s after the start
        assertThat(next.performs).as("a restart is no tick").isEmpty();
        assertThat(next.job("job").nextTick()).isEqualTo(EngineHarness.EPOCH.plusSeconds(120));
        assertThat(next.job("job").counters()).containsEntry("ticksMissed", 0L);
        EngineHarness later = next.crash(Duration.ofSeconds(170)); // 270 s
        assertThat(later.performs).isEmpty();
        assertThat(later.job("job").counters()).containsEntry("ticksMissed", 3L);
        assertThat(later.job("job").nextTick()).isEqualTo(EngineHarness.EPOCH.plusSeconds(300));
        later.pass(Duration.ofSeconds(30));

        assertThat(later.performs).hasSize(1);
        assertThat(later.crash(SECOND).job("job").nextTick()).isEqualTo(EngineHarness.EPOCH.plusSeconds(360));
    }

    @Test
    void missedTicksAreMadeUpOnceWhereThatIsWanted() {
        JobDefinition timed =
                JOB.withSchedule(new Interval(Duration.ofMinutes(1))).withMisfire(Schedule.Misfire.ONCE);
        EngineHarness harness = EngineHarness.of(timed);
        harness.start("job");
        harness.end(EngineHarness.SUCCESS);
        EngineHarness next = harness.crash(Duration.ofSeconds(150));

        assertThat(next.performs).hasSize(1);
        assertThat(next.job("job").counters()).containsEntry("ticksMissed", 2L);
        assertThat(next.job("job").nextTick()).isEqualTo(EngineHarness.EPOCH.plusSeconds(180));
    }

    @Test
    void cronMissesNothingTwice() {
        JobDefinition hourly =
                JOB.withSchedule(new Cron("0 * * * *", ZoneOffset.UTC)).withAutoStart(false);
        EngineHarness harness = EngineHarness.of(hourly);
        harness.pass(Duration.ofMinutes(30));
        harness.start("job");
        harness.pass(Duration.ofMinutes(30));
        assertThat(harness.performs).hasSize(1);
        harness.end(EngineHarness.SUCCESS);
        EngineHarness back = harness.crash(Duration.ofMinutes(-10)); // the clock was set back
        assertThat(back.job("job").nextTick()).isEqualTo(Instant.parse("2026-01-01T02:00:00Z"));
        EngineHarness next = harness.crash(Duration.ofMinutes(150));

        assertThat(next.job("job").counters()).containsEntry("ticksMissed", 2L);
        assertThat(next.performs).isEmpty();
        assertThat(next.crash(SECOND).job("job").counters()).containsEntry("ticksMissed", 2L);
    }

    @Test
    void intervalDoesNotStallWhenTheClockWasSetBack() {
        JobDefinition timed = JOB.withSchedule(new Interval(Duration.ofMinutes(1)));
        EngineHarness harness = EngineHarness.of(timed);
        harness.start("job");
        harness.end(EngineHarness.SUCCESS);
        EngineHarness next = harness.crash(Duration.ofDays(-1_000));
        next.pass(Duration.ofMinutes(1));

        assertThat(next.performs).hasSize(1);
    }

    @Test
    void tickThatIsQueuedIsStillTheOpenOne() {
        JobDefinition timed = JOB.withSchedule(new Interval(SECOND));
        EngineHarness harness = EngineHarness.of(timed);
        harness.start("job");
        EngineHarness next = harness.crash(Duration.ofMillis(100));
        assertThat(next.performs).hasSize(1);
        next.pass(Duration.ofSeconds(2));

        assertThat(next.job("job").counters()).containsEntry("ticksCoalesced", 2L);
        assertThat(next.performs).hasSize(1);
    }
}

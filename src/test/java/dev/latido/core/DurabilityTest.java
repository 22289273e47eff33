package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.job.WorkPlace;
import dev.latido.protocol.Command;
import dev.latido.protocol.Counted;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FailureFilter;
import dev.latido.protocol.Health;
import dev.latido.protocol.JobStatus;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Interval;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What waits for the store, what goes on without it, and what happens when it is gone. */
@Tag("fast")
class DurabilityTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Refusal NO_SPACE = Refusal.storeFull("no space left");
    private static final JobDefinition JOB = JobDefinition.named("job");

    /** Makes a harness that stores nothing from now on but by its {@code commit}; all jobs are started. */
    private static EngineHarness started(JobDefinition... jobs) {
        EngineHarness harness = EngineHarness.of(jobs);
        for (JobDefinition job : jobs) {
            harness.start(job.name());
        }
        harness.holdStore();
        return harness;
    }

    private static JobDefinition none(String name) {
        return JobDefinition.named(name).withDurability(Durability.NONE);
    }

    // What waits

    static List<Command> acknowledging() {
        return List.of(
                new Command.Submit("job", List.of(Submission.of("1"), Submission.of("2")), Command.NO_DEADLINE),
                new Command.Start("stopped", Command.NO_DEADLINE),
                new Command.Stop("job", StopMode.PLAIN, Command.NO_DEADLINE, Command.NO_DEADLINE),
                new Command.Stop("job", StopMode.NOW, Command.NO_DEADLINE, Command.NO_DEADLINE),
                new Command.Complete("job", Command.NO_DEADLINE),
                new Command.Purge("job", false, Command.NO_DEADLINE),
                new Command.RetryFailed("job", FailureFilter.ANY, false, Command.NO_DEADLINE));
    }

    @ParameterizedTest
    @MethodSource("acknowledging")
    void answersOnceItIsStored(Command command) {
        EngineHarness harness = EngineHarness.of(JOB, JobDefinition.named("stopped"));
        harness.start("job");
        harness.add("job", "fails");
        harness.end(new Outcome.Failure("no"));
        harness.add("job", "runs");
        harness.add("job", "waits");
        harness.holdStore();
        EngineHarness.Call call = harness.ask(command);
        assertThat(call.isAnswered()).isFalse();
        harness.commit();

        assertThat(call.reply()).isNotInstanceOf(Refusal.class);
    }

    @Test
    void answersADrainAtItsTimeOrAtTheEndOnceTheStopIsStored() {
        for (boolean isEnd : List.of(true, false)) {
            EngineHarness harness = EngineHarness.of(JOB);
            harness.start("job");
            harness.add("job", "runs");
            harness.holdStore();
            EngineHarness.Call drain = harness.drain("job", Duration.ofSeconds(1));
            if (isEnd) {
                harness.take(new Input.ShutdownBegan());
            } else {
                harness.pass(Duration.ofSeconds(2));
            }
            assertThat(drain.isAnswered())
                    .as("the process may be killed now, and then the job goes on")
                    .isFalse();
            harness.commit();
            assertThat(((JobStatus) drain.reply()).isRunning()).isFalse();
        }
    }

    @Test
    void answersABatchThatRepeatsAKeyAndWaitsForRoomOnceTheFirstIsStored() {
        for (boolean isEnd : List.of(true, false)) {
            EngineHarness harness = EngineHarness.of(JOB.withQueue(new QueueConfig(1, FullMode.WAIT, Map.of(), 10)));
            harness.holdStore();
            Submission keyed = new Submission("1", Priority.NORMAL, Duration.ZERO, "key");
            EngineHarness.Call first = harness.submit("job", keyed);
            EngineHarness.Call batch = harness.ask(
                    new Command.Submit("job", List.of(keyed, Submission.of("2")), harness.in(Duration.ofSeconds(1))));
            if (isEnd) {
                harness.take(new Input.ShutdownBegan());
            } else {
                harness.pass(Duration.ofSeconds(2));
            }
            assertThat(batch.isAnswered())
                    .as("the process may be killed now, and then nothing is taken")
                    .isFalse();
            harness.commit();
            List<Reply> answers = ((Submitted) batch.reply()).answers();
            assertThat(answers.get(0)).isEqualTo(first.only());
            assertThat(answers.get(1)).isInstanceOf(Refusal.class);
        }
    }

    @Test
    void answersCancelAndRetryOnceTheyAreStored() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.start("job");
        ExecutionId failed = harness.add("job", "fails").id();
        harness.end(new Outcome.Failure("no"));
        ExecutionId running = harness.add("job", "runs").id();
        harness.holdStore();
        for (Command command : List.of(
                new Command.Cancel(running, Command.NO_DEADLINE), new Command.Retry(failed, Command.NO_DEADLINE))) {
            EngineHarness.Call first = harness.ask(command);
            EngineHarness.Call second = harness.ask(new Command.Cancel(running, Command.NO_DEADLINE));
            assertThat(first.isAnswered()).isFalse();
            assertThat(second.isAnswered())
                    .as("a repetition tells what is not stored either")
                    .isFalse();
            harness.commit();
            assertThat(first.view().job()).isEqualTo("job");
            assertThat(second.isAnswered()).isTrue();
        }
    }

    @Test
    void answersRepetitionNoEarlierThanTheFirst() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.holdStore();
        EngineHarness.Call start = harness.ask(new Command.Start("job", Command.NO_DEADLINE));
        EngineHarness.Call again = harness.ask(new Command.Start("job", Command.NO_DEADLINE));
        Submission keyed = new Submission("1", Priority.LOW, Duration.ZERO, "key");
        EngineHarness.Call submit = harness.submit("job", keyed);
        EngineHarness.Call repeat = harness.submit("job", keyed);
        assertThat(List.of(start, again, submit, repeat)).noneMatch(EngineHarness.Call::isAnswered);
        harness.commit();

        assertThat(repeat.view().id()).isEqualTo(submit.view().id());
        assertThat(harness.ask(new Command.Start("job", Command.NO_DEADLINE)).isAnswered())
                .as("nothing is pending")
                .isTrue();
        assertThat(harness.submit("job", keyed).isAnswered()).isTrue();
    }

    @Test
    void readsAndRefusesWithoutWaiting() {
        EngineHarness harness = started(JOB.withQueue(new QueueConfig(1, FullMode.REJECT, Map.of(), 0)));
        harness.submit("job", Submission.of("1"));
        harness.submit("job", Submission.of("2"));
        assertThat(harness.submit("job", Submission.of("3")).only()).isInstanceOf(Refusal.class);
        assertThat(harness.status("job").executionCount()).isEqualTo(1);
        assertThat(harness.job("job").queue().queued()).containsEntry(Priority.NORMAL, 1);
        assertThat(harness.send(new Command.ListJobs(null, 10, Command.NO_DEADLINE)))
                .isNotNull();
        assertThat(harness.send(new Command.GetHealth(Command.NO_DEADLINE))).isNotNull();
        assertThat(harness.send(
                        new Command.ListExecutions("job", ExecutionState.QUEUED, null, 10, Command.NO_DEADLINE)))
                .isNotNull();
        assertThat(harness.send(new Command.Purge("job", true, Command.NO_DEADLINE)))
                .isEqualTo(new Counted(1, 0));
    }

    @Test
    void handsOutNoWorkBeforeItsAttemptIsStored() {
        EngineHarness harness = started(JOB);
        harness.submit("job", Submission.of("1"));
        assertThat(harness.performs).isEmpty();
        harness.commit();
        assertThat(harness.payloads()).containsExactly("1");
        harness.submit("job", Submission.of("2"));
        harness.commit();
        harness.end(EngineHarness.SUCCESS);
        assertThat(harness.payloads()).containsExactly("1");
        harness.commit();

        assertThat(harness.payloads()).containsExactly("1", "2");
    }

    @Test
    void tellsOutcomeOnceItIsStored() {
        EngineHarness harness = started(JOB);
        EngineHarness.Call submit = harness.submit("job", Submission.of("1"));
        harness.commit();
        EngineHarness.Call wait =
                harness.ask(new Command.AwaitExecution(submit.view().id(), harness.in(SECOND), Command.NO_DEADLINE));
        harness.end(EngineHarness.SUCCESS);
        EngineHarness.Call late =
                harness.ask(new Command.AwaitExecution(submit.view().id(), harness.in(SECOND), Command.NO_DEADLINE));
        assertThat(wait.isAnswered()).isFalse();
        assertThat(late.isAnswered()).isFalse();
        assertThat(harness.events(Event.ExecutionEnded.class)).isEmpty();
        harness.commit();

        assertThat(wait.view().state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(late.view().state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(harness.events(Event.ExecutionEnded.class)).hasSize(1);
    }

    @Test
    void timeOfAnAttemptRunsFromWhenItsWorkerGotIt() {
        EngineHarness harness = started(JOB.withTimeout(SECOND));
        EngineHarness.Call submit = harness.submit("job", Submission.of("1"));
        harness.pass(Duration.ofMinutes(1)); // a slow disk is not the worker's fault
        harness.commit();
        harness.pass(SECOND.minusMillis(1));
        assertThat(harness.state(submit.view())).isEqualTo(ExecutionState.RUNNING);
        harness.pass(Duration.ofMillis(1));

        assertThat(harness.state(submit.view())).isEqualTo(ExecutionState.FAILED);
        harness.commit();
        Event.ExecutionEnded ended = harness.events(Event.ExecutionEnded.class).get(0);
        assertThat(ended.took()).isEqualTo(SECOND);
    }

    @Test
    void keepsTheOrderOfEvents() {
        EngineHarness harness = started(JOB);
        harness.submit("job", Submission.of("1"));
        harness.commit();
        harness.events.clear();
        harness.end(EngineHarness.SUCCESS);
        harness.take(new Input.AttemptEnded(harness.performs.get(0).attempt(), EngineHarness.SUCCESS));
        assertThat(harness.events).isEmpty();
        harness.commit();

        assertThat(harness.events)
                .extracting(Event::type)
                .containsExactly("execution.succeeded", "execution.late-outcome");
    }

    // What does not

    @Test
    void memoryOnlyJobNeverWaitsAndIsNotStored() {
        EngineHarness harness = started(JOB, none("none"));
        harness.submit("job", Submission.of("pending"));
        ExecutionView execution = harness.add("none", "1");
        assertThat(execution.durability()).isEqualTo(Durability.NONE);
        assertThat(harness.payloads()).containsExactly("1");
        harness.end(EngineHarness.SUCCESS);
        assertThat(harness.state(execution)).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(harness.events(Event.ExecutionEnded.class)).hasSize(1);
        harness.commit();

        assertThat(harness.store.find(execution.id())).isEmpty();
        assertThat(harness.job("none").durability()).isEqualTo(Durability.NONE);
    }

    @Test
    void stopOfMemoryOnlyJobIsStored() {
        EngineHarness harness = started(none("none"));
        EngineHarness.Call stop =
                harness.ask(new Command.Stop("none", StopMode.PLAIN, Command.NO_DEADLINE, Command.NO_DEADLINE));
        assertThat(stop.isAnswered()).isFalse();
        harness.commit();
        assertThat(stop.isAnswered()).isTrue();

        assertThat(harness.crash(SECOND).status("none").isRunning()).isFalse();
    }

    @Test
    void relaxedJobAnswersFirstAndIsStoredNext() {
        EngineHarness harness =
                started(JOB.withDurability(Durability.RELAXED).with(job -> job.place = WorkPlace.OUTSIDE));
        ExecutionView execution = harness.add("job", "1");
        assertThat(execution.durability()).as("the answer says so").isEqualTo(Durability.RELAXED);
        assertThat(harness.payloads()).containsExactly("1");
        assertThat(harness.store.find(execution.id())).isEmpty();
        harness.commit();

        assertThat(harness.store.find(execution.id())).hasSize(2);
    }

    @Test
    void effectsOfAJobThatWaitAreNotOvertakenByLaterOnes() {
        EngineHarness harness = started(JOB.withNext("none"), none("none"));
        harness.submit("job", Submission.of("1"));
        harness.commit();
        harness.end(new Outcome.Success("2")); // hands over to "none", which begins, once this is stored
        assertThat(harness.payloads()).containsExactly("1");
        harness.ask(new Command.Stop("none", StopMode.NOW, Command.NO_DEADLINE, Command.NO_DEADLINE));
        assertThat(harness.cancelled)
                .as("a cancellation before the work is handed out")
                .isEmpty();
        harness.commit();

        assertThat(harness.payloads()).containsExactly("1", "2");
        assertThat(harness.cancelled).hasSize(1);
    }

    // What is written

    @Test
    void writesHowThingsStandAndNotWhatHappened() {
        EngineHarness harness = started(JOB.withConcurrency(2));
        harness.submit("job", Submission.of("1"), Submission.of("2"), Submission.of("3"));
        assertThat(harness.engine.takeBatch())
                .satisfies(batch -> assertThat(batch.accepted()).hasSize(3))
                .satisfies(batch ->
                        assertThat(batch.changed()).as("one is simply queued").hasSize(2))
                .satisfies(batch -> assertThat(batch.jobs()).hasSize(1));
        assertThat(harness.engine.takeBatch().size()).isZero();
    }

    @Test
    void forgetsWhatHistoryForgot() {
        HistoryConfig one = EngineHarness.keeping(1, 10, Duration.ofDays(1));
        EngineHarness harness = EngineHarness.of(one, JOB);
        harness.start("job");
        ExecutionView first = harness.add("job", "1");
        harness.end(EngineHarness.SUCCESS);
        ExecutionView second = harness.add("job", "2");
        assertThat(harness.store.find(first.id())).isNotEmpty();
        harness.end(EngineHarness.SUCCESS);
        assertThat(harness.store.find(first.id())).isEmpty();
        assertThat(harness.store.find(second.id())).isNotEmpty();
        harness.crash(Duration.ofDays(2)).pass(Duration.ofMinutes(2));

        assertThat(harness.store.find(second.id())).isEmpty();
    }

    @Test
    void deletesAGreatManyInSmallSteps() {
        HistoryConfig much = EngineHarness.keeping(30_000, 30_000, Duration.ofHours(1));
        EngineHarness harness =
                EngineHarness.of(much, JOB.withQueue(new QueueConfig(30_000, FullMode.WAIT, Map.of(), 0)));
        for (int i = 0; i < 30; i++) {
            harness.submit(
                    "job", Collections.nCopies(1_000, Submission.of(null)).toArray(Submission[]::new));
        }
        for (int i = 0; i < 6; i++) {
            harness.send(new Command.Purge("job", false, Command.NO_DEADLINE));
        }
        EngineHarness smaller = harness.crash(Duration.ofHours(2));
        assertThat(smaller.job("job").counters()).containsEntry("cancelled", 30_000L);
        smaller.holdStore();
        int deleted = 0;
        int batches = 0;
        smaller.pass(Duration.ofMinutes(2));
        while (smaller.engine.hasUrgentChanges()) {
            int rows = smaller.engine.takeBatch().forgotten().size();
            assertThat(rows).isLessThanOrEqualTo(PendingWrites.MAX_FORGOTTEN);
            deleted += rows;
            batches++;
        }

        assertThat(deleted).isEqualTo(30_000);
        assertThat(batches).isGreaterThan(1);
    }

    @Test
    void storesNothingOfAKeyWhoseWorkWasRefused() {
        EngineHarness harness = started(JOB.withQueue(new QueueConfig(1, FullMode.REJECT, Map.of(), 0)));
        Submission keyed = new Submission("3", Priority.NORMAL, Duration.ZERO, "key");
        harness.submit("job", Submission.of("1"), Submission.of("2"), keyed);

        assertThat(harness.engine.takeBatch().keys()).isEmpty();
    }

    // A store that is gone

    private static EngineHarness withoutStore(JobDefinition... jobs) {
        EngineHarness harness = started(jobs);
        harness.take(new Input.StoreLost(NO_SPACE));
        return harness;
    }

    static List<Command> refused() {
        return List.of(
                new Command.Submit("job", List.of(Submission.of("1")), Command.NO_DEADLINE),
                new Command.AwaitRoom("job", Priority.LOW, Command.NO_DEADLINE),
                new Command.Start("job", Command.NO_DEADLINE),
                new Command.Start("none", Command.NO_DEADLINE),
                new Command.Complete("job", Command.NO_DEADLINE),
                new Command.Complete("none", Command.NO_DEADLINE),
                new Command.Purge("job", false, Command.NO_DEADLINE),
                new Command.RetryFailed("job", FailureFilter.ANY, false, Command.NO_DEADLINE));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesWhatWouldHaveToBeStored(Command command) {
        EngineHarness harness = withoutStore(JOB, none("none"));
        assertThat(harness.send(command)).isEqualTo(NO_SPACE);
        harness.take(new Input.StoreBack());
        harness.ask(command);
        harness.commit();

        assertThat(harness.held()).isZero();
    }

    @Test
    void refusesToChangeExecutionsWithoutStore() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.start("job");
        ExecutionView failed = harness.add("job", "1");
        harness.end(new Outcome.Failure("no"));
        ExecutionView running = harness.add("job", "2");
        harness.take(new Input.StoreLost(NO_SPACE));

        assertThat(harness.cancel(running.id()).reply()).isEqualTo(NO_SPACE);
        assertThat(harness.send(new Command.Retry(failed.id(), Command.NO_DEADLINE)))
                .isEqualTo(NO_SPACE);
        assertThat(harness.get(running.id()).note()).isNull();
    }

    @Test
    void goesOnWithStatusAndStopAndWhatIsInMemoryOnly() {
        EngineHarness harness = withoutStore(JOB, none("none"));
        assertThat(harness.status("job").message()).contains("waiting for the store", "no space left");
        assertThat(harness.stop("job").message()).contains("stopped", "not stored yet", "no space left");
        assertThat(harness.status("job").isRunning()).isFalse();
        assertThat(harness.stop("job").message()).contains("already stopped", "not stored yet");
        harness.add("none", "1");
        assertThat(harness.payloads()).containsExactly("1");
        Health health = (Health) harness.send(new Command.GetHealth(Command.NO_DEADLINE));
        assertThat(health.down()).contains("no space left");
        harness.take(new Input.StoreBack());

        assertThat(((Health) harness.send(new Command.GetHealth(Command.NO_DEADLINE))).down())
                .isNull();
    }

    @Test
    void beginsNothingWithoutStoreAndEverythingWhenItIsBack() {
        EngineHarness harness = started(JOB);
        harness.submit("job", Submission.of("1"));
        harness.submit("job", Submission.of("2"));
        harness.commit();
        harness.take(new Input.StoreLost(NO_SPACE));
        harness.end(EngineHarness.SUCCESS);
        assertThat(harness.job("job").inFlight()).isZero();
        assertThat(harness.job("job").why()).contains("no space left");
        harness.pass(Duration.ofHours(1));
        harness.take(new Input.StoreBack());
        harness.commit();

        assertThat(harness.payloads()).containsExactly("1", "2");
    }

    @Test
    void refusesProducersWhoWaitWhenTheStoreIsLost() {
        EngineHarness harness = EngineHarness.of(JOB.withQueue(new QueueConfig(1, FullMode.WAIT, Map.of(), 10)));
        harness.add("job", "1");
        EngineHarness.Call waits = harness.submit("job", harness.in(SECOND), Submission.of("2"));
        assertThat(waits.isAnswered()).isFalse();
        harness.take(new Input.StoreLost(NO_SPACE));

        assertThat(waits.only()).isEqualTo(NO_SPACE);
    }

    @Test
    void handsOverInMemoryWithoutStoreAndLosesNothing() {
        JobDefinition last = JobDefinition.named("last").withQueue(new QueueConfig(5, FullMode.REJECT, Map.of(), 0));
        EngineHarness harness = started(JOB.withNext("last"), last);
        harness.submit("job", Submission.of("1"));
        harness.commit();
        harness.take(new Input.StoreLost(NO_SPACE));
        harness.end(new Outcome.Success("2"));
        harness.take(new Input.StoreBack());
        harness.commit();

        assertThat(harness.payloads()).containsExactly("1", "2");
    }

    @Test
    void ticksWithoutStoreAreMissedAndCounted() {
        JobDefinition often = JOB.withSchedule(new Interval(SECOND));
        EngineHarness harness = EngineHarness.of(often);
        harness.start("job");
        harness.end(EngineHarness.SUCCESS);
        harness.take(new Input.StoreLost(NO_SPACE));
        int before = harness.events.size();
        harness.pass(Duration.ofHours(1));
        assertThat(harness.events).as("nothing piles up").hasSize(before);
        harness.take(new Input.StoreBack());

        assertThat(harness.performing).hasSize(1);
        assertThat(harness.job("job").counters()).containsEntry("ticksMissed", 3_599L);
        harness.end(EngineHarness.SUCCESS);
        harness.pass(SECOND);
        assertThat(harness.performing).hasSize(1);
    }

    @Test
    void attemptThatTheStoreHeldBackForLongHasItsWholeTime() {
        EngineHarness harness = started(JOB.withTimeout(SECOND));
        EngineHarness.Call submit = harness.submit("job", Submission.of("1"));
        harness.take(new Input.StoreLost(NO_SPACE));
        harness.pass(Duration.ofHours(1));
        harness.take(new Input.StoreBack());
        harness.commit();

        assertThat(harness.state(submit.view())).isEqualTo(ExecutionState.RUNNING);
        harness.pass(SECOND);
        assertThat(harness.state(submit.view())).isEqualTo(ExecutionState.FAILED);
    }

    // The end

    @Test
    void givesBackWhatIsStillWithWorkersWhenTheGraceIsOver() {
        EngineHarness harness = EngineHarness.of(JOB.withConcurrency(3));
        harness.start("job");
        ExecutionView first = harness.add("job", "1");
        ExecutionView second = harness.add("job", "2");
        ExecutionView unwanted = harness.add("job", "3");
        harness.cancel(unwanted.id());
        harness.take(new Input.ShutdownBegan());
        harness.end(first.id(), EngineHarness.SUCCESS);
        harness.take(new Input.GraceEnded());

        assertThat(harness.engine.inFlight()).isZero();
        assertThat(harness.cancelled).hasSize(3);
        EngineHarness next = harness.crash(SECOND);
        assertThat(next.state(first)).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(next.state(unwanted)).isEqualTo(ExecutionState.CANCELLED);
        assertThat(next.get(second.id()).attempt()).isEqualTo(2);
        assertThat(next.payloads()).containsExactly("2");
    }

    /** Its first was accepted, so there is nothing to store. */
    @Test
    void repeatedSubmissionIsAnsweredWithoutStore() {
        EngineHarness harness = started(JOB);
        Submission keyed = new Submission("1", Priority.NORMAL, Duration.ZERO, "key");
        EngineHarness.Call first = harness.submit("job", keyed);
        harness.commit();
        harness.take(new Input.StoreLost(NO_SPACE));
        harness.end(EngineHarness.SUCCESS); // which is not stored

        EngineHarness.Call again = harness.submit("job", keyed, Submission.of("2"));
        assertThat(((Submitted) again.reply()).answers().get(1)).isEqualTo(NO_SPACE);
        assertThat(((ExecutionView) ((Submitted) again.reply()).answers().get(0)).id())
                .isEqualTo(first.view().id());
    }

    @Test
    void repeatedSubmissionWaitsForTheStoreLikeItsFirst() {
        EngineHarness harness = started(JOB);
        Submission keyed = new Submission("1", Priority.NORMAL, Duration.ZERO, "key");
        EngineHarness.Call first = harness.submit("job", keyed);
        harness.take(new Input.StoreLost(NO_SPACE));
        EngineHarness.Call again = harness.submit("job", keyed);
        assertThat(first.isAnswered()).isFalse();
        assertThat(again.isAnswered()).isFalse();
        harness.take(new Input.StoreBack());
        harness.commit();

        assertThat(again.view().id()).isEqualTo(first.view().id());
    }
}

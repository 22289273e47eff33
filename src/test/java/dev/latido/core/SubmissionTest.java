package dev.latido.core;

import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Producers in front of a queue: full modes, priorities, waiting, delays and idempotency keys. */
@Tag("fast")
class SubmissionTest {

    /** A stopped job whose queue holds two. */
    private static EngineHarness full(FullMode mode) {
        return full(mode, Map.of());
    }

    private static EngineHarness full(FullMode mode, Map<Priority, Integer> capacities) {
        EngineHarness harness =
                EngineHarness.of(JobDefinition.named("job").withQueue(new QueueConfig(2, mode, capacities, 3)));
        harness.add(null, "1");
        harness.add(null, "2");
        return harness;
    }

    private static Submission urgent(String payload) {
        return new Submission(payload, Priority.HIGH, Duration.ZERO, null);
    }

    private static Submission delayed(String payload, Duration delay) {
        return new Submission(payload, Priority.NORMAL, delay, null);
    }

    private static Submission keyed(String payload, String key) {
        return new Submission(payload, Priority.NORMAL, Duration.ZERO, key);
    }

    private static List<String> workOff(EngineHarness harness) {
        int before = harness.performs.size();
        harness.start(null);
        while (!harness.performing.isEmpty()) {
            harness.end(SUCCESS);
        }
        List<String> payloads = new ArrayList<>();
        harness.payloads().subList(before, harness.performs.size()).forEach(payload -> payloads.add("" + payload));
        return payloads;
    }

    @Test
    void answersWithTheExecutionAsItIsAccepted() {
        EngineHarness harness = EngineHarness.of(JobDefinition.named("job"));
        ExecutionView view = harness.add(null, "\"x\"", Priority.HIGH);

        assertThat(view.state()).isEqualTo(ExecutionState.QUEUED);
        assertThat(view.job()).isEqualTo("job");
        assertThat(view.priority()).isEqualTo(Priority.HIGH);
        assertThat(view.payload()).isEqualTo("\"x\"");
        assertThat(view.attempt()).isZero();
        assertThat(view.createdAt()).isEqualTo(EngineHarness.EPOCH);
        assertThat(view.startedAt()).isNull();
        assertThat(harness.get(view.id())).isEqualTo(view);
    }

    @Test
    void answersAnEmptySubmission() {
        EngineHarness harness = EngineHarness.of(JobDefinition.named("job"));

        assertThat(harness.submit(null).reply()).isEqualTo(new Submitted(List.of()));
    }

    @Test
    void dropsTheNewcomerWithDropWriteAndTellsItsProducer() {
        EngineHarness harness = full(FullMode.DROP_WRITE);
        ExecutionView view = harness.add(null, "3");

        assertThat(view.state()).isEqualTo(ExecutionState.DROPPED);
        assertThat(view.note()).isEqualTo("dropped by drop-write");
        assertThat(harness.job(null).counters()).containsEntry("accepted", 3L).containsEntry("dropped", 1L);
        assertThat(harness.events(Event.ExecutionEnded.class)).singleElement().satisfies(event -> {
            assertThat(event.type()).isEqualTo("execution.dropped");
            assertThat(event.why()).isEqualTo("dropped by drop-write");
        });
        assertThat(harness.state(view)).isEqualTo(ExecutionState.DROPPED);
        assertThat(workOff(harness)).containsExactly("1", "2");
    }

    @ParameterizedTest
    @EnumSource(
            value = FullMode.class,
            names = {"DROP_OLDEST", "DROP_NEWEST"})
    void evictsAndTellsWhoWaitsForTheVictim(FullMode mode) {
        EngineHarness harness =
                EngineHarness.of(JobDefinition.named("job").withQueue(new QueueConfig(1, mode, Map.of(), 0)));
        ExecutionView victim = harness.add(null, "1");
        EngineHarness.Call watcher = harness.ask(
                new Command.AwaitExecution(victim.id(), harness.in(Duration.ofSeconds(9)), Command.NO_DEADLINE));
        ExecutionView newcomer = harness.add(null, "2");

        assertThat(newcomer.state()).isEqualTo(ExecutionState.QUEUED);
        assertThat(watcher.view().state()).isEqualTo(ExecutionState.DROPPED);
        assertThat(watcher.view().note()).isEqualTo("dropped by " + mode.wireName());
        assertThat(harness.events)
                .extracting(Event::type)
                .containsExactly("execution.queued", "execution.dropped", "execution.queued");
        assertThat(workOff(harness)).containsExactly("2");
    }

    @Test
    void keepsTheNewestWithDropOldestAndTheOldestWithDropNewest() {
        EngineHarness oldest = full(FullMode.DROP_OLDEST);
        EngineHarness newest = full(FullMode.DROP_NEWEST);
        for (EngineHarness harness : List.of(oldest, newest)) {
            harness.add(null, "3");
            harness.add(null, "4");
        }

        assertThat(workOff(oldest)).containsExactly("3", "4");
        assertThat(workOff(newest)).containsExactly("1", "4");
    }

    @Test
    void refusesAtOnceWithReject() {
        EngineHarness harness = full(FullMode.REJECT);
        Refusal refusal = (Refusal) harness.submit(null, Submission.of("3")).only();

        assertThat(refusal.code()).isEqualTo(429);
        assertThat(refusal.type()).isEqualTo(Refusal.QUEUE_FULL);
        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(harness.job(null).counters()).containsEntry("refused", 1L).containsEntry("accepted", 2L);
    }

    @Test
    void computesWhenToRetryFromHowFastTheQueueMoves() {
        EngineHarness harness = full(FullMode.REJECT);
        harness.start(null);
        for (int i = 0; i < 200; i++) {
            harness.submit(null, Submission.of("more"), Submission.of("more"));
            harness.pass(Duration.ofSeconds(4));
            harness.end(SUCCESS);
        }
        Refusal refusal = (Refusal) ((Submitted) harness.submit(null, Submission.of("x"), Submission.of("y"))
                        .reply())
                .answers()
                .get(1);

        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void letsProducersWaitUpToTheirDeadlines() {
        EngineHarness harness = full(FullMode.WAIT);
        EngineHarness.Call first = harness.submit(null, harness.in(Duration.ofSeconds(2)), Submission.of("3"));
        EngineHarness.Call second = harness.submit(null, harness.in(Duration.ofSeconds(1)), Submission.of("4"));
        harness.pass(Duration.ofMillis(999));
        assertThat(second.isAnswered()).isFalse();
        harness.pass(Duration.ofMillis(1));

        Refusal refusal = (Refusal) second.only();
        assertThat(refusal.code()).isEqualTo(503);
        assertThat(refusal.type()).isEqualTo(Refusal.QUEUE_FULL);
        assertThat(refusal.retryAfter()).isNotNull();
        assertThat(first.isAnswered()).isFalse();
        assertThat(workOff(harness)).containsExactly("1", "2", "3");
        assertThat(first.view().state()).isEqualTo(ExecutionState.QUEUED);
        assertThat(harness.job(null).queue().waitingProducers()).isZero();
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void doesNotLetInAProducerWhoseDeadlineHasComeUnnoticed() {
        EngineHarness harness = full(FullMode.WAIT);
        harness.start(null);
        harness.add(null, "3");
        EngineHarness.Call lateOne = harness.submit(null, harness.in(Duration.ofSeconds(1)), Submission.of("4"));
        harness.now = harness.now.plus(Duration.ofSeconds(2));
        harness.end(SUCCESS); // before the alarm rang

        assertThat(((Refusal) lateOne.only()).type()).isEqualTo(Refusal.QUEUE_FULL);
    }

    @Test
    void waitsForTheDefaultTimeWhenNoDeadlineIsNamedAndNeverTooLong() {
        EngineHarness harness = full(FullMode.WAIT);
        EngineHarness.Call unnamed = harness.submit(null, Submission.of("3"));
        EngineHarness.Call distant = harness.submit(null, Instant.parse("9999-12-31T23:59:59Z"), Submission.of("4"));
        harness.pass(UnitOfWork.DEFAULT_WAIT.minusMillis(1));
        assertThat(unnamed.isAnswered()).isFalse();
        harness.pass(Duration.ofMillis(1));
        assertThat(unnamed.isAnswered()).isTrue();
        harness.pass(UnitOfWork.MAX_WAIT);

        assertThat(distant.isAnswered()).isTrue();
    }

    @Test
    void letsWaitingProducersInByPriorityAndThenInOrder() {
        EngineHarness harness = full(FullMode.WAIT);
        harness.submit(null, Submission.of("n"));
        harness.submit(null, urgent("h1"));
        harness.submit(null, urgent("h2"));
        assertThat(harness.job(null).queue().waitingProducers()).isEqualTo(3);
        harness.start(null); // takes 1, and lets h1 in
        harness.stop(null);
        assertThat(harness.job(null).queue().queued())
                .containsEntry(Priority.HIGH, 1)
                .containsEntry(Priority.NORMAL, 1);
        harness.end(SUCCESS);

        assertThat(workOff(harness)).containsExactly("h1", "h2", "2", "n");
    }

    @Test
    void boundsTheLine() {
        EngineHarness harness = full(FullMode.WAIT);
        for (int i = 0; i < 3; i++) {
            assertThat(harness.submit(null, Submission.of("waits")).isAnswered())
                    .isFalse();
        }
        Refusal refusal =
                (Refusal) harness.submit(null, Submission.of("too many")).only();

        assertThat(refusal.code()).isEqualTo(429);
    }

    @Test
    void refusesAtOnceWhatCanNeverFit() {
        EngineHarness harness = full(FullMode.WAIT, Map.of(Priority.LOW, 0));
        Submission low = new Submission("l", Priority.LOW, Duration.ZERO, null);

        assertThat(((Refusal) harness.submit(null, low).only()).type()).isEqualTo(Refusal.QUEUE_FULL);
    }

    @Test
    void givesEachPriorityItsOwnRoom() {
        EngineHarness harness = EngineHarness.of(
                JobDefinition.named("job").withQueue(new QueueConfig(3, FullMode.WAIT, Map.of(Priority.NORMAL, 1), 9)));
        harness.add(null, "1");
        EngineHarness.Call second = harness.submit(null, Submission.of("2"));
        EngineHarness.Call urgent = harness.submit(null, urgent("h"));

        assertThat(second.isAnswered()).isFalse();
        assertThat(urgent.isAnswered()).isTrue();
    }

    @Test
    void answersABatchWithOneAnswerForEachItem() {
        EngineHarness harness = EngineHarness.of(
                JobDefinition.named("job").withQueue(new QueueConfig(2, FullMode.REJECT, Map.of(), 0)));
        List<Reply> answers = ((Submitted) harness.submit(
                                null,
                                Submission.of("1"),
                                delayed("bad", Duration.ofSeconds(-1)),
                                keyed("2", "k"),
                                keyed("2", "k"),
                                keyed("other", "k"),
                                Submission.of("full"),
                                keyed("x", ""))
                        .reply())
                .answers();

        assertThat(answers)
                .extracting(answer -> answer instanceof Refusal refusal ? refusal.type() : "ok")
                .containsExactly(
                        "ok", Refusal.INVALID, "ok", "ok", Refusal.KEY_REUSED, Refusal.QUEUE_FULL, Refusal.INVALID);
        assertThat(((ExecutionView) answers.get(2)).id()).isEqualTo(((ExecutionView) answers.get(3)).id());
    }

    @Test
    void answersABatchWhenItsLastItemIsDecided() {
        EngineHarness harness = full(FullMode.WAIT);
        EngineHarness.Call batch =
                harness.submit(null, harness.in(Duration.ofSeconds(5)), Submission.of("3"), Submission.of("4"));
        harness.start(null);
        assertThat(batch.isAnswered()).isFalse();
        harness.stop(null);
        harness.pass(Duration.ofSeconds(5));

        List<Reply> answers = ((Submitted) batch.reply()).answers();
        assertThat(answers.get(0)).isInstanceOf(ExecutionView.class);
        assertThat(answers.get(1)).isInstanceOf(Refusal.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = FullMode.class,
            names = {"DROP_OLDEST", "DROP_NEWEST"})
    void evictsNothingThatIsDelayed(FullMode mode) {
        EngineHarness harness =
                EngineHarness.of(JobDefinition.named("job").withQueue(new QueueConfig(2, mode, Map.of(), 0)));
        ExecutionView delayed = delayed(harness, "1");
        ExecutionView queued = harness.add(null, "2");
        assertThat(harness.add(null, "3").state()).as("there was one to evict").isEqualTo(ExecutionState.QUEUED);
        assertThat(harness.state(queued)).isEqualTo(ExecutionState.DROPPED);
        harness.send(new Command.Purge(null, false, Command.NO_DEADLINE));
        delayed(harness, "4");
        delayed(harness, "5");

        assertThat(harness.add(null, "6").state()).as("nothing may go for it").isEqualTo(ExecutionState.DROPPED);
        assertThat(harness.state(delayed)).isEqualTo(ExecutionState.CANCELLED);
    }

    private static ExecutionView delayed(EngineHarness harness, String payload) {
        Submission submission = new Submission(payload, Priority.NORMAL, Duration.ofHours(1), null);
        Submitted submitted = (Submitted) harness.submit(null, submission).reply();
        return (ExecutionView) submitted.answers().get(0);
    }

    @Test
    void treatsABatchLikeAsManySubmissionsOneByOne() {
        JobDefinition job = JobDefinition.named("job").withQueue(new QueueConfig(1, FullMode.DROP_OLDEST, Map.of(), 0));
        EngineHarness batch = EngineHarness.of(job);
        EngineHarness single = EngineHarness.of(job);
        batch.start(null);
        single.start(null);
        batch.submit(null, Submission.of("1"), Submission.of("2"), Submission.of("3"));
        for (String payload : List.of("1", "2", "3")) {
            single.add(null, payload);
        }

        assertThat(batch.events).isEqualTo(single.events);
        assertThat(workOff(batch)).containsExactly("3");
    }

    @Test
    void refusesAtOnceWhoDoesNotWantToWaitForRoom() {
        EngineHarness harness = full(FullMode.WAIT);
        EngineHarness.Call waits = harness.submit(null, Submission.of("3"));
        EngineHarness.Call hurries =
                harness.ask(new Command.Submit(null, List.of(Submission.of("4")), false, Command.NO_DEADLINE, null));

        Refusal refusal = (Refusal) hurries.only();
        assertThat(refusal.code()).isEqualTo(503);
        assertThat(refusal.type()).isEqualTo(Refusal.QUEUE_FULL);
        assertThat(waits.isAnswered()).isFalse();
        EngineHarness.Call rejected = full(FullMode.REJECT)
                .ask(new Command.Submit(null, List.of(Submission.of("3")), false, Command.NO_DEADLINE, null));
        assertThat(((Refusal) rejected.only()).code()).isEqualTo(429);
    }

    @Test
    void answersWhatWasAcceptedBeforeToWhoDoesNotWantToWait() {
        EngineHarness harness = full(FullMode.WAIT);
        Submission keyed = new Submission("3", Priority.NORMAL, Duration.ZERO, "k");
        EngineHarness.Call first = harness.submit(null, keyed);
        harness.start(null);
        assertThat(first.isAnswered()).isTrue();
        assertThat(harness.submit(null, Submission.of("4")).isAnswered()).isFalse();
        EngineHarness.Call again =
                harness.ask(new Command.Submit(null, List.of(keyed), false, Command.NO_DEADLINE, null));

        assertThat(((ExecutionView) again.only()).id()).isEqualTo(((ExecutionView) first.only()).id());
    }

    @Test
    void tellsWhenThereIsRoom() {
        EngineHarness harness = full(FullMode.WAIT);
        Command await = new Command.AwaitRoom(null, Priority.NORMAL, harness.in(Duration.ofSeconds(5)));
        EngineHarness.Call waits = harness.ask(await);
        assertThat(waits.isAnswered()).isFalse();
        harness.start(null);
        assertThat(waits.message()).isEqualTo("A submission need not wait.");
        harness.add(null, "3");
        EngineHarness.Call inVain = harness.ask(await);
        harness.pass(Duration.ofSeconds(5));

        assertThat(inVain.refusal().type()).isEqualTo(Refusal.QUEUE_FULL);
        assertThat(harness.job(null).counters()).containsEntry("refused", 0L);
        assertThat(full(FullMode.REJECT).ask(await).isAnswered()).isTrue();
    }

    @Test
    void tellsOnlyAsManyAsThereArePlacesFor() {
        EngineHarness harness = full(FullMode.WAIT);
        Command await = new Command.AwaitRoom(null, Priority.NORMAL, harness.in(Duration.ofSeconds(5)));
        List<EngineHarness.Call> askers = List.of(harness.ask(await), harness.ask(await), harness.ask(await));
        harness.start(null); // takes one out
        assertThat(askers).extracting(EngineHarness.Call::isAnswered).containsExactly(true, false, false);
        assertThat(harness.ask(await).isAnswered()).isFalse();

        harness.pass(Admission.TOLD_FOR.minusMillis(1));
        assertThat(askers).extracting(EngineHarness.Call::isAnswered).containsExactly(true, false, false);
        harness.pass(Duration.ofMillis(1)); // and the first has brought nothing
        assertThat(askers).extracting(EngineHarness.Call::isAnswered).containsExactly(true, true, false);

        harness.add(null, "3");
        harness.pass(Admission.TOLD_FOR); // now there is none
        assertThat(askers).extracting(EngineHarness.Call::isAnswered).containsExactly(true, true, false);
        harness.end(new Outcome.Success(null));
        assertThat(askers).extracting(EngineHarness.Call::isAnswered).containsExactly(true, true, true);
    }

    /** Who only asks brings nothing, and may never. */
    @Test
    void whoBringsWorkDoesNotWaitForWhoAsks() {
        EngineHarness harness = full(FullMode.WAIT);
        Command await = new Command.AwaitRoom(null, Priority.NORMAL, harness.in(Duration.ofSeconds(5)));
        EngineHarness.Call asks = harness.ask(await);
        EngineHarness.Call brings = harness.submit(null, Submission.of("3"));
        harness.start(null);
        assertThat(brings.isAnswered()).isTrue();
        assertThat(asks.isAnswered()).isFalse();
        harness.complete(null);
        assertThat(asks.refusal().type()).isEqualTo(Refusal.CLOSED);
    }

    @Test
    void refusesThoseWhoWaitWhenTheJobIsCompleted() {
        EngineHarness harness = full(FullMode.WAIT);
        EngineHarness.Call waits = harness.submit(null, Submission.of("3"));
        harness.complete(null);

        assertThat(((Refusal) waits.only()).type()).isEqualTo(Refusal.CLOSED);
    }

    @Test
    void queuesADelayedExecutionWhenItIsDue() {
        EngineHarness harness = EngineHarness.of(JobDefinition.named("job"));
        harness.start(null);
        ExecutionView view =
                harness.submit(null, delayed("later", Duration.ofSeconds(3))).view();
        assertThat(view.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(view.dueAt()).isEqualTo(EngineHarness.EPOCH.plusSeconds(3));
        assertThat(harness.job(null).why())
                .isEqualTo("nothing is due; 1 delayed, the next due at 2026-01-01T00:00:03Z");
        harness.pass(Duration.ofMillis(2_999));
        assertThat(harness.performing).isEmpty();
        harness.pass(Duration.ofMillis(1));

        assertThat(harness.performing).hasSize(1);
        assertThat(harness.events)
                .extracting(Event::type)
                .containsExactly("job.started", "execution.waiting", "execution.queued", "execution.began");
    }

    @Test
    void countsDelayedExecutionsInTheCapacityAndNeverEvictsThem() {
        EngineHarness harness = EngineHarness.of(
                JobDefinition.named("job").withQueue(new QueueConfig(1, FullMode.DROP_OLDEST, Map.of(), 0)));
        ExecutionView delayed =
                harness.submit(null, delayed("later", Duration.ofSeconds(3))).view();
        ExecutionView dropped = harness.add(null, "now");

        assertThat(dropped.state()).isEqualTo(ExecutionState.DROPPED);
        assertThat(harness.state(delayed)).isEqualTo(ExecutionState.WAITING);
    }

    @Test
    void dropsADelayedNewcomerLegally() {
        EngineHarness harness = full(FullMode.DROP_WRITE);
        ExecutionView view =
                harness.submit(null, delayed("later", Duration.ofSeconds(3))).view();

        assertThat(view.state()).isEqualTo(ExecutionState.DROPPED);
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void evictsForADelayedNewcomer() {
        EngineHarness harness = full(FullMode.DROP_OLDEST);
        harness.submit(null, delayed("later", Duration.ofSeconds(3)));
        harness.pass(Duration.ofSeconds(3));

        assertThat(workOff(harness)).containsExactly("2", "later");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 367L * 24 * 3600 * 1000, Long.MAX_VALUE / 1_000})
    void refusesADelayOutOfBounds(long millis) {
        EngineHarness harness = EngineHarness.of(JobDefinition.named("job"));
        Reply answer =
                harness.submit(null, delayed("x", Duration.ofMillis(millis))).only();

        assertThat(((Refusal) answer).code()).isEqualTo(422);
    }
}

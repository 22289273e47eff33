package dev.latido.core;

import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Jobs joined by {@code next}. */
@Tag("fast")
class PipelineTest {

    private static final Duration WAIT = Duration.ofSeconds(30);

    private static JobDefinition stage(String name, FullMode mode, String... next) {
        return JobDefinition.named(name)
                .withQueue(new QueueConfig(1, mode, Map.of(), 10))
                .withNext(next);
    }

    /** Three stages, one slot and one place each, all started. */
    private static EngineHarness chain(FullMode last) {
        EngineHarness harness =
                EngineHarness.of(stage("a", FullMode.WAIT, "b"), stage("b", FullMode.WAIT, "c"), stage("c", last));
        harness.start("a");
        harness.start("b");
        harness.start("c");
        return harness;
    }

    private static void endAll(EngineHarness harness, String job) {
        for (Attempt attempt : java.util.List.copyOf(harness.performing)) {
            if (attempt.job().equals(job)) {
                harness.end(attempt.execution(), new Outcome.Success("\"of " + job + "\""));
            }
        }
    }

    @Test
    void handsTheResultOnWithItsPriority() {
        EngineHarness harness = chain(FullMode.WAIT);
        ExecutionView first = harness.add("a", "\"in\"", Priority.HIGH);
        endAll(harness, "a");
        endAll(harness, "b");

        assertThat(harness.payloads()).containsExactly("\"in\"", "\"of a\"", "\"of b\"");
        assertThat(harness.events(Event.ExecutionBegan.class))
                .extracting(Event.ExecutionBegan::priority)
                .containsOnly(Priority.HIGH);
        assertThat(harness.state(first)).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void tellsTheNextStageWhatItComesFrom() {
        EngineHarness harness = chain(FullMode.WAIT);
        harness.submit("a", harness.in(WAIT), Submission.of("1"));
        harness.end(new Outcome.Success("2", "run of a"));
        harness.end(new Outcome.Success("3"));
        assertThat(harness.performs).extracting(Effect.Perform::trace).containsExactly(null, "run of a", "run of a");
    }

    @Test
    void holdsUpEveryStageAndTheClientWhileTheLastStageIsFull() {
        EngineHarness harness = chain(FullMode.WAIT);
        harness.stop("c");
        for (int i = 0; i < 5; i++) { // one waits in c, one each is done in b and a, one each is queued in b and a
            harness.submit("a", harness.in(WAIT), Submission.of("\"" + i + "\""));
            endAll(harness, "a");
            endAll(harness, "b");
        }
        EngineHarness.Call client = harness.submit("a", harness.in(WAIT), Submission.of("\"last\""));

        assertThat(client.isAnswered()).isFalse();
        assertThat(harness.performing).isEmpty();
        assertThat(harness.job("a").why())
                .isEqualTo("blocked: 1 done, waiting for room in the queue of job 'b'; 1 queued");
        assertThat(harness.job("b").why())
                .isEqualTo("blocked: 1 done, waiting for room in the queue of job 'c'; 1 queued");
        assertThat(harness.job("b").inFlight()).isEqualTo(1);
        assertThat(harness.job("b").queue().waitingProducers()).isEqualTo(1);

        harness.start("c"); // takes one, and everything behind it moves up by one
        assertThat(client.isAnswered()).isTrue();
        assertThat(client.view().state()).isEqualTo(ExecutionState.QUEUED);
        while (!harness.performing.isEmpty()) {
            harness.end(new Outcome.Success("\"r\""));
        }
        for (String job : new String[] {"a", "b", "c"}) {
            assertThat(harness.job(job).counters()).containsEntry("succeeded", 6L);
        }
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void doesNotTimeOutWhatIsDoneAndWaitsForRoom() {
        EngineHarness harness = chain(FullMode.WAIT);
        harness.stop("b");
        harness.add("a", "1");
        endAll(harness, "a");
        ExecutionView waiting = harness.add("a", "2");
        endAll(harness, "a");
        harness.pass(JobDefinition.DEFAULT_TIMEOUT.plusSeconds(1)); // rang for ever when this was past its time

        assertThat(harness.get(waiting.id()).state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(harness.get(waiting.id()).note()).contains("waits for room");
        assertThat(harness.engine.nextDue()).isEmpty();
        harness.start("b");
        assertThat(harness.state(waiting)).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void fansOutToSeveralJobsAndWaitsForTheSlowest() {
        EngineHarness harness = EngineHarness.of(
                JobDefinition.named("a").withNext("b", "c"), stage("b", FullMode.WAIT), stage("c", FullMode.WAIT));
        harness.start("a");
        harness.add("c", "\"in the way\"");
        ExecutionView first = harness.add("a", "1");
        endAll(harness, "a");

        assertThat(harness.job("b").queue().queued()).containsEntry(Priority.NORMAL, 1);
        assertThat(harness.state(first)).isEqualTo(ExecutionState.RUNNING);
        harness.start("c");
        assertThat(harness.state(first)).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(harness.job("c").queue().queued()).containsEntry(Priority.NORMAL, 1);
    }

    @Test
    void failsWhenTheNextJobRejects() {
        EngineHarness harness = chain(FullMode.REJECT);
        harness.stop("c");
        harness.add("c", "1");
        ExecutionView rejected = harness.add("b", "2");
        endAll(harness, "b");

        ExecutionView view = harness.get(rejected.id());
        assertThat(view.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(view.error()).isEqualTo("job 'c' did not accept the result: The queue of job 'c' is full.");
        assertThat(view.result()).isEqualTo("\"of b\"");
    }

    @Test
    void succeedsAndSaysSoWhenTheNextJobDrops() {
        EngineHarness harness = chain(FullMode.DROP_WRITE);
        harness.stop("c");
        harness.add("c", "1");
        ExecutionView dropped = harness.add("b", "2");
        endAll(harness, "b");

        assertThat(harness.get(dropped.id()).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(harness.get(dropped.id()).note()).isEqualTo("the result was dropped by drop-write of job 'c'");
        assertThat(harness.job("c").counters()).containsEntry("dropped", 1L);
    }

    @Test
    void failsWhenTheNextJobIsCompleted() {
        EngineHarness harness = chain(FullMode.WAIT);
        harness.complete("c");
        ExecutionView closed = harness.add("b", "1");
        endAll(harness, "b");

        assertThat(harness.get(closed.id()).state()).isEqualTo(ExecutionState.FAILED);
        assertThat(harness.get(closed.id()).error()).contains("was completed");
    }

    @Test
    void failsWhenTheNextJobIsCompletedWhileTheResultWaits() {
        EngineHarness harness = chain(FullMode.WAIT);
        harness.stop("c");
        harness.add("c", "1");
        ExecutionView waits = harness.add("b", "2");
        endAll(harness, "b");
        assertThat(harness.state(waits)).isEqualTo(ExecutionState.RUNNING);
        harness.complete("c");

        assertThat(harness.get(waits.id()).error()).contains("was completed");
        assertThat(harness.job("b").inFlight()).isZero();
    }

    @Test
    void mayCancelWhatWaitsForRoom() {
        EngineHarness harness = chain(FullMode.WAIT);
        harness.stop("c");
        harness.add("c", "1");
        ExecutionView waits = harness.add("b", "2");
        endAll(harness, "b");

        assertThat(harness.cancel(waits.id()).view().state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(harness.job("c").queue().waitingProducers()).isZero();
        assertThat(harness.job("b").why()).isEqualTo("nothing to do; the queue is empty");
        harness.start("c");
        assertThat(harness.job("c").counters()).containsEntry("accepted", 1L);
    }

    @Test
    void stopsNowWithoutLosingWhatIsDone() {
        EngineHarness harness = chain(FullMode.WAIT);
        harness.stop("c");
        harness.add("c", "1");
        ExecutionView waits = harness.add("b", "2");
        endAll(harness, "b");
        harness.stop("b", StopMode.NOW);

        assertThat(harness.cancelled).isEmpty();
        harness.start("c");
        assertThat(harness.state(waits)).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void goesOnInOneSlotWhileAnotherWaitsForRoom() {
        EngineHarness harness =
                EngineHarness.of(stage("a", FullMode.WAIT, "b").withConcurrency(2), stage("b", FullMode.WAIT));
        harness.start("a");
        harness.add("b", "\"in the way\"");
        ExecutionView blocked = harness.add("a", "1");
        ExecutionView other = harness.add("a", "2");
        harness.end(blocked.id(), SUCCESS);

        assertThat(harness.job("a").why())
                .isEqualTo(
                        "working; 2 runs are in flight, the longest since 2026-01-01T00:00:00Z; 1 done, waiting for room in the queue of job 'b'");
        harness.end(other.id(), new Outcome.Failure("no"));
        assertThat(harness.job("a").inFlight()).isEqualTo(1);
    }

    @Test
    void letsWhatWasPutBackGoOnWhenTheWorkerIsFoundByOneThatWaitsForRoom() {
        EngineHarness harness =
                EngineHarness.of(stage("a", FullMode.WAIT, "b").withConcurrency(2), stage("b", FullMode.WAIT));
        harness.start("a");
        harness.add("b", "\"in the way\"");
        ExecutionView done = harness.add("a", "1");
        ExecutionView putBack = harness.add("a", "2");
        harness.end(putBack.id(), new Outcome.Unavailable("nobody"));
        harness.end(done.id(), SUCCESS); // there is a worker after all

        assertThat(harness.state(putBack)).isEqualTo(ExecutionState.RUNNING);
    }

    @Test
    void keepsWhatCannotBeHandedOverWhenTheServiceShutsDown() {
        EngineHarness harness = chain(FullMode.WAIT);
        harness.stop("c");
        harness.add("c", "1");
        ExecutionView waits = harness.add("b", "2");
        endAll(harness, "b");
        ExecutionView running = harness.add("b", "3");
        EngineHarness.Call watcher =
                harness.ask(new Command.AwaitExecution(waits.id(), harness.in(WAIT), Command.NO_DEADLINE));
        harness.take(new Input.ShutdownBegan());

        assertThat(watcher.view().note()).startsWith("done; its result waits for room");
        assertThat(harness.engine.inFlight()).isZero();
        assertThat(harness.state(running)).isEqualTo(ExecutionState.QUEUED);
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void keepsWhatEndsWhileTheServiceShutsDownAndFindsNoRoom() {
        EngineHarness harness = chain(FullMode.WAIT);
        harness.stop("c");
        harness.add("c", "1");
        ExecutionView running = harness.add("b", "2");
        harness.take(new Input.ShutdownBegan());
        endAll(harness, "b");

        assertThat(harness.get(running.id()).note()).startsWith("done; its result waits for room");
        assertThat(harness.engine.inFlight()).isZero();
        assertThat(harness.job("c").queue().waitingProducers()).isEqualTo(1);
    }

    @Test
    void refusesClientsWhoWaitWhenTheServiceShutsDown() {
        EngineHarness harness = chain(FullMode.WAIT);
        harness.stop("a");
        harness.add("a", "1");
        EngineHarness.Call waits = harness.submit("a", harness.in(WAIT), Submission.of("2"));
        harness.take(new Input.ShutdownBegan());

        assertThat(((Refusal) waits.only()).type()).isEqualTo(Refusal.STOPPING);
    }

    /** The stage after it is slow, and not this one. */
    @Test
    void timeThatAResultWaitsForRoomIsNotItsWorkers() {
        JobDefinition last = JobDefinition.named("last").withQueue(new QueueConfig(1, FullMode.WAIT, Map.of(), 0));
        EngineHarness harness = EngineHarness.of(JobDefinition.named("first").withNext("last"), last);
        harness.start("first");
        harness.add("last", "0");
        ExecutionView waits = harness.add("first", "1");
        harness.pass(Duration.ofMillis(10));
        harness.end(new Outcome.Success("2"));
        harness.pass(Duration.ofHours(1));
        assertThat(harness.state(waits)).isEqualTo(ExecutionState.RUNNING);
        harness.start("last");

        assertThat(harness.events(Event.ExecutionEnded.class).get(0))
                .extracting(Event.ExecutionEnded::execution, Event.ExecutionEnded::took)
                .containsExactly(waits.id(), Duration.ofMillis(10));
        ExecutionView cancelled = harness.add("first", "2");
        harness.pass(Duration.ofMillis(5));
        harness.end(cancelled.id(), new Outcome.Success("3"));
    }
}

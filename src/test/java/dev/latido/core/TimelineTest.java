package dev.latido.core;

import static dev.latido.core.EngineHarness.EPOCH;
import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Course;
import dev.latido.job.ExecutionState;
import dev.latido.job.Gate;
import dev.latido.job.Hold;
import dev.latido.job.Outcome;
import dev.latido.job.ProgressNote;
import dev.latido.job.Successor;
import dev.latido.job.WorkPlace;
import dev.latido.memory.MemoryBudget;
import dev.latido.policy.BreakerConfig;
import dev.latido.policy.RateConfig;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.JobSettings;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is told of the course of an execution: what held it up and for how long, its attempts, its notes, who got its result. */
@Tag("fast")
class TimelineTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private static EngineHarness started(Consumer<JobDefinition.Builder> settings) {
        EngineHarness harness = EngineHarness.of(JobDefinition.named("job").with(job -> {
            job.queue = new QueueConfig(10_000, FullMode.REJECT, Map.of(), 0);
            settings.accept(job);
        }));
        harness.start(null);
        return harness;
    }

    private static Hold hold(Gate gate, double fromSeconds, double seconds) {
        return new Hold(gate, EPOCH.toEpochMilli() + Math.round(fromSeconds * 1000), Math.round(seconds * 1000));
    }

    private static List<Hold> holds(EngineHarness harness, ExecutionView execution) {
        return harness.get(execution.id()).timeline().holds();
    }

    private static RateConfig rate(int permits, Duration per) {
        return new RateConfig(RateConfig.Algorithm.FIXED_WINDOW, permits, per, permits);
    }

    @Test
    void tellsHowLongItWaitedForASlot() {
        EngineHarness harness = started(job -> {});
        harness.add(null, "1");
        harness.pass(SECOND);
        ExecutionView second = harness.add(null, "2");
        harness.pass(SECOND.multipliedBy(5));

        assertThat(holds(harness, second)).as("so far").containsExactly(hold(Gate.SLOTS, 1, 5));
        harness.end(SUCCESS);
        harness.pass(SECOND);
        assertThat(holds(harness, second)).as("for good").containsExactly(hold(Gate.SLOTS, 1, 5));
        harness.end(SUCCESS);
        assertThat(holds(harness, second)).containsExactly(hold(Gate.SLOTS, 1, 5));
    }

    @Test
    void keepsNothingOfOneThatIsQueued() {
        MemoryBudget memory = MemoryBudget.unbounded();
        EngineHarness harness = EngineHarness.of(memory, JobDefinition.named("job"));
        harness.start(null);
        harness.add(null, "1");
        ExecutionView queued = harness.add(null, "2");
        long before = memory.used();
        harness.pass(SECOND);
        harness.send(new Command.PauseAll(Command.NO_DEADLINE));
        harness.pass(SECOND);
        harness.send(new Command.ResumeAll(Command.NO_DEADLINE));

        assertThat(holds(harness, queued)).hasSize(2);
        assertThat(memory.used()).isEqualTo(before);
        EngineHarness next = harness.crash(Duration.ZERO);
        assertThat(holds(next, queued)).as("nothing of it is stored").isEmpty();
    }

    @Test
    void tellsEachGateThatHeldItUp() {
        EngineHarness harness = started(job -> {});
        harness.stop(null);
        ExecutionView execution = harness.add(null, "1");
        harness.pass(SECOND);
        harness.send(new Command.PauseAll(Command.NO_DEADLINE));
        harness.start(null);
        harness.pass(SECOND.multipliedBy(2));
        harness.send(new Command.ResumeAll(Command.NO_DEADLINE));

        assertThat(holds(harness, execution)).containsExactly(hold(Gate.STOPPED, 0, 1), hold(Gate.PAUSED, 1, 2));
    }

    @Test
    void tellsThatItsWorkerWasMissing() {
        EngineHarness harness = started(job -> job.place = WorkPlace.OUTSIDE);
        harness.missing.put("job", "nobody there");
        ExecutionView execution = harness.add(null, "1");
        harness.pass(SECOND.multipliedBy(3));
        harness.missing.clear();
        harness.pass(SECOND);

        assertThat(harness.state(execution)).isEqualTo(ExecutionState.RUNNING);
        assertThat(holds(harness, execution)).hasSize(1).first().satisfies(hold -> {
            assertThat(hold.gate()).isEqualTo(Gate.MISSING_WORKER);
            assertThat(hold.millis()).isBetween(3000L, 4000L);
        });
    }

    @Test
    void tellsThatItsWorkerWantedNone() {
        EngineHarness harness = started(job -> job.place = WorkPlace.OUTSIDE);
        harness.add(null, "1");
        ExecutionView second = harness.add(null, "2");
        harness.end(new Outcome.Overloaded("busy", true, SECOND.multipliedBy(7)));
        harness.pass(SECOND.multipliedBy(7));

        assertThat(holds(harness, second)).containsExactly(hold(Gate.WORKER_BUSY, 0, 7));
    }

    @Test
    void tellsThatTheRateHeldItUpAndThenItsKey() {
        EngineHarness harness = started(job -> {
            job.concurrency = 10;
            job.throttle = new JobDefinition.Throttle(rate(1, SECOND.multipliedBy(4)), "/key", null, 1);
        });
        harness.add(null, "{\"key\":\"a\"}");
        ExecutionView second = harness.add(null, "{\"key\":\"a\"}");
        harness.pass(SECOND.multipliedBy(10));
        harness.end(SUCCESS);
        harness.pass(SECOND.multipliedBy(4));

        assertThat(holds(harness, second)).startsWith(hold(Gate.RATE, 0, 4), hold(Gate.KEY, 4, 6));
    }

    @Test
    void tellsThatTheBreakerWasOpen() {
        Duration open = SECOND.multipliedBy(30);
        EngineHarness harness = started(job -> job.breaker = new JobDefinition.BreakerUse(
                "own", new BreakerConfig(10, 1, 50, 100, open, open, 1), JobDefinition.WhileOpen.WAIT));
        harness.add(null, "1");
        harness.end(new Outcome.Failure("no"));
        ExecutionView waiting = harness.add(null, "1");
        harness.pass(SECOND.multipliedBy(31));

        assertThat(harness.state(waiting)).isEqualTo(ExecutionState.RUNNING);
        assertThat(holds(harness, waiting)).extracting(Hold::gate).containsExactly(Gate.BREAKER);
    }

    @Test
    void tellsThatItsResultWaitedForTheNextStage() {
        QueueConfig one = new QueueConfig(1, FullMode.WAIT, Map.of(), 10);
        EngineHarness harness = EngineHarness.of(
                JobDefinition.named("a").withQueue(one).withNext("b"),
                JobDefinition.named("b").withQueue(one));
        harness.start("a");
        ExecutionView first = harness.add("a", "1");
        harness.end(SUCCESS);
        ExecutionView second = harness.add("a", "2");
        ExecutionView third = harness.add("a", "3");
        harness.pass(SECOND);
        harness.end(SUCCESS);
        harness.pass(SECOND.multipliedBy(3));
        harness.start("b");

        ExecutionView made = harness.get(second.id());
        assertThat(made.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(made.timeline().holds()).containsExactly(hold(Gate.NEXT_STAGE_FULL, 1, 3));
        assertThat(holds(harness, third))
                .as("it waits for the slot of the one before")
                .containsExactly(hold(Gate.SLOTS, 0, 1), hold(Gate.NEXT_STAGE_FULL, 1, 3));
        Successor next = harness.get(first.id()).timeline().successors().get(0);
        assertThat(next.name()).isEqualTo("b");
        assertThat(harness.get(Objects.requireNonNull(next.id())).job()).isEqualTo("b");
    }

    @Test
    void tellsWhatHeldUpOneThatNeverBegan() {
        EngineHarness harness = started(job -> {});
        harness.add(null, "1");
        ExecutionView second = harness.add(null, "2");
        harness.pass(SECOND.multipliedBy(2));
        harness.cancel(second.id());
        harness.pass(SECOND);

        assertThat(holds(harness, second)).containsExactly(hold(Gate.SLOTS, 0, 2));
    }

    @Test
    void doesNotTellWhatTookNoTime() {
        EngineHarness harness = started(job -> {});
        harness.add(null, "1");
        ExecutionView second = harness.add(null, "2");
        harness.pass(Duration.ofMillis(99));
        harness.end(SUCCESS);

        assertThat(holds(harness, second)).isEmpty();
    }

    @Test
    void addsUpGatesThatTakeTurns() {
        EngineHarness harness = started(
                job -> job.throttle = new JobDefinition.Throttle(rate(1, Duration.ofMillis(100)), null, null, 0));
        for (int i = 0; i < 100; i++) {
            harness.add(null, "1");
        }
        ExecutionView last = harness.add(null, "2");
        for (int i = 0; i < 100; i++) {
            harness.pass(Duration.ofMillis(60));
            harness.end(SUCCESS);
            harness.pass(Duration.ofMillis(40));
        }

        assertThat(harness.state(last)).isEqualTo(ExecutionState.RUNNING);
        assertThat(holds(harness, last)).extracting(Hold::gate).containsExactly(Gate.SLOTS, Gate.RATE);
        assertThat(holds(harness, last).get(0).millis()).isBetween(5900L, 6100L);
        assertThat(holds(harness, last).get(1).millis()).isBetween(3900L, 4100L);
    }

    @Test
    void keepsTheEightLongest() {
        EngineHarness harness = started(job -> {});
        harness.add(null, "1");
        ExecutionView second = harness.add(null, "2");
        for (int i = 1; i <= 100; i++) {
            harness.pass(Duration.ofMillis(1000 + (i * 37 % 100) * 10L)); // no two are of the same length
            harness.stop(null);
            harness.pass(Duration.ofMillis(1100));
            harness.start(null);
        }
        List<Hold> soFar = holds(harness, second);
        harness.end(SUCCESS);

        assertThat(holds(harness, second)).isEqualTo(soFar).hasSize(Course.MAX_HOLDS);
        assertThat(soFar).extracting(Hold::millis).allMatch(millis -> millis > 1900);
    }

    @Test
    void tellsWhoseAttemptsFailed() {
        EngineHarness harness = started(job -> {
            job.worker = "class Own";
            job.hasFallback = true;
            job.fallback = "class Other";
        });
        ExecutionView view = harness.add(null, "1");
        assertThat(harness.get(view.id()).timeline().worker()).isEqualTo("class Own");
        harness.end(new Outcome.Failure("no"));

        ExecutionView second = harness.get(view.id());
        assertThat(second.failures()).extracting(ExecutionView.Failure::worker).containsExactly("class Own");
        assertThat(second.timeline().worker()).isEqualTo("class Other");
        harness.end(SUCCESS);
        ExecutionView restored = harness.crash(SECOND).get(view.id());
        assertThat(restored).isEqualTo(harness.get(view.id()));
        assertThat(restored.timeline().worker()).isEqualTo("class Other");
    }

    @Test
    void keepsItsLatestNotes() {
        EngineHarness harness = started(job -> {});
        ExecutionView view = harness.add(null, "1");
        for (int i = 0; i < 30; i++) {
            harness.pass(SECOND);
            harness.take(new Input.AttemptProgressed(harness.performing.get(0), i / 30.0, "step " + i));
        }
        harness.pass(SECOND);
        harness.take(new Input.AttemptProgressed(harness.performing.get(0), 1, "step 29"));
        harness.take(new Input.AttemptProgressed(harness.performing.get(0), 1, ""));

        List<ProgressNote> notes = harness.get(view.id()).timeline().notes();
        assertThat(notes).hasSize(Course.MAX_NOTES);
        assertThat(notes.get(0).text()).isEqualTo("step 10");
        assertThat(notes.get(19))
                .as("said twice")
                .isEqualTo(new ProgressNote(EPOCH.plusSeconds(31).toEpochMilli(), 1, "step 29"));
        harness.end(SUCCESS);
        assertThat(harness.crash(SECOND).get(view.id()).timeline().notes()).isEqualTo(notes);
    }

    @Test
    void countsItsNotesAsTheNextProcessDoes() {
        MemoryBudget memory = MemoryBudget.unbounded();
        EngineHarness harness = EngineHarness.of(memory, JobDefinition.named("job"));
        harness.start(null);
        harness.add(null, "1");
        long before = memory.used();
        harness.take(new Input.AttemptProgressed(harness.performing.get(0), 0.5, "x".repeat(200)));
        assertThat(memory.used()).isGreaterThan(before + 200);
        harness.pass(SECOND);
        harness.end(SUCCESS);

        MemoryBudget next = MemoryBudget.unbounded();
        harness.restart(next);
        assertThat(next.used()).isEqualTo(memory.used());
    }

    @Test
    void beginsAnewWhenSomebodyRetriesIt() {
        EngineHarness harness = started(job -> {});
        harness.stop(null);
        ExecutionView view = harness.add(null, "1");
        harness.pass(SECOND);
        harness.start(null);
        harness.end(new Outcome.Failure("no"));
        harness.pass(SECOND);
        harness.send(new Command.Retry(view.id(), Command.NO_DEADLINE));

        ExecutionView again = harness.get(view.id());
        assertThat(again.failures()).isEmpty();
        assertThat(again.timeline().holds()).isEmpty();
    }

    @Test
    void notesAnotherLimitAsTheSameGate() {
        EngineHarness harness = started(job -> {});
        harness.add(null, "1");
        ExecutionView second = harness.add(null, "2");
        harness.pass(SECOND);
        harness.send(
                new Command.ChangeJob("job", new JobSettings(true, 2, false, null, false, false), Command.NO_DEADLINE));

        assertThat(holds(harness, second)).containsExactly(hold(Gate.SLOTS, 0, 1));
    }
}

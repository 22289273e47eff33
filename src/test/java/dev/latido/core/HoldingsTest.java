package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Durability;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What executions hold in memory, and what becomes of it when that is too much. */
@Tag("fast")
class HoldingsTest {

    private static final int MAX = 1_000_000;
    private static final String LONG = "\"" + "x".repeat(10_000) + "\"";

    private final MemoryBudget memory = new MemoryBudget(MAX);

    private static JobDefinition job(String name) {
        return JobDefinition.named(name).withQueue(new QueueConfig(1_000, FullMode.WAIT, Map.of(), 1_000, 10L * MAX));
    }

    private static ExecutionView add(EngineHarness harness, int count) {
        ExecutionView last = harness.add("job", LONG);
        for (int i = 1; i < count; i++) {
            last = harness.add("job", LONG);
        }
        return last;
    }

    private static List<Execution> queued(EngineHarness harness) {
        return harness.engine
                .states()
                .iterator()
                .next()
                .queue
                .list(Priority.NORMAL, null, Long.MIN_VALUE, Integer.MAX_VALUE);
    }

    @Test
    void countsWhatIsQueuedUntilItIsForgotten() {
        EngineHarness harness = EngineHarness.of(EngineHarness.keeping(0, 0, Duration.ofDays(1)), job("job"));
        MemoryBudget counted = harness.engine.memory();
        ExecutionView queued = add(harness, 1);
        assertThat(counted.used()).isBetween(10_000L, 11_000L);
        harness.cancel(queued.id());
        assertThat(counted.used()).isZero();
    }

    @Test
    void letsTextsOfWhatIsFarthestFromItsTurnLeaveFirst() {
        EngineHarness harness = EngineHarness.of(memory, job("job"));
        add(harness, 100);
        assertThat(memory.used()).isLessThanOrEqualTo(MAX / 2 + 11_000);
        List<Execution> queued = queued(harness);
        assertThat(queued).hasSize(100);
        assertThat(queued.get(0).isPayloadAway()).isFalse();
        assertThat(queued.get(99).isPayloadAway()).isTrue();
        long away = queued.stream().filter(Execution::isPayloadAway).count();
        assertThat(queued.subList(100 - (int) away, 100)).allMatch(Execution::isPayloadAway);
    }

    @Test
    void keepsTextsThatTheStoreDoesNotHaveYet() {
        EngineHarness harness = EngineHarness.of(memory, job("job"));
        harness.holdStore();
        for (int i = 0; i < 80; i++) {
            harness.submit("job", Submission.of(LONG));
        }
        assertThat(queued(harness)).noneMatch(Execution::isPayloadAway);
        harness.commit();
        assertThat(queued(harness)).anyMatch(Execution::isPayloadAway);
    }

    @Test
    void keepsTextsOfWhatIsInMemoryOnly() {
        EngineHarness harness = EngineHarness.of(memory, job("job").withDurability(Durability.NONE));
        add(harness, 80);
        assertThat(queued(harness)).noneMatch(Execution::isPayloadAway);
        assertThat(memory.used()).isGreaterThan(800_000);
    }

    @Test
    void refusesWhatNobodyAskedForMemoryForWhenMuchTooMuchIsTaken() {
        EngineHarness harness = EngineHarness.of(memory, job("job").withDurability(Durability.NONE));
        memory.add(MAX * 3L / 2 + 1_000);
        assertThat(harness.submit("job", Submission.of("1")).only()).isEqualTo(Refusal.memoryFull(MAX));
        memory.add(-MAX);
        assertThat(harness.add("job", "1").state()).isEqualTo(ExecutionState.QUEUED);
    }

    @Test
    void tellsOfTextsThatAreInTheStoreAndHandsTheirAttemptsOut() {
        EngineHarness harness = EngineHarness.of(memory, job("job"));
        ExecutionView last = add(harness, 100);
        assertThat(harness.get(last.id()).payload()).isNull();
        assertThat(harness.get(last.id()).inStore()).isEqualTo(new ExecutionView.InStore(LONG.length(), 0));
        assertThat(harness.store.texts(last.id()).result().payload()).isEqualTo(LONG);
        harness.start("job");
        for (int i = 0; i < 99; i++) {
            harness.end(new Outcome.Success(null));
        }
        Effect.Perform perform = harness.performs.get(99);
        assertThat(perform.attempt().execution()).isEqualTo(last.id());
        assertThat(perform.isAway()).isTrue();
        assertThat(perform.isHeavy()).isTrue();
    }

    @Test
    void letsHistoryGiveWayWhereShortThingsTakeTooMuch() {
        EngineHarness harness = EngineHarness.of(memory, job("job").withDurability(Durability.NONE));
        harness.start("job");
        for (int i = 0; i < 900; i++) {
            harness.add("job", "\"" + "x".repeat(900) + "\"");
            harness.end(new Outcome.Success(null));
        }
        JobState state = harness.engine.states().iterator().next();
        assertThat(memory.used()).isLessThanOrEqualTo(MAX / 100 * 61);
        assertThat(state.ended(ExecutionState.SUCCEEDED).size()).isBetween(100, 500);
        assertThat(state.counters.succeeded).isEqualTo(900);
    }

    @Test
    void losesDeadLettersOnlyWhenNoOtherHistoryIsLeftAndSaysSo() {
        EngineHarness harness = EngineHarness.of(memory, job("job").withDurability(Durability.NONE));
        harness.start("job");
        for (int i = 0; i < 900; i++) {
            harness.add("job", "\"" + "x".repeat(900) + "\"");
            harness.end(new Outcome.Failure("no", true, null));
        }
        JobState state = harness.engine.states().iterator().next();
        assertThat(memory.used()).isLessThanOrEqualTo(MAX / 100 * 76);
        assertThat(state.counters.deadLettersLost)
                .isEqualTo(900 - state.ended(ExecutionState.FAILED).size());
    }

    @Test
    void startsWithHalfTheMemoryAndTakesUpNoLongText() {
        EngineHarness harness = EngineHarness.of(
                memory,
                job("job")
                        .withAutoStart(false)
                        .with(job -> job.throttle = new JobDefinition.Throttle(null, "/k", null, 1)));
        for (int i = 0; i < 90; i++) {
            harness.add("job", "{\"k\":\"key" + i % 2 + "\",\"x\":" + LONG + "}");
        }
        MemoryBudget half = new MemoryBudget(MAX / 2);
        EngineHarness next = harness.restart(half);
        assertThat(half.used()).isLessThan(90 * 1_000);
        assertThat(queued(next)).hasSize(90).allMatch(Execution::isPayloadAway);
        assertThat(queued(next).get(1).key).isEqualTo("key1");
    }
}

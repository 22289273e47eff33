package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A queue that is bounded by the bytes of its payloads. */
@Tag("fast")
class QueueBytesTest {

    private static final String FOUR = "\"éx"; // no JSON, which the core does not look at

    private static EngineHarness harness(FullMode mode) {
        return EngineHarness.of(JobDefinition.named("job")
                .withAutoStart(false)
                .withQueue(new QueueConfig(100, mode, Map.of(), 10, 10)));
    }

    @Test
    void hasItsProducerWaitUntilThereAreBytesEnough() {
        EngineHarness harness = harness(FullMode.WAIT);
        harness.add("job", FOUR);
        harness.add("job", FOUR);
        EngineHarness.Call waiting = harness.submit("job", Submission.of(FOUR));
        assertThat(waiting.isAnswered()).isFalse();
        assertThat(harness.job("job").queue().bytes()).isEqualTo(8);
        assertThat(harness.job("job").why()).contains("queue full: 8 of 10 bytes");
        harness.start("job");
        assertThat(waiting.view().state()).isEqualTo(ExecutionState.QUEUED);
    }

    @Test
    void refusesWithTheModeThatDoes() {
        EngineHarness harness = harness(FullMode.REJECT);
        harness.add("job", FOUR);
        harness.add("job", FOUR);
        assertThat(((Refusal) harness.submit("job", Submission.of(FOUR)).only()).type())
                .isEqualTo(Refusal.QUEUE_FULL);
        assertThat(harness.add("job", "12").state()).isEqualTo(ExecutionState.QUEUED);
    }

    @Test
    void dropsTheNewcomerOrAsManyAsItNeeds() {
        EngineHarness write = harness(FullMode.DROP_WRITE);
        write.add("job", FOUR);
        write.add("job", FOUR);
        assertThat(write.add("job", FOUR).state()).isEqualTo(ExecutionState.DROPPED);

        EngineHarness oldest = harness(FullMode.DROP_OLDEST);
        ExecutionView first = oldest.add("job", FOUR);
        ExecutionView second = oldest.add("job", FOUR);
        assertThat(oldest.add("job", "1234567").state()).isEqualTo(ExecutionState.QUEUED);
        assertThat(oldest.get(first.id()).state()).isEqualTo(ExecutionState.DROPPED);
        assertThat(oldest.get(second.id()).state()).isEqualTo(ExecutionState.DROPPED);
        assertThat(oldest.job("job").counters().get("dropped")).isEqualTo(2);
    }

    @Test
    void refusesForGoodWhatIsLargerThanTheWholeQueue() {
        for (FullMode mode : FullMode.values()) {
            EngineHarness harness = harness(mode);
            assertThat(harness.submit("job", Submission.of("12345678901")).only())
                    .isEqualTo(Refusal.payloadTooLarge("job", 10));
        }
    }

    @Test
    void countsWhatIsDelayedAndWhatComesBack() {
        EngineHarness harness = harness(FullMode.REJECT);
        harness.start("job");
        harness.add("job", FOUR);
        harness.stop("job");
        harness.end(new Outcome.Unavailable("away"));
        assertThat(harness.job("job").queue().bytes()).isEqualTo(4);
        harness.submit("job", new Submission(FOUR, Priority.LOW, Duration.ofHours(1), null));
        assertThat(harness.job("job").queue().bytes()).isEqualTo(8);
        assertThat(harness.submit("job", new Submission(FOUR, Priority.LOW, Duration.ofHours(1), null))
                        .only())
                .isInstanceOf(Refusal.class);
        EngineHarness next = harness.crash(Duration.ZERO);
        assertThat(next.job("job").queue().bytes()).isEqualTo(8);
    }

    @Test
    void mayHoldAsMuchAsAllMemoryWhereNothingElseIsSaid() {
        EngineHarness harness = EngineHarness.of(new MemoryBudget(5_000), JobDefinition.named("job"));
        assertThat(harness.job("job").queue().maxBytes()).isEqualTo(5_000);
    }
}

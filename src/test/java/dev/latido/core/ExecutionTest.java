package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.room.QueueConfig;
import dev.latido.room.memory.MemoryRoom;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("fast")
class ExecutionTest {

    private static final Moment NOW = new Moment(Instant.EPOCH, 0);

    @ParameterizedTest
    @EnumSource(ExecutionState.class)
    void takesLegalStepsAndRefusesOthers(ExecutionState from) {
        JobState job = new JobState(
                JobDefinition.named("job"), new MemoryRoom<>(QueueConfig.DEFAULT), 1_000, new PendingWrites());
        for (ExecutionState to : ExecutionState.values()) {
            Execution execution = new Execution(new ExecutionId(1), job, Priority.LOW, null, 0, from, NOW);
            if (from.canBecome(to)) {
                execution.become(to, NOW);
                assertThat(execution.state()).isEqualTo(to);
                assertThat(ExecutionViews.of(execution).endedAt() == null)
                        .isEqualTo(!to.isTerminal() || NOW.wall().toEpochMilli() == 0);
            } else {
                assertThatThrownBy(() -> execution.become(to, NOW))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("from " + from + " to " + to);
            }
        }
    }
}

package dev.latido.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("fast")
class ExecutionStateTest {

    private static final Map<ExecutionState, Set<ExecutionState>> LEGAL = Map.of(
            ExecutionState.WAITING, Set.of(ExecutionState.QUEUED, ExecutionState.CANCELLED, ExecutionState.RETURNED),
            ExecutionState.QUEUED,
                    Set.of(
                            ExecutionState.WAITING,
                            ExecutionState.RUNNING,
                            ExecutionState.FAILED,
                            ExecutionState.CANCELLED,
                            ExecutionState.DROPPED,
                            ExecutionState.RETURNED),
            ExecutionState.RUNNING,
                    Set.of(
                            ExecutionState.WAITING,
                            ExecutionState.QUEUED,
                            ExecutionState.SUCCEEDED,
                            ExecutionState.FAILED,
                            ExecutionState.CANCELLED,
                            ExecutionState.RETURNED),
            ExecutionState.FAILED, Set.of(ExecutionState.QUEUED),
            ExecutionState.SUCCEEDED, Set.of(),
            ExecutionState.CANCELLED, Set.of(),
            ExecutionState.DROPPED, Set.of(),
            ExecutionState.RETURNED, Set.of());

    @ParameterizedTest
    @EnumSource(ExecutionState.class)
    void allowsTheLegalStepsOnly(ExecutionState from) {
        for (ExecutionState to : ExecutionState.values()) {
            assertThat(from.canBecome(to))
                    .as("%s to %s", from, to)
                    .isEqualTo(LEGAL.getOrDefault(from, Set.of()).contains(to));
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutionState.class)
    void readsItsNameBack(ExecutionState state) {
        assertThat(ExecutionState.ofWireName(state.wireName())).contains(state);
        assertThat(ExecutionState.ofWireName(state.name())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"low,LOW", "Normal,NORMAL", "HIGH,HIGH", "critical,CRITICAL"})
    void readsPrioritiesInWhateverCase(String text, Priority priority) {
        assertThat(Priority.ofWireName(text)).contains(priority);
        assertThat(priority.wireName()).isEqualToIgnoringCase(text);
    }
}

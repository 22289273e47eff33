package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What can be defined together, and what the core does about a job that is defined while it works. */
@Tag("fast")
class JobRegistryTest {

    private static final JobDefinition A = JobDefinition.named("a");
    private static final JobDefinition B = JobDefinition.named("b");

    @Test
    void tellsEachFollowerOfEachJobOnce() {
        JobRegistry registry = new JobRegistry("a");
        List<String> early = new ArrayList<>();
        assertThat(registry.follow(job -> early.add(job.name()))).isEmpty();
        registry.define(List.of(B, A));
        List<String> late = new ArrayList<>();
        assertThat(registry.follow(job -> late.add(job.name())))
                .extracting(JobDefinition::name)
                .containsExactly("a", "b");
        registry.define(List.of(JobDefinition.named("c")));

        assertThat(early).containsExactly("b", "a", "c");
        assertThat(late).containsExactly("c");
        assertThat(registry.defined()).extracting(JobDefinition::name).containsExactly("a", "b", "c");
    }

    @Test
    void definesAllOrNone() {
        JobRegistry registry = new JobRegistry("a");
        List<String> told = new ArrayList<>();
        registry.follow(job -> told.add(job.name()));
        assertThatThrownBy(() -> registry.define(List.of(B))).hasMessageContaining("default job 'a'");
        assertThatThrownBy(() -> registry.define(List.of(A, B.withNext("c")))).hasMessageContaining("'b'", "'c'");
        assertThat(told).isEmpty();
        assertThat(registry.defined()).isEmpty();

        registry.define(List.of(A.withNext("b"), B));
        assertThatThrownBy(() -> registry.define(List.of(JobDefinition.named("c"), A)))
                .hasMessageContaining("'a' is defined already");
        assertThatThrownBy(() -> registry.define(List.of(
                        JobDefinition.named("c").withNext("d"),
                        JobDefinition.named("d").withNext("c"))))
                .hasMessageContaining("leads back");
        assertThat(registry.defined()).hasSize(2);
        assertThat(told).containsExactly("a", "b");
    }

    @Test
    void aJobThatIsDefinedLateBeginsAsItIsDefinedAndLeadsOn() {
        EngineHarness harness = EngineHarness.of(A);
        harness.begin();
        assertThat(harness.ask(new Command.GetJob("late", Command.NO_DEADLINE)).reply())
                .isInstanceOf(Refusal.class);
        assertThat(harness.engine.isDefined("late")).isFalse();

        harness.registry.define(List.of(JobDefinition.named("late").withNext("a")));

        assertThat(harness.engine.isDefined("late")).isTrue();
        assertThat(harness.events(Event.JobStarted.class))
                .extracting(Event.JobStarted::job)
                .containsExactly("a", "late");
        ExecutionView first = harness.add("late", "1");
        harness.end(first.id(), new Outcome.Success("2"));
        assertThat(harness.state(first)).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(harness.payloads()).containsExactly("1", "2");

        EngineHarness next = harness.restart(
                Duration.ofSeconds(1), List.of(A, JobDefinition.named("late").withNext("a")));
        assertThat(next.state(first)).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void whatIsDefinedWhileTheServiceEndsBeginsNothing() {
        EngineHarness harness = EngineHarness.of(A);
        harness.begin();
        harness.take(new Input.ShutdownBegan());

        harness.registry.define(List.of(JobDefinition.named("late")));

        assertThat(harness.job("late").isRunning()).isFalse();
    }

    /** The store has executions of it, which were taken up for a job of which nothing is known but its name. */
    @Test
    void aJobThatLeftSomethingInTheStoreIsThereAfterTheNextStart() {
        EngineHarness harness = EngineHarness.of(A, B);
        harness.begin();
        harness.submit("b", new Submission("1", Priority.NORMAL, Duration.ofHours(1), null));
        EngineHarness without = harness.restart(Duration.ofSeconds(1), List.of(A));

        without.registry.define(List.of(B));

        assertThat(without.engine.isDefined("b")).isFalse();
        assertThat(without.warnings).singleElement().asString().contains("'b'", "after the next start");
        assertThat(without.restart(Duration.ofSeconds(1), List.of(A, B)).engine.isDefined("b"))
                .isTrue();
    }

    @Test
    void theQueueOfALateJobIsOpenedByTheSameName() {
        EngineHarness harness = EngineHarness.of(A);
        harness.begin();
        assertThat(harness.performed).noneMatch(Effect.OpenQueues.class::isInstance);
        for (String name : List.of("first", "second")) {
            harness.registry.define(List.of(
                    JobDefinition.named(name).with(job -> job.shared = QueueHarness.queue(name, FullMode.REJECT, 1))));
        }
        assertThat(harness.performed)
                .filteredOn(Effect.OpenQueues.class::isInstance)
                .hasSize(2)
                .allSatisfy(effect ->
                        assertThat(((Effect.OpenQueues) effect).process()).isNotEmpty())
                .satisfies(all -> assertThat(all.get(0)).isEqualTo(all.get(1)));
    }
}

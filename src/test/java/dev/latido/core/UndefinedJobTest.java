package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.protocol.Command;
import dev.latido.protocol.Counted;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Health;
import dev.latido.protocol.JobView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A job that was taken out of the file, or renamed there: what it left in the store is seen, told, and can be removed. */
@Tag("fast")
class UndefinedJobTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final JobDefinition STAYS = JobDefinition.named("a-job").withAutoStart(false);
    private static final JobDefinition OLD = JobDefinition.named("old").withConcurrency(1);

    private final EngineHarness harness = EngineHarness.of(STAYS, OLD);
    private final ExecutionView failed;
    private final ExecutionView inFlight;
    private final ExecutionView queued;
    private final ExecutionView delayed;

    UndefinedJobTest() {
        harness.start("old");
        failed = harness.add("old", "0");
        harness.end(new Outcome.Failure("no", true, null));
        inFlight = harness.add("old", "1");
        queued = harness.add("old", "2");
        delayed = harness.submit("old", new Submission("3", Priority.NORMAL, SECOND, null))
                .view();
    }

    private EngineHarness withoutOld() {
        return harness.restart(SECOND, List.of(STAYS));
    }

    @Test
    void itsWorkIsSeenAndNeitherRunNorTakenIn() {
        EngineHarness next = withoutOld();
        next.pass(SECOND.multipliedBy(5));
        JobView old = next.job("old");
        assertThat(old.isRunning()).isFalse();
        assertThat(old.why()).contains("no longer in the configuration; 3 queued", "purge it");
        assertThat(old.counters()).containsEntry("accepted", 4L).containsEntry("failed", 1L);
        assertThat(next.performs).isEmpty();
        assertThat(next.get(inFlight.id()).state()).isEqualTo(ExecutionState.QUEUED);
        assertThat(next.get(inFlight.id()).payload()).isEqualTo("1");
        assertThat(next.get(failed.id()).error()).isEqualTo("no");
        for (Command refused : List.of(
                new Command.Start("old", Command.NO_DEADLINE),
                new Command.Complete("old", Command.NO_DEADLINE),
                new Command.Retry(failed.id(), Command.NO_DEADLINE),
                new Command.AwaitRoom("old", Priority.NORMAL, Command.NO_DEADLINE))) {
            assertThat(next.send(refused))
                    .isInstanceOfSatisfying(
                            Refusal.class,
                            refusal -> assertThat(refusal.detail())
                                    .contains("There is no job 'old' in the configuration any more", "purged"));
        }
    }

    @Test
    void theServiceIsDegradedUntilItIsPurged() {
        EngineHarness next = withoutOld();
        assertThat(degraded(next)).singleElement().asString().startsWith("job 'old' is no longer in the configuration");
        assertThat(next.send(new Command.Purge("old", false, Command.NO_DEADLINE)))
                .isEqualTo(new Counted(3, 3));
        assertThat(degraded(next)).isEmpty();
        assertThat(next.get(delayed.id()).state()).isEqualTo(ExecutionState.CANCELLED);

        EngineHarness third = next.restart(SECOND, List.of(STAYS));
        assertThat(degraded(third)).isEmpty();
        assertThat(third.job("old").why()).isEqualTo(next.job("old").why());
        assertThat(third.get(queued.id()).state()).isEqualTo(ExecutionState.CANCELLED);
    }

    private static List<String> degraded(EngineHarness harness) {
        return ((Health) harness.send(new Command.GetHealth(Command.NO_DEADLINE))).degraded();
    }

    @Test
    void oneOfItsExecutionsCanBeCancelled() {
        EngineHarness next = withoutOld();
        next.send(new Command.Cancel(queued.id(), Command.NO_DEADLINE));
        assertThat(next.get(queued.id()).state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(next.job("old").why()).contains("2 queued");
    }

    @Test
    void definedAgainItGoesOnAsItStood() {
        EngineHarness without = withoutOld();
        without.send(new Command.Cancel(queued.id(), Command.NO_DEADLINE));
        EngineHarness again = without.restart(SECOND, List.of(STAYS, OLD));
        assertThat(again.job("old").isRunning()).isTrue();
        assertThat(again.job("old").counters()).containsEntry("accepted", 4L).containsEntry("cancelled", 1L);
        assertThat(again.performs).hasSize(1);
        assertThat(again.get(inFlight.id()).attempt()).isEqualTo(2);
    }
}

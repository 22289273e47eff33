package dev.latido.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class EventWireTest {

    private static final Instant AT = Instant.parse("2026-01-01T00:00:00.123Z");
    private static final ExecutionId ID = new ExecutionId(42);
    private static final String EXECUTION = ",\"execution\":\"000000000001a\"";

    private static void assertJson(Event event, String type, String rest) {
        String expected =
                "{\"seq\":7,\"type\":\"" + type + "\",\"job\":\"j\",\"at\":\"2026-01-01T00:00:00.123Z\"" + rest + "}";
        assertThat(EventWire.encode(7, event).encode()).isEqualTo(expected);
    }

    @Test
    void showsWhatHappensToJobs() {
        assertJson(new Event.JobStarted("j", AT), "job.started", "");
        assertJson(new Event.JobStopped("j", AT, 1), "job.stopped", ",\"inFlight\":1");
        assertJson(new Event.JobClosed("j", AT), "job.closed", "");
        assertJson(new Event.TickCoalesced("j", AT), "tick.coalesced", "");
        assertJson(new Event.TicksMissed("j", AT, 12), "tick.missed", ",\"count\":12");
        assertJson(new Event.DeadLettersLost("j", AT, 2, 3), "job.dead-letters-lost", ",\"count\":2,\"kept\":3");
    }

    @Test
    void showsWhatHappensToExecutions() {
        String levels = ",\"depth\":3,\"inFlight\":2";
        assertJson(
                new Event.ExecutionQueued("j", AT, ID, Priority.HIGH, ExecutionState.QUEUED, 3, 2),
                "execution.queued",
                EXECUTION + ",\"priority\":\"high\"" + levels);
        assertJson(
                new Event.ExecutionQueued("j", AT, ID, Priority.LOW, ExecutionState.WAITING, 3, 2),
                "execution.waiting",
                EXECUTION + ",\"priority\":\"low\"" + levels);
        assertJson(
                new Event.ExecutionBegan("j", AT, ID, Priority.HIGH, 4, null, Duration.ofMillis(9), null, 3, 2),
                "execution.began",
                EXECUTION + ",\"priority\":\"high\",\"attempt\":4,\"waitedMillis\":9" + levels);
        assertJson(
                new Event.ExecutionProgressed("j", AT, ID, 0.5, "half"),
                "execution.progressed",
                EXECUTION + ",\"progress\":0.5,\"note\":\"half\"");
        assertJson(
                new Event.ExecutionEnded(
                        "j", AT, ID, ExecutionState.FAILED, Priority.LOW, "boom", 2, 5, Duration.ofMillis(9), 3, 2),
                "execution.failed",
                EXECUTION + ",\"priority\":\"low\",\"why\":\"boom\",\"attempt\":2,\"attempts\":5,\"durationMillis\":9"
                        + levels);
        assertJson(
                new Event.ExecutionEnded(
                        "j", AT, ID, ExecutionState.DROPPED, Priority.LOW, "dropped by x", 0, 1, null, 3, 2),
                "execution.dropped",
                EXECUTION
                        + ",\"priority\":\"low\",\"why\":\"dropped by x\",\"attempt\":0,\"attempts\":1,\"durationMillis\":null"
                        + levels);
        assertJson(new Event.LateOutcome("j", AT, ID, 2), "execution.late-outcome", EXECUTION + ",\"attempt\":2");
    }

    @Test
    void showsHowLateATickBegan() {
        assertThat(EventWire.encode(
                                1,
                                new Event.ExecutionBegan(
                                        "j", AT, ID, Priority.LOW, 1, Duration.ofMillis(3), Duration.ZERO, null, 0, 1))
                        .getLong("tickLagMillis"))
                .isEqualTo(3);
    }
}

package dev.latido.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionId;
import dev.latido.outcome.Outcome;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class EventWireTest {

    private static final Instant AT = Instant.parse("2026-01-01T00:00:00.123Z");
    private static final ExecutionId ID = new ExecutionId(42);

    private static void assertJson(Event event, String rest) {
        String expected = "{\"seq\":7,\"type\":\"" + event.type()
                + "\",\"job\":\"j\",\"at\":\"2026-01-01T00:00:00.123Z\"" + rest + "}";
        assertThat(EventWire.encode(7, event).encode()).isEqualTo(expected);
    }

    @Test
    void showsEachKindWithItsFields() {
        assertJson(new Event.JobStarted("j", AT), "");
        assertJson(new Event.JobStopped("j", AT, 1), ",\"inFlight\":1");
        assertJson(
                new Event.RunBegan("j", AT, ID, Duration.ofMillis(3)),
                ",\"execution\":\"000000000001a\",\"lagMillis\":3");
        assertJson(
                new Event.RunEnded("j", AT, ID, new Outcome.Success(), Duration.ofMillis(9)),
                ",\"execution\":\"000000000001a\",\"outcome\":\"succeeded\",\"durationMillis\":9");
        assertJson(
                new Event.RunEnded("j", AT, ID, new Outcome.Failure("boom"), Duration.ofMillis(9)),
                ",\"execution\":\"000000000001a\",\"outcome\":\"failed\",\"durationMillis\":9,\"error\":\"boom\"");
        assertJson(new Event.TickCoalesced("j", AT), "");
        assertJson(new Event.TicksMissed("j", AT, 12), ",\"count\":12");
    }
}

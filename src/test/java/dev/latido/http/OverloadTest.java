package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.client.CommandConfig;
import dev.latido.client.CommandConfig.WhenFull;
import dev.latido.protocol.Health;
import dev.latido.protocol.JobStatus;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What callers are told when the owner does not answer, or does not answer fast enough. */
class OverloadTest {

    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String START = "POST /api/job/start HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
    private static final String STATUS = "GET /api/job/status HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String READY = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String LIVE = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static CommandConfig commands(int maxInFlight, WhenFull whenFull, int maxWaiting, Duration timeout) {
        return new CommandConfig(maxInFlight, whenFull, maxWaiting, timeout);
    }

    @Test
    void silentOwnerIsGatewayTimeout() {
        try (Edge edge = Edge.withSilentOwner(commands(10, WhenFull.WAIT, 10, SHORT))) {
            RawResponse answer = RawClient.exchange(edge.port(), START);
            answer.assertProblem(504, "owner-silent");
            assertThat(answer.json().getString("detail")).contains("repeating the command is safe");
            assertRetryAfter(answer);
        }
    }

    @Test
    void missingOwnerIsUnavailable() {
        try (Edge edge = Edge.withoutOwner(commands(10, WhenFull.WAIT, 10, LONG))) {
            assertRetryAfter(RawClient.exchange(edge.port(), STATUS).assertProblem(503, "no-owner"));
        }
    }

    @Test
    void callerBeyondTheLimitIsRefusedAtOnceWhenSoConfigured() {
        try (Edge edge = Edge.withSilentOwner(commands(1, WhenFull.REJECT, 0, LONG));
                RawClient first = new RawClient(edge.port())) {
            first.send(START);
            await().until(() -> edge.commands().size() == 1);
            assertRetryAfter(RawClient.exchange(edge.port(), START).assertProblem(503, "no-room"));
            assertThat(edge.commands()).as("what reached the owner").hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"WAIT, 1", "WAIT, 0"})
    void callerWhoFindsNoPlaceInTimeIsRefused(WhenFull whenFull, int maxWaiting) {
        try (Edge edge = Edge.withSilentOwner(commands(1, whenFull, maxWaiting, SHORT))) {
            RawClient.exchange(edge.port(), START).assertProblem(504, "owner-silent"); // and keeps its place
            assertRetryAfter(RawClient.exchange(edge.port(), START).assertProblem(503, "no-room"));
        }
    }

    @Test
    void waitingCallerIsAnsweredOnceThereIsAPlace() {
        try (Edge edge = Edge.withSilentOwner(commands(1, WhenFull.WAIT, 10, LONG));
                RawClient first = new RawClient(edge.port());
                RawClient second = new RawClient(edge.port())) {
            first.send(START);
            await().until(() -> edge.commands().size() == 1);
            second.send(START);
            edge.commands().remove().reply(new JobStatus(true, 7, Instant.EPOCH, "first"));
            JsonObject answer = first.read().json();
            assertThat(answer.getString("message")).isEqualTo("first");
            assertThat(answer.getLong("executionCount")).isEqualTo(7);
            assertThat(answer.getString("lastExecutionTime")).isEqualTo("1970-01-01T00:00:00Z");
            await().until(() -> edge.commands().size() == 1);
            edge.commands().remove().reply(new JobStatus(true, 7, Instant.EPOCH, "second"));
            assertThat(second.read().json().getString("message")).isEqualTo("second");
        }
    }

    @Test
    void stuckOwnerMakesUnreadyButNotDead() {
        try (Edge edge = Edge.withSilentOwner(commands(10, WhenFull.WAIT, 10, LONG))) {
            RawResponse ready = RawClient.exchange(edge.port(), READY);
            assertThat(ready.status()).isEqualTo(503);
            assertThat(ready.json().getString("status")).isEqualTo("DOWN");
            assertThat(ready.json().getJsonArray("checks"))
                    .contains(new JsonObject().put("id", "owner").put("status", "DOWN"));
            assertThat(RawClient.exchange(edge.port(), LIVE).status()).isEqualTo(200);
        }
    }

    @Test
    void callersWhoFillTheLimitDoNotMakeUnready() {
        try (Edge edge = Edge.withSilentOwner(commands(1, WhenFull.REJECT, 0, LONG));
                RawClient first = new RawClient(edge.port())) {
            edge.answerHealth();
            first.send(START);
            await().until(() -> edge.commands().size() == 1);
            RawClient.exchange(edge.port(), STATUS).assertProblem(503, "no-room");
            assertThat(RawClient.exchange(edge.port(), READY).json().getString("status"))
                    .isEqualTo("UP");
        }
    }

    @Test
    void anOwnerThatIsLongOverdueWithItsWorkIsNotReady() {
        try (Edge edge = Edge.withSilentOwner(commands(1, WhenFull.REJECT, 0, LONG))) {
            edge.answerHealth(new Health(List.of(), Health.MAX_OVERDUE, null));
            assertThat(RawClient.exchange(edge.port(), READY).status()).isEqualTo(200);
            edge.answerHealth(new Health(List.of(), Health.MAX_OVERDUE.plusMillis(1), null));
            assertThat(RawClient.exchange(edge.port(), READY).status()).isEqualTo(503);
        }
    }

    @Test
    void faultIsOneLineInTheLogAndTellsTheClientNothing() {
        try (Edge edge = Edge.withSilentOwner(commands(1, WhenFull.WAIT, 1, SHORT));
                LogRecorder log = new LogRecorder()) {
            RawClient.exchange(edge.port(), "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .assertProblem(500, "fault");
            assertThat(log.lines()).singleElement().asString().contains("GET /metrics failed");
        }
    }

    private static void assertRetryAfter(RawResponse answer) {
        assertThat(answer.header("Retry-After").map(Integer::parseInt))
                .hasValueSatisfying(seconds -> assertThat(seconds).isBetween(1, 60));
    }
}

package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.client.CommandConfig;
import dev.latido.client.CommandConfig.WhenFull;
import dev.latido.protocol.JobStatus;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That an error where nobody expects one costs one request its answer and nothing else. */
class FaultTest {

    private static final CommandConfig COMMANDS = new CommandConfig(2, WhenFull.WAIT, 10, Duration.ofSeconds(20));
    private static final String STATUS = "GET /api/job/status HTTP/1.1\r\nHost: localhost\r\n\r\n";

    /** Something that no code of ours throws. */
    enum Kind {
        STACK {
            @Override
            RuntimeException raise() {
                return endlessly(0);
            }

            @SuppressWarnings("InfiniteRecursion")
            private RuntimeException endlessly(int depth) {
                return depth < 0 ? new IllegalStateException() : endlessly(depth + 1);
            }
        },
        CLASS {
            @Override
            RuntimeException raise() {
                throw new NoClassDefFoundError("Could not initialize class com.example.Secret");
            }
        },
        ASSERTION {
            @Override
            RuntimeException raise() {
                throw new AssertionError("com.example.Secret");
            }
        },
        EXCEPTION {
            @Override
            RuntimeException raise() {
                throw new IllegalStateException("com.example.Secret");
            }
        };

        abstract RuntimeException raise();
    }

    @ParameterizedTest
    @EnumSource
    void costsTheRequestItsAnswer(Kind kind) {
        try (Edge edge = Edge.withSilentOwner(COMMANDS);
                LogRecorder log = new LogRecorder()) {
            for (String where : new String[] {"GET /api/summary", "POST /api/jobs/heartbeat/executions/batch"}) {
                log.clear();
                String headers = where.startsWith("POST")
                        ? "Content-Type: application/json\r\nContent-Length: 4\r\n\r\n[{}]"
                        : "\r\n";
                edge.failingClock(kind::raise);
                RawClient.exchange(edge.port(), where + " HTTP/1.1\r\nHost: localhost\r\n" + headers)
                        .assertProblem(500, "fault");
                edge.failingClock(null);
                assertThat(log.lines()).filteredOn(line -> line.contains(where)).hasSize(1);
                assertAnswers(edge);
            }
        }
    }

    private static void assertAnswers(Edge edge) {
        try (RawClient raw = new RawClient(edge.port())) {
            for (int i = 0; i < 5; i++) { // more than may be under way
                raw.send(STATUS);
                await().until(() -> !edge.commands().isEmpty());
                edge.commands().remove().reply(new JobStatus(true, i, Instant.EPOCH, "m"));
                assertThat(raw.read().json().getInteger("executionCount")).isEqualTo(i);
            }
        }
    }

    /** The answer to a command comes long after its handler has returned. */
    @ParameterizedTest
    @EnumSource
    void costsTheRequestItsAnswerWhenItComesLater(Kind kind) {
        try (Edge edge = Edge.withSilentOwner(COMMANDS);
                RawClient raw = new RawClient(edge.port());
                LogRecorder log = new LogRecorder()) {
            edge.failingObserver(kind::raise);
            for (int i = 0; i < 5; i++) {
                raw.send(STATUS);
                await().until(() -> !edge.commands().isEmpty());
                edge.commands().remove().reply(new JobStatus(true, i, Instant.EPOCH, "m"));
                assertThat(raw.read().status()).isEqualTo(200);
            }
            await().until(() -> log.lines().size() >= 5); // told once the answer is on its way
            assertThat(log.lines()).hasSize(5).allMatch(line -> line.contains("Unhandled exception"));
        }
    }

    /** The clock is read once a second for the date. */
    @ParameterizedTest
    @EnumSource
    void onATimerEndsNothing(Kind kind) {
        try (Edge edge = Edge.withSilentOwner(COMMANDS);
                LogRecorder log = new LogRecorder()) {
            edge.failingClock(kind::raise);
            await().until(() -> log.lines().size() >= 2); // it comes again
            edge.failingClock(null);
            assertAnswers(edge);
        }
    }
}

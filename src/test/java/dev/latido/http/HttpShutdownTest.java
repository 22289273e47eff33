package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.latido.client.CommandConfig;
import dev.latido.protocol.JobStatus;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpShutdownTest {

    private static final Duration GRACE = Duration.ofSeconds(20);
    private static final String START = "POST /api/job/start HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
    private static final String LIVE = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String READY = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final Edge edge =
            Edge.withSilentOwner(new CommandConfig(10, CommandConfig.WhenFull.WAIT, 10, Duration.ofSeconds(30)));

    @AfterEach
    void close() {
        edge.close();
    }

    @Test
    void answersWhatIsUnderWayClosesWhatIsIdleAndAcceptsNothingNew() throws Exception {
        try (RawClient busy = new RawClient(edge.port());
                RawClient idle = new RawClient(edge.port());
                RawClient fresh = new RawClient(edge.port())) {
            assertThat(idle.send(LIVE).read().status()).isEqualTo(200);
            busy.send(START);
            await().until(() -> edge.commands().size() == 1);
            int port = edge.port();

            Future<Void> closed = edge.http().shutdown(GRACE);
            assertThat(idle.readUntilClosed()).isEmpty();
            assertThat(fresh.readUntilClosed()).isEmpty();
            await().untilAsserted(() -> assertThatThrownBy(() -> connect(port)).isInstanceOf(IOException.class));
            assertThat(closed.isComplete()).as("while a request is under way").isFalse();

            edge.commands().remove().reply(new JobStatus(true, 1, Instant.EPOCH, "late but true"));
            assertThat(busy.read().json().getString("message")).isEqualTo("late but true");
            assertThat(busy.readUntilClosed()).isEmpty();
            closed.await(10, TimeUnit.SECONDS);
        }
    }

    private static void connect(int port) throws IOException {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
    }

    @Test
    void takesTheRestOfBodyThatWasUnderWay() throws Exception {
        try (RawClient busy = new RawClient(edge.port());
                RawClient idle = new RawClient(edge.port())) {
            busy.send(
                    "POST /api/job/start HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            assertThat(busy.read().status()).isEqualTo(100);
            Future<Void> closed = edge.http().shutdown(GRACE);
            assertThat(idle.readUntilClosed()).isEmpty();
            busy.send("{}");
            await().until(() -> edge.commands().size() == 1);
            edge.commands().remove().reply(new JobStatus(true, 1, Instant.EPOCH, "done"));
            assertThat(busy.read().status()).isEqualTo(200);
            closed.await(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void failsWhenSomethingIsNotAnsweredInTime() {
        try (RawClient busy = new RawClient(edge.port())) {
            busy.send(START);
            await().until(() -> edge.commands().size() == 1);
            Future<Void> closed = edge.http().shutdown(Duration.ofMillis(200));
            assertThatThrownBy(() -> closed.await(10, TimeUnit.SECONDS)).hasMessageContaining("still under way");
            assertThat(busy.readUntilClosed()).isEmpty();
        }
    }

    @Test
    void isUnreadyAtOnceButGoesOnAnswering() {
        edge.http().notReady();
        try (RawClient client = new RawClient(edge.port())) {
            RawResponse ready = client.send(READY).read();
            assertThat(ready.status()).isEqualTo(503);
            assertThat(ready.json().getString("status")).isEqualTo("DOWN");
            assertThat(client.send(LIVE).read().status()).isEqualTo(200);
        }
    }

    @Test
    void refusesPortThatIsTakenAndNamesIt() {
        int taken = edge.port();
        assertThatThrownBy(() -> Edge.withSilentOwner(CommandConfig.DEFAULT, "http.port", String.valueOf(taken))
                        .close())
                .hasMessageContaining("127.0.0.1:" + taken)
                .hasMessageContaining("http.port")
                .hasMessageContaining("in use");
    }

    @Test
    void lostClientDoesNotDelayTheShutdown() throws Exception {
        try (RawClient busy = new RawClient(edge.port())) {
            busy.send(START);
            await().until(() -> edge.commands().size() == 1);
            busy.reset();
        } catch (UncheckedIOException closedTwice) {
            throw new AssertionError(closedTwice);
        }
        edge.http().shutdown(GRACE).await(10, TimeUnit.SECONDS);
    }
}

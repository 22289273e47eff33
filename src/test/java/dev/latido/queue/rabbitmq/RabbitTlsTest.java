package dev.latido.queue.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.queue.BrokerConfig.Login;
import dev.latido.queue.Certificates;
import dev.latido.queue.Member;
import dev.latido.queue.Message;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.room.FullMode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS to a real RabbitMQ, whose certificate is of {@code localhost} only. */
@Timeout(240)
class RabbitTlsTest {

    @TempDir
    static Path directory;

    private static Certificates certificates;
    private static RabbitServer server;
    private static int port;
    private RabbitBed bed;

    @BeforeAll
    static void serve() throws Exception {
        certificates = new Certificates(directory.resolve("known"));
        Certificates.Signed proof = certificates.signed("rabbit", "dns:localhost");
        port = RabbitServer.freePort();
        server = RabbitServer.start(
                "listeners.ssl.1 = 127.0.0.1:" + port,
                "ssl_options.cacertfile = " + certificates.authority,
                "ssl_options.certfile = " + proof.certificate(),
                "ssl_options.keyfile = " + proof.key());
    }

    @AfterAll
    static void end() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void begin() {
        bed = new RabbitBed(server);
    }

    @AfterEach
    void clear() {
        bed.close();
    }

    private Member open(String host, int to, @Nullable Path caFile) {
        RabbitConfig config = new RabbitConfig(
                "amqps://" + host + ":" + to,
                host,
                to,
                true,
                "/",
                () -> new Login(null, null),
                caFile == null ? null : caFile.toString());
        QueueBinding binding = new QueueBinding(
                RabbitBed.QUEUE,
                "latido",
                List.of(Priority.NORMAL),
                Duration.ofSeconds(30),
                0,
                FullMode.REJECT,
                100_000,
                Duration.ofHours(24),
                Duration.ofHours(1),
                Existing.ASK,
                true);
        Member member = bed.member("shop", binding, config);
        member.open();
        return member;
    }

    private void assertRefused(Member member, String... told) {
        bed.await("a reason", () -> !member.downs().isEmpty());
        assertThat(member.downs().get(0)).contains(told);
        assertThat(member.ups()).isZero();
    }

    @Test
    void isProvedByAnAuthorityInAFile() {
        Member shop = open("localhost", port, certificates.authority);
        bed.await("it to be up", shop::isUp);
        bed.get(shop.enqueue(new Message("a", false, "1", Priority.NORMAL, Duration.ZERO, Map.of())));
        shop.dequeue(1);
        bed.await("the message", () -> shop.arrived().size() == 1);
    }

    @Test
    void anAuthorityThatNobodyKnowsProvesNothing() throws Exception {
        assertRefused(open("localhost", port, null), "amqps://localhost:" + port, "caFile");
        Path other = new Certificates(directory.resolve("other")).authority;
        assertRefused(open("localhost", port, other), "caFile");
    }

    @Test
    void aCertificateOfAnotherHostProvesNothing() {
        assertRefused(open("127.0.0.1", port, certificates.authority), "another host");
    }

    @Test
    void saysThatThereIsNoTls() throws IOException {
        assertRefused(open("localhost", server.port(), certificates.authority), "amqp://");
    }
}

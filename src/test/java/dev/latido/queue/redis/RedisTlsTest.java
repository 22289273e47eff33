package dev.latido.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.queue.BrokerConfig;
import dev.latido.queue.BrokerType;
import dev.latido.queue.Certificates;
import dev.latido.queue.Delivery;
import dev.latido.queue.Member;
import dev.latido.queue.Message;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.queue.Settlement;
import dev.latido.room.FullMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Redis with TLS: who it is has to be proved, by somebody who is trusted, and for the host that was asked for. */
@Timeout(240)
class RedisTlsTest {

    @TempDir
    Path directory;

    private Certificates certificates;
    private @Nullable RedisBed bed;
    private int tlsPort;

    @BeforeEach
    void begin() throws Exception {
        certificates = new Certificates(directory.resolve("ca"));
    }

    @AfterEach
    void end() {
        if (bed != null) {
            bed.close();
        }
    }

    private void serve(Certificates.Signed proof) throws Exception {
        tlsPort = RedisServer.freePort();
        bed = new RedisBed(RedisServer.start(
                "--tls-port",
                String.valueOf(tlsPort),
                "--tls-auth-clients",
                "no",
                "--tls-cert-file",
                proof.certificate().toString(),
                "--tls-key-file",
                proof.key().toString(),
                "--tls-ca-cert-file",
                certificates.authority.toString()));
    }

    private static RedisConfig config(String host, int port, boolean isSecure, @Nullable Path caFile) {
        return RedisConfig.of(new BrokerConfig(
                BrokerType.REDIS,
                host,
                port,
                isSecure,
                null,
                null,
                null,
                0,
                "",
                caFile == null ? null : caFile.toString(),
                List.of(),
                "",
                null));
    }

    private Member join(RedisConfig config) {
        QueueBinding binding = new QueueBinding(
                "orders",
                "latido",
                List.of(Priority.NORMAL),
                Duration.ofMinutes(10),
                0,
                FullMode.REJECT,
                100_000,
                Duration.ofHours(24),
                Duration.ofHours(1),
                Existing.ASK,
                true);
        Member shop = bed().member("shop", binding, config);
        shop.open();
        return shop;
    }

    private RedisBed bed() {
        if (bed == null) {
            throw new IllegalStateException("nobody serves");
        }
        return bed;
    }

    /** Waits until it says why it does not connect; it never does. */
    private void assertRefused(RedisConfig config, String... told) {
        Member shop = join(config);
        bed().await("a reason", () -> !shop.downs().isEmpty());
        assertThat(shop.downs().get(0)).contains(told);
        assertThat(shop.ups()).isZero();
    }

    @Test
    void isProvedByAnAuthorityInAFile() throws Exception {
        serve(certificates.signed("redis", "dns:localhost,ip:127.0.0.1"));
        for (String host : List.of("localhost", "127.0.0.1")) {
            Member shop = join(config(host, tlsPort, true, certificates.authority));
            bed().await("it to be up", shop::isUp);
            bed().get(shop.enqueue(
                    new Message(host, false, "\"" + host + "\"", Priority.NORMAL, Duration.ZERO, Map.of())));
            shop.dequeue(1);
            bed().await("the message", () -> !shop.arrived().isEmpty());
            Delivery delivery = shop.arrived().get(0);
            assertThat(delivery.payload()).isEqualTo("\"" + host + "\"");
            bed().get(shop.settle(delivery, new Settlement.Ack(null)));
            assertThat(shop.downs()).isEmpty();
            bed().get(shop.close());
        }
    }

    @Test
    void anAuthorityThatNobodyKnowsProvesNothing() throws Exception {
        serve(certificates.signed("redis", "dns:localhost"));
        assertRefused(config("localhost", tlsPort, true, null), "rediss://localhost:" + tlsPort, "caFile");
        Path other = new Certificates(directory.resolve("other")).authority;
        assertRefused(config("localhost", tlsPort, true, other), "caFile");
    }

    @Test
    void aCertificateOfAnotherHostProvesNothing() throws Exception {
        serve(certificates.signed("redis", "dns:other.test"));
        assertRefused(config("localhost", tlsPort, true, certificates.authority), "of another host", "by a name");
        assertRefused(config("127.0.0.1", tlsPort, true, certificates.authority), "of another host");
    }

    @Test
    void aCertificateThatHasExpiredProvesNothing() throws Exception {
        serve(certificates.signed("redis", "dns:localhost", "-startdate", "-3d", "-validity", "1"));
        assertRefused(config("localhost", tlsPort, true, certificates.authority), "has expired");
    }

    @Test
    void aServerWithoutTlsIsToldApart() throws Exception {
        serve(certificates.signed("redis", "dns:localhost"));
        assertRefused(config("localhost", bed().server.port(), true, certificates.authority), "does not speak TLS");
        assertRefused(config("localhost", tlsPort, false, null), "redis://localhost:" + tlsPort, "wants TLS");
    }

    /** It is read at each connect, as authorities change. */
    @Test
    void aFileThatIsMendedIsFoundByItself() throws Exception {
        serve(certificates.signed("redis", "dns:localhost"));
        Path file = directory.resolve("trusted.pem");
        Member shop = join(config("localhost", tlsPort, true, file));
        bed().await("a reason", () -> told(shop, "trusted.pem: no such file"));
        for (String wrong : List.of("nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")) {
            Files.writeString(file, wrong);
            bed().await("another", () -> told(shop, "trusted.pem: there are no certificates in PEM in it"));
        }
        assertThat(shop.ups()).isZero();
        Files.copy(certificates.authority, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        bed().await("it to be up", shop::isUp);
    }

    private static boolean told(Member member, String part) {
        return member.downs().stream().anyMatch(why -> why.contains(part));
    }
}

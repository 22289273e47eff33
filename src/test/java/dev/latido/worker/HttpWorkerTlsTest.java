package dev.latido.worker;

import static dev.latido.worker.Outcomes.failure;
import static dev.latido.worker.Outcomes.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.BlockedThreadGuard;
import dev.latido.job.ResultBound;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SelfSignedCertificate;
import io.vertx.ext.web.client.WebClientOptions;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A connection to a pinned address is still one to the name. */
class HttpWorkerTlsTest {

    private static final SelfSignedCertificate CERTIFICATE = SelfSignedCertificate.create("worker.test");

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final Queue<String> serverNames = new ConcurrentLinkedQueue<>();
    private int port;

    @BeforeEach
    void serve() {
        HttpServer server = vertx.createHttpServer(new HttpServerOptions()
                        .setSsl(true)
                        .setSni(true)
                        .setKeyCertOptions(CERTIFICATE.keyCertOptions()))
                .requestHandler(request -> {
                    serverNames.add(request.connection().indicatedServerName());
                    request.response().end();
                });
        port = server.listen(0, "127.0.0.1").await().actualPort();
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @AfterAll
    static void delete() {
        CERTIFICATE.delete();
    }

    private Future<@Nullable String> call(String host, WebClientOptions options) {
        return new HttpWorker(
                        HttpClients.of(vertx, options),
                        name -> Future.succeededFuture(List.of(InetAddress.getLoopbackAddress())),
                        any -> true,
                        URI.create("https://" + host + ":" + port),
                        new HeaderValues(vertx, "jobs.import.worker", List.of()),
                        Duration.ofMinutes(1),
                        new Results(ResultBound.DEFAULT),
                        InstantSource.system())
                .perform(new FakeTask(1, null));
    }

    private static WebClientOptions trusting() {
        return new WebClientOptions().setTrustOptions(CERTIFICATE.trustOptions());
    }

    @Test
    void theServerIsAskedForItsNameAndProvesIt() {
        result(call("worker.test", trusting()));
        assertThat(serverNames).containsExactly("worker.test");
    }

    @Test
    void aCertificateOfAnotherNameIsAFailure() {
        assertThat(failure(call("other.test", trusting())))
                .isNotInstanceOf(WorkerUnavailableException.class)
                .hasMessageStartingWith("no secure connection to other.test:" + port + ": ");
        assertThat(serverNames).isEmpty();
    }

    @Test
    void aCertificateThatNobodyTrustsIsAFailure() {
        assertThat(failure(call("worker.test", new WebClientOptions())))
                .isNotInstanceOf(WorkerUnavailableException.class)
                .hasMessageStartingWith("no secure connection to worker.test:" + port + ": ");
        assertThat(serverNames).isEmpty();
    }
}

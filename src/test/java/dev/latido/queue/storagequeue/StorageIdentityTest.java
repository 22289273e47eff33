package dev.latido.queue.storagequeue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.queue.Certificates;
import dev.latido.queue.Member;
import dev.latido.queue.Message;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.room.FullMode;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who a workload identity is, by TLS: at an Azurite that looks at tokens, and a stand-in for the authority that gives them. */
@Timeout(240)
class StorageIdentityTest {

    private static final String ASSERTION = "ey.signed.by-kubernetes";

    @TempDir
    static Path directory;

    private static Certificates certificates;
    private static AzuriteServer server;
    private StorageBed bed;
    private HttpServer authority;
    private final Queue<MultiMap> forms = new ConcurrentLinkedQueue<>();
    private final Queue<String> paths = new ConcurrentLinkedQueue<>();
    private volatile int lifetimeSeconds = 3_600;
    private volatile long firstGivenAt;
    private volatile boolean isRefusing;

    @BeforeAll
    static void start() throws Exception {
        certificates = new Certificates(directory.resolve("certificates"));
        Certificates.Signed signed = certificates.signed("azurite", "ip:127.0.0.1");
        server = AzuriteServer.start(
                "--oauth",
                "basic",
                "--cert",
                signed.certificate().toString(),
                "--key",
                signed.key().toString());
    }

    @AfterAll
    static void end() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void begin() throws Exception {
        bed = new StorageBed(server);
        authority = bed.vertx.createHttpServer().requestHandler(this::serve);
        var listening = authority.listen(0, "127.0.0.1");
        Awaitility.await().until(listening::isComplete);
        Files.writeString(directory.resolve("assertion"), ASSERTION + "\n");
    }

    @AfterEach
    void clear() {
        bed.close();
    }

    private void serve(HttpServerRequest request) {
        request.setExpectMultipart(true);
        request.endHandler(whole -> {
            firstGivenAt = forms.isEmpty() ? System.nanoTime() : firstGivenAt;
            forms.add(request.formAttributes());
            paths.add(request.path());
            JsonObject answer = isRefusing
                    ? new JsonObject()
                            .put("error", "invalid_client")
                            .put("error_description", "AADSTS70021: no\r\nTrace")
                    : new JsonObject()
                            .put("token_type", "Bearer")
                            .put("access_token", token())
                            .put("expires_in", lifetimeSeconds);
            request.response()
                    .setStatusCode(isRefusing ? 401 : 200)
                    .putHeader("Content-Type", "application/json")
                    .end(answer.encode());
        });
    }

    private String token() {
        long now = System.currentTimeMillis() / 1_000;
        JsonObject claims = new JsonObject()
                .put("aud", "https://storage.azure.com")
                .put("iss", "https://sts.windows.net/9b1f708d-50f6-404c-a006-d71b2ac7a606/")
                .put("iat", now - 5)
                .put("nbf", now - 5)
                .put("exp", now + lifetimeSeconds);
        return coded("{\"alg\":\"none\",\"typ\":\"JWT\"}") + "." + coded(claims.encode()) + "." + coded("signed");
    }

    private static String coded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private Member opened(@Nullable Path caFile) {
        JsonObject section = new JsonObject()
                .put("type", "storage-queue")
                .put("account", AzuriteServer.ACCOUNT)
                .put("url", "https://127.0.0.1:" + server.port() + "/" + AzuriteServer.ACCOUNT)
                .put(
                        "identity",
                        new JsonObject()
                                .put("tenant", "9b1f708d-50f6-404c-a006-d71b2ac7a606")
                                .put("client", "f997392c-e15a-4ad8-af9e-cd6966caba7f")
                                .put("authority", "http://127.0.0.1:" + authority.actualPort() + "/")
                                .put("tokenFile", directory.resolve("assertion").toString()));
        if (caFile != null) {
            section.put("caFile", caFile.toString());
        }
        QueueBinding binding = new QueueBinding(
                StorageBed.QUEUE,
                "latido",
                List.of(Priority.NORMAL),
                Duration.ofMinutes(10),
                0,
                FullMode.REJECT,
                1_000,
                Duration.ofHours(24),
                Duration.ofHours(1),
                Existing.ASK,
                true);
        Member member = bed.member("shop", binding, AzuriteServer.config(section));
        member.open();
        return member;
    }

    private static Message message(String key) {
        return new Message(key, false, "1", Priority.NORMAL, Duration.ZERO, Map.of());
    }

    private static String last(Member member) {
        List<String> downs = member.downs();
        return downs.isEmpty() ? "" : downs.get(downs.size() - 1);
    }

    @Test
    void exchangesWhatItIsForATokenAndRenewsThatInTime() {
        lifetimeSeconds = 20;
        Member shop = opened(certificates.authority);
        bed.await("it to be up", shop::isUp);
        shop.dequeue(100);
        bed.get(shop.enqueue(message("a")));
        bed.await("it to come", () -> shop.keys().contains("a"));
        bed.await("it to be renewed", () -> forms.size() >= 2);
        assertThat(System.nanoTime() - firstGivenAt)
                .as("before the first one was over")
                .isLessThan(Duration.ofSeconds(lifetimeSeconds).toNanos());
        bed.get(shop.enqueue(message("b")));
        bed.await("it to come", () -> shop.keys().contains("b"));
        assertThat(shop.downs()).isEmpty();
        assertThat(paths).allMatch(path -> path.equals("/9b1f708d-50f6-404c-a006-d71b2ac7a606/oauth2/v2.0/token"));
        MultiMap form = forms.remove();
        assertThat(form.get("client_id")).isEqualTo("f997392c-e15a-4ad8-af9e-cd6966caba7f");
        assertThat(form.get("client_assertion")).isEqualTo(ASSERTION);
        assertThat(form.get("client_assertion_type"))
                .isEqualTo("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        assertThat(form.get("grant_type")).isEqualTo("client_credentials");
        assertThat(form.get("scope")).isEqualTo("https://storage.azure.com/.default");
    }

    @Test
    void saysWhatTheAuthoritySaysAndShowsNoneOfWhatItWasSent() throws Exception {
        isRefusing = true;
        Member shop = opened(certificates.authority);
        bed.await("word of it", () -> last(shop).contains("refuses: invalid_client: AADSTS70021: no"));
        assertThat(last(shop)).contains("the authority 127.0.0.1").doesNotContain("Trace", ASSERTION);
        Files.delete(directory.resolve("assertion"));
        bed.await("word of it", () -> last(shop).contains("cannot be read"));
        isRefusing = false;
        Files.writeString(directory.resolve("assertion"), "ey.other.one");
        bed.await("it to be up", shop::isUp);
        assertThat(forms).anyMatch(form -> form.get("client_assertion").equals("ey.other.one"));
    }

    @Test
    void trustsNobodyWhomItWasNotToldToTrust() {
        Member shop = opened(null);
        bed.await("word of it", () -> !last(shop).isEmpty());
        assertThat(last(shop)).contains("its certificate is of nobody who is trusted");
    }
}

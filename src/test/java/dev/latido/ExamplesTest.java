package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.cluster.ChildProcess;
import dev.latido.http.CheckedClient;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The files of {@code conf/examples} at work, over real HTTP and the bus. */
class ExamplesTest {

    private @Nullable Service service;

    @AfterEach
    void stop() {
        if (service != null) {
            service.stop();
        }
    }

    private Vertx start(String example, String... settings) throws Exception {
        Map<String, Object> yaml = new Yaml().load(Files.readString(Path.of("conf", "examples", example + ".yaml")));
        List<String> all = new ArrayList<>(List.of("shutdown.grace", "1s"));
        all.addAll(List.of(settings));
        Service started = Services.start(new JsonObject(yaml), all.toArray(String[]::new));
        service = started;
        return started.vertx();
    }

    private CheckedClient client() {
        return new CheckedClient(service == null ? -1 : service.port());
    }

    private HttpResponse<String> get(String path) {
        return client().get(path);
    }

    private HttpResponse<String> post(String path, String body) {
        return client().post(path, body);
    }

    private JsonObject job(String name) throws Exception {
        return new JsonObject(get("/api/jobs/" + name).body());
    }

    private long counter(String job, String name) throws Exception {
        return job(job).getJsonObject("counters").getLong(name);
    }

    /** Hands in {@code count} items, each payload made from its number, in batches. */
    private void submit(String job, int count, String payload) throws Exception {
        for (int from = 0; from < count; from += 1_000) {
            JsonArray items = new JsonArray();
            IntStream.range(from, Math.min(count, from + 1_000))
                    .forEach(i ->
                            items.add(new JsonObject().put("payload", new JsonObject(payload.replace("#", "" + i)))));
            assertThat(post("/api/jobs/" + job + "/executions/batch", items.encode())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    /** Consumes the work of {@code job}; it is answered when the test does so. */
    private static Queue<Message<JsonObject>> work(Vertx vertx, String job) {
        Queue<Message<JsonObject>> messages = new ConcurrentLinkedQueue<>();
        vertx.eventBus()
                .<JsonObject>consumer("latido.work." + job, messages::add)
                .completion()
                .await();
        return messages;
    }

    private static Message<JsonObject> take(Queue<Message<JsonObject>> messages) {
        await().until(() -> !messages.isEmpty());
        return messages.remove();
    }

    @Test
    void emailIsSentByAnotherProcessAndSlowSendersHoldProducersUp() throws Exception {
        int port = freePort();
        start(
                "email",
                "cluster.enabled",
                "true",
                "cluster.name",
                "latido-examples",
                "cluster.port",
                "" + port,
                "cluster.members",
                "127.0.0.1:" + port);
        try (ChildProcess sender = ChildProcess.start(
                ChildProcess.ownClassPath(), ExampleWorkers.class.getName(), "" + freePort(), "127.0.0.1:" + port)) {
            sender.await("ready"::equals);
            HttpResponse<String> sent = client().send(client().posting(
                            "/api/jobs/email/executions", "{\"recipient\":\"ada@example.org\",\"message\":\"hello\"}")
                    .header("Prefer", "wait=20"));
            assertThat(new JsonObject(sent.body()).getString("state")).isEqualTo("succeeded");
            assertThat(new JsonObject(sent.body()).getJsonObject("result")).isEqualTo(new JsonObject().put("sent", 5));
            assertThat(sender.await("sent to ada@example.org"::equals)).isNotNull();
        }
    }

    @Test
    void emailProducersWaitWhileTheQueueIsFull() throws Exception {
        Queue<Message<JsonObject>> mails = work(start("email"), "email");
        submit("email", 503, "{\"recipient\":\"r#\",\"message\":\"m\"}");
        await().until(() -> mails.size() == 3);
        assertThat(job("email").getString("why")).contains("500 queued", "3 of 3 taken");

        CompletableFuture<HttpResponse<String>> waiting = client().sendLater(
                        client().posting("/api/jobs/email/executions", "{\"recipient\":\"last\",\"message\":\"m\"}"));
        await().until(() -> job("email").getJsonObject("queue").getInteger("waitingProducers") == 1);
        assertThat(waiting).isNotDone();
        take(mails).reply(null);

        assertThat(waiting.join().statusCode()).isEqualTo(202);
    }

    @Test
    void imagesAreProcessedByPriority() throws Exception {
        Queue<Message<JsonObject>> images = work(start("images"), "images");
        submit("images", 2, "{\"image\":#}"); // both slots are taken
        await().until(() -> images.size() == 2);
        for (String priority : List.of("low", "normal", "critical", "high")) {
            assertThat(post("/api/jobs/images/executions?priority=" + priority, "{\"image\":\"" + priority + "\"}")
                            .statusCode())
                    .isEqualTo(202);
        }
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Message<JsonObject> image = take(images);
            order.add(String.valueOf(image.body().getJsonObject("payload").getValue("image")));
            image.reply(null);
        }
        assertThat(order.subList(2, 6)).containsExactly("critical", "high", "normal", "low");

        submit("images", 2, "{\"image\":#}");
        for (int i = 0; i < 100; i++) {
            post("/api/jobs/images/executions?priority=low", "{}");
        }
        HttpResponse<String> refused = post("/api/jobs/images/executions?priority=low", "{}");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(post("/api/jobs/images/executions?priority=high", "{}").statusCode())
                .isEqualTo(202);
    }

    @Test
    void logsLoseTheOldestLinesAndNeverHoldProducersUp() throws Exception {
        start("logs");
        post("/api/jobs/logs/stop", "");
        submit("logs", 10_025, "{\"line\":#}");

        assertThat(counter("logs", "dropped")).isEqualTo(25);
        JsonArray dropped = new JsonObject(
                        get("/api/jobs/logs/executions?state=dropped&limit=1").body())
                .getJsonArray("executions");
        JsonObject first =
                new JsonObject(get("/api/executions/" + dropped.getJsonObject(0).getString("id"))
                        .body());
        assertThat(first.getJsonObject("payload").getInteger("line")).isZero();
        assertThat(first.getString("note")).isEqualTo("dropped by drop-oldest");

        post("/api/jobs/logs/start", "");
        await().until(() -> counter("logs", "succeeded") == 10_000);
    }

    @Test
    void callsAreThrottled() throws Exception {
        Vertx server = Vertx.vertx();
        try {
            AtomicInteger now = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            int port = server.createHttpServer()
                    .requestHandler(call -> {
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        server.setTimer(5, ignored -> {
                            now.decrementAndGet();
                            call.response().end("{\"ok\":true}");
                        });
                    })
                    .listen(0, "127.0.0.1")
                    .await()
                    .actualPort();
            start("throttle", "jobs.calls.worker.url", "http://127.0.0.1:" + port + "/hook");
            submit("calls", 100, "{\"call\":#}");

            await().until(() -> counter("calls", "succeeded") == 100);
            assertThat(most).hasValue(2);
        } finally {
            server.close().await();
        }
    }

    @Test
    void eventsReachEveryHandlerAtItsOwnPace() throws Exception {
        Vertx vertx = start("events");
        Queue<Message<JsonObject>> invoices = work(vertx, "invoice");
        Queue<Message<JsonObject>> parcels = work(vertx, "warehouse");
        submit("order-placed", 3, "{\"order\":#}");

        for (int i = 0; i < 3; i++) {
            Message<JsonObject> parcel = take(parcels);
            assertThat(parcel.body().getJsonObject("payload").getInteger("order"))
                    .isEqualTo(i);
            parcel.reply(null);
        }
        await().until(() -> counter("statistics", "succeeded") == 3);
        assertThat(counter("invoice", "succeeded")).isZero();
        for (int i = 0; i < 3; i++) {
            take(invoices).reply(null);
        }
        await().until(() -> counter("invoice", "succeeded") == 3);
    }

    @Test
    void aSlowLastStageHoldsUpThePipelineUpToTheProducer() throws Exception {
        Vertx vertx = start("pipeline");
        for (String stage : List.of("extract", "transform")) {
            vertx.eventBus()
                    .<JsonObject>consumer(
                            "latido.work." + stage,
                            message -> message.reply(message.body().getValue("payload")))
                    .completion()
                    .await();
        }
        Queue<Message<JsonObject>> last = work(vertx, "load");
        // one in flight and 20 queued at the end, 2 and 20 in the middle, 1 and 20 at the front
        submit("extract", 64, "{\"row\":#}");
        await().until(() ->
                job("extract").getJsonObject("queue").getJsonObject("queued").getInteger("normal") == 20);

        CompletableFuture<HttpResponse<String>> producer =
                client().sendLater(client().posting("/api/jobs/extract/executions", "{\"row\":64}"));
        await().until(() -> job("extract").getJsonObject("queue").getInteger("waitingProducers") == 1);
        assertThat(job("extract").getString("why")).contains("waiting for room", "transform");
        assertThat(last).hasSize(1);

        take(last).reply(null);
        assertThat(producer.join().statusCode()).isEqualTo(202);
        for (int i = 0; i < 64; i++) {
            take(last).reply(null);
        }
        await().until(() -> counter("load", "succeeded") == 65);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}

package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.RawClient;
import dev.latido.http.RawResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A service that may take 1 MiB for work, from outside. */
class MemoryTest {

    private static final int MAX = 1_048_576;
    private static final int LONG = 50_000;

    private final HeldWorker worker = new HeldWorker();
    private final Service service = Services.start(
            new JsonObject()
                    .put(
                            "jobs",
                            new JsonObject()
                                    .put(
                                            "work",
                                            new JsonObject()
                                                    .put("worker", worker.config())
                                                    .put("concurrency", 3))
                                    .put(
                                            "none",
                                            new JsonObject()
                                                    .put("durability", "none")
                                                    .put("autoStart", false))),
            "maxMemory",
            Integer.toString(MAX),
            "jobs.work.queue.maxBytes",
            "10000000",
            "jobs.work.autoStart",
            "false",
            "shutdown.grace",
            "1s");
    private final RawClient client = new RawClient(service.port());

    @AfterEach
    void stop() {
        client.close();
        service.stop();
        worker.close();
    }

    private static String payload(int number) {
        return "\"" + number + "x".repeat(LONG) + "\"";
    }

    private static String post(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    /** A submission that comes as {@code rest} says. */
    private static String begun(String rest) {
        return "POST /api/jobs/work/executions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + rest;
    }

    private RawResponse submit(String job, String payload) {
        return client.send(post("/api/jobs/" + job + "/executions", payload)).read();
    }

    private RawResponse get(String path) {
        return client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .read();
    }

    private double metric(String name) {
        return get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    /** Four times the bound, in a queue that is not worked off: the texts are on the disk, and all of it comes back. */
    @Test
    void takesMoreDurableWorkThanFitsAndHandsAllOfItOut() {
        List<String> ids = new ArrayList<>();
        Set<String> payloads = new TreeSet<>();
        for (int i = 0; i < 80; i++) {
            RawResponse accepted = submit("work", payload(i));
            assertThat(accepted.status()).as(accepted.body()).isEqualTo(202);
            ids.add(new JsonObject(accepted.body()).getString("id"));
            payloads.add(payload(i));
        }
        assertThat(metric("latido_memory_used_bytes")).isLessThan(MAX * 0.75);
        for (int i : new int[] {0, 40, 79}) {
            assertThat(new JsonObject(get("/api/executions/" + ids.get(i)).body()).getString("payload"))
                    .isEqualTo(payload(i).replace("\"", ""));
        }
        worker.hold();
        client.send(post("/api/jobs/work/start", "")).read();
        for (int i = 0; i < 80; i++) {
            HeldWorker.Call call = worker.take();
            assertThat(payloads.remove(call.payload())).as("handed out once").isTrue();
            call.succeed();
        }
        await().atMost(Duration.ofSeconds(30))
                .until(() -> new JsonObject(get("/api/jobs/work").body())
                                .getJsonObject("counters")
                                .getInteger("succeeded")
                        == 80);
    }

    @Test
    void refusesABodyBeforeItIsReadWhenThereIsNoRoomAndGoesOnWithControl() {
        while (submit("none", payload(1)).status() == 202) {
            assertThat(metric("latido_memory_used_bytes")).isLessThanOrEqualTo(MAX);
        }
        RawClient other = new RawClient(service.port());
        RawResponse refused =
                other.send(begun("Content-Length: 120000\r\n\r\n")).read(); // though nothing of the body was sent
        other.close();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.body()).contains("urn:latido:problem:memory-full");
        assertThat(refused.header("Retry-After")).contains("1");
        try (RawClient control = new RawClient(service.port())) {
            assertThat(control.send(post("/api/jobs/none/start", "")).read().status())
                    .isEqualTo(200);
            assertThat(control.send("GET /api/job/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void givesBackWhatRequestsTook() {
        double before = metric("latido_memory_used_bytes");
        for (int i = 0; i < 50; i++) {
            assertThat(submit("nobody", payload(i)).status()).isEqualTo(404);
        }
        for (int i = 0; i < 50; i++) { // clients that go away in the middle
            RawClient gone = new RawClient(service.port());
            gone.send(begun("Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n"));
            gone.close();
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> metric("latido_memory_used_bytes") <= before);
    }

    /** Whatever a body's length is said to be, one is never as long as an eighth of all. */
    @Test
    void refusesForGoodWhatThereCanNeverBeRoomFor() {
        RawResponse refused =
                client.send(begun("Content-Length: 140000\r\n\r\n")).read();
        assertThat(refused.status()).isEqualTo(413);
        assertThat(refused.body()).contains("body-too-large");
    }
}

package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.RawClient;
import dev.latido.http.RawResponse;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** More work than the disk takes: what waits for it is bounded, and control goes on. */
class SlowDiskTest {

    private static final int SUBMISSIONS = 10;
    private static final String SUBMIT =
            "POST /api/jobs/work/executions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";

    private static int accepted(ApiClient api) throws ApiClient.Died {
        return api.get("/api/jobs/work").json().getJsonObject("counters").getInteger("accepted");
    }

    @Test
    void takesInNoMoreThanMayWaitAndTheRestLater() throws Exception {
        HeldStore[] store = new HeldStore[1];
        Service service = Services.start(
                new JsonObject("{\"jobs\": {\"work\": {\"autoStart\": false}}}"),
                (config, time) -> store[0] = new HeldStore(Service.store(config, time)),
                "store.maxPending",
                "3");
        List<RawClient> clients = new ArrayList<>();
        try (ApiClient api = new ApiClient(service.port())) {
            store[0].hold();
            for (int i = 0; i < SUBMISSIONS; i++) {
                clients.add(new RawClient(service.port()).send(SUBMIT));
            }
            store[0].awaitAppend();
            await().until(() -> api.get("/api/store").json().getInteger("pendingRows") >= 3);
            assertThat(accepted(api)).isLessThan(SUBMISSIONS);
            assertThat(api.get("/api/store").json().getInteger("pendingRows")).isLessThan(SUBMISSIONS);
            assertThat(api.get("/health/ready").status()).isEqualTo(200);
            assertThat(clients).noneMatch(RawClient::hasSomethingToRead);
            store[0].release();
            for (RawClient client : clients) {
                assertThat(client.read().status()).isEqualTo(202);
            }
            assertThat(accepted(api)).isEqualTo(SUBMISSIONS);
        } finally {
            store[0].release();
            clients.forEach(RawClient::close);
            service.stop();
        }
    }

    @Test
    void saysThatTheDiskHangsAndGoesOnWhenItDoesAndEndsInTimeWhenItDoesNot() throws Exception {
        HeldStore[] store = new HeldStore[1];
        Service service = Services.start(
                new JsonObject("{\"jobs\": {\"work\": {}}}"),
                (config, time) -> store[0] = new HeldStore(Service.store(config, time)),
                "shutdown.grace",
                "100ms");
        try (RawClient first = new RawClient(service.port());
                RawClient client = new RawClient(service.port());
                ApiClient api = new ApiClient(service.port())) {
            store[0].hold();
            first.send(SUBMIT);
            store[0].awaitAppend();
            await().until(() -> api.get("/health/ready").body().contains("the store has not answered for 5 s"));
            assertThat(api.get("/health/ready").status()).isEqualTo(503);
            api.post("/api/jobs/work/executions", "1").assertProblem(503, "store-unavailable");
            first.read().assertProblem(504, "owner-silent"); // nobody knows yet what becomes of it
            store[0].release();
            await().until(() -> api.get("/health/ready").status() == 200);
            assertThat(accepted(api)).isEqualTo(1);

            store[0].hold();
            client.send(SUBMIT);
            store[0].awaitAppend();
            assertThat(service.stop()).as("everything is stored").isFalse();
            assertThat(client.readUntilClosed()).as("answers").isEmpty();
            store[0].release(); // which is told to nobody
        }
    }

    @Test
    void whatNobodyWaitsForDoesNotHoldUpTheRestForEver() throws Exception {
        Service service = Services.start(new JsonObject("""
                        {"jobs": {"work": {"autoStart": false, "queue": {"capacity": 1, "whenFull": "reject"}}}}"""), "store.maxPending", "1");
        try (ApiClient api = new ApiClient(service.port())) {
            assertThat(api.post("/api/jobs/work/executions", "1").status()).isEqualTo(202);
            for (int i = 0; i < 3; i++) {
                RawResponse refused = api.post("/api/jobs/work/executions", "2");
                refused.assertProblem(429, "queue-full"); // it is counted, and the count waits to be stored
            }
        } finally {
            service.stop();
        }
    }
}

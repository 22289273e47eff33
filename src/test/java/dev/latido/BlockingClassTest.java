package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Java workers that wait on the event loop that they were asked not to block: control and other jobs go on. */
class BlockingClassTest {

    /** Blocks until the test lets it go on. */
    public static final class Blocking implements Worker {
        static volatile CountDownLatch release = new CountDownLatch(0);

        @Override
        public Future<@Nullable String> perform(Task task) {
            try {
                release.await();
            } catch (InterruptedException e) {
                return Future.failedFuture(e);
            }
            return Future.succeededFuture();
        }
    }

    /** Is done when its work is cancelled, and blocks then. */
    public static final class BlockingOnCancel implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            task.onCancel(() -> new Blocking().perform(task));
            return Future.future(never -> {});
        }
    }

    /** Is done at once. */
    public static final class Instant implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            return Future.succeededFuture();
        }
    }

    private static JsonObject job(Class<?> worker) {
        return new JsonObject()
                .put("concurrency", 1_000)
                .put("worker", new JsonObject().put("type", "class").put("class", worker.getName()));
    }

    private Service service = Services.start(new JsonObject()
            .put(
                    "jobs",
                    new JsonObject()
                            .put("blocks", job(Blocking.class))
                            .put("cancels", job(BlockingOnCancel.class))
                            .put("works", job(Instant.class))));
    private ApiClient api;

    @BeforeEach
    void connect() throws Exception {
        Blocking.release = new CountDownLatch(1);
        api = new ApiClient(service.port());
    }

    @AfterEach
    void stop() {
        Blocking.release.countDown();
        api.close();
        service.stop();
    }

    private JsonObject submit(String job) throws Exception {
        return api.post("/api/jobs/" + job + "/executions", "{}").json();
    }

    private void assertOthersGoOn() throws Exception {
        String id = submit("works").getString("id");
        await().untilAsserted(
                        () -> assertThat(api.get("/api/executions/" + id).json().getString("state"))
                                .isEqualTo("succeeded"));
    }

    @Test
    void nothingElseWaitsForAClassThatBlocks() throws Exception {
        String first = submit("blocks").getString("id");
        await().until(() ->
                api.get("/api/executions/" + first).json().getString("state").equals("running"));
        assertOthersGoOn();
        await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            submit("blocks");
            assertThat(api.get("/api/jobs/blocks").json().getString("why"))
                    .contains("the worker's class blocks its event loop; the log says where");
        });
        Blocking.release.countDown();
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(
                        () -> assertThat(api.get("/api/jobs/blocks").json().getString("why"))
                                .startsWith("nothing to do"));
    }

    @Test
    void nothingElseWaitsForAClassThatBlocksWhenItIsCancelled() throws Exception {
        String id = submit("cancels").getString("id");
        await().until(() ->
                api.get("/api/executions/" + id).json().getString("state").equals("running"));
        assertThat(api.post("/api/executions/" + id + "/cancel", "").status()).isEqualTo(200);
        assertOthersGoOn();
    }
}

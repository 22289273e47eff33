package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.LogRecorder;
import dev.latido.http.RawResponse;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.job.TimeSource;
import dev.latido.store.Batch;
import dev.latido.store.ForwardingStore;
import dev.latido.store.Store;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoreReader;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import dev.latido.store.Text;
import dev.latido.store.Unreadable;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** While a large store is read: the service says so, and does nothing. */
class StartingTest {

    private static final int EXECUTIONS = 3;

    /** One more than are kept, so that reading them forgets one. */
    private static final int KEYS = 10_001;

    @TempDir
    Path directory;

    /** Stops reading in front of the second execution until the test lets it go on. */
    private static final class SlowStore extends ForwardingStore {
        private final CountDownLatch goOn = new CountDownLatch(1);
        private final AtomicInteger appends = new AtomicInteger();

        SlowStore(Store store) {
            super(store);
        }

        @Override
        public Future<Void> scan(StoreReader reader) {
            return super.scan(new StoreReader() {
                private int count;

                @Override
                public void service(StoredService service) {
                    reader.service(service);
                }

                @Override
                public void job(StoredJob job) {
                    reader.job(job);
                }

                @Override
                public void key(StoredKey key) {
                    reader.key(key);
                }

                @Override
                public void unreadable(Unreadable row) {
                    reader.unreadable(row);
                }

                @Override
                public void execution(StoredExecution execution, @Nullable StoredState state) {
                    if (++count == 2) {
                        try {
                            goOn.await();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    }
                    reader.execution(execution, state);
                }
            });
        }

        @Override
        public Future<Void> append(Batch batch) {
            appends.incrementAndGet();
            return super.append(batch);
        }
    }

    /** Writes executions and keys of the job {@code work}, as a service before left them. */
    private void fill(int keys) throws Exception {
        TimeSource time = TimeSource.system();
        Store store = Service.store(new StoreConfig(StoreConfig.Type.SQLITE, directory, 1, 1, "", Duration.ZERO), time);
        long millis = time.now().wall().toEpochMilli();
        List<StoredExecution> executions = new ArrayList<>();
        for (int i = 0; i < EXECUTIONS; i++) {
            executions.add(new StoredExecution(
                    new ExecutionId((millis << 20) + i),
                    "work",
                    Priority.NORMAL,
                    millis,
                    false,
                    i,
                    0,
                    Text.of("" + i),
                    null));
        }
        List<StoredKey> used = new ArrayList<>();
        for (int i = 0; i < keys; i++) {
            used.add(new StoredKey(
                    "work",
                    "key" + i,
                    millis,
                    new ExecutionId(i),
                    ExecutionState.QUEUED,
                    false,
                    Priority.NORMAL,
                    0,
                    -1,
                    1,
                    i));
        }
        store.open().await();
        store.append(new Batch(null, List.of(), executions, List.of(), List.of(), used, List.of()))
                .await();
        store.close().await();
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            return socket.getLocalPort();
        }
    }

    @Test
    void refusesCommandsAndIsNotReadyWhileItReadsTheStore() throws Exception {
        fill(KEYS);
        int port = freePort();
        CompletableFuture<SlowStore> made = new CompletableFuture<>();
        CompletableFuture<Service> started = new CompletableFuture<>();
        try (LogRecorder log = new LogRecorder()) {
            Thread starter = new Thread(() -> {
                try {
                    started.complete(Services.start(
                            new JsonObject("{\"jobs\": {\"work\": {}}}"),
                            (config, time) -> {
                                SlowStore store = new SlowStore(Service.store(config, time));
                                made.complete(store);
                                return store;
                            },
                            "store.directory",
                            directory.toString(),
                            "http.port",
                            "" + port));
                } catch (Throwable failure) {
                    started.completeExceptionally(failure);
                }
            });
            starter.start();
            SlowStore store = made.get();
            await().ignoreException(ApiClient.Died.class).until(() -> {
                try (ApiClient api = new ApiClient(port)) {
                    return api.get("/health/ready").body().contains("1 executions read");
                }
            });
            try (ApiClient api = new ApiClient(port)) {
                assertRefusesAll(api);
                await().until(() -> log.lines().stream()
                        .anyMatch(line -> line.endsWith("Starting: 1 executions read from the store so far")));
                assertThat(store.appends)
                        .as("nothing is written while it reads")
                        .hasValue(0);
                store.goOn.countDown();
                started.get();

                assertThat(api.get("/health/ready").status()).isEqualTo(200);
                await().until(() -> api.get("/api/jobs/work")
                                .json()
                                .getJsonObject("counters")
                                .getInteger("succeeded")
                        == EXECUTIONS);
                assertThat(log.lines()).anyMatch(line -> line.contains("Took up 3 executions from the store in "));
            } finally {
                store.goOn.countDown();
                started.get().stop();
            }
        }
    }

    private static void assertRefusesAll(ApiClient api) throws ApiClient.Died {
        List<RawResponse> answers = List.of(
                api.get("/api/job/status"),
                api.get("/api/jobs"),
                api.get("/api/executions/0000000000000"),
                api.post("/api/job/start", ""),
                api.post("/api/jobs/work/stop", ""),
                api.post("/api/jobs/work/executions", "1"),
                api.post("/api/jobs/work/executions", "1", "Idempotency-Key: key1"),
                api.post("/api/store/backup", ""));
        for (RawResponse answer : answers) {
            answer.assertProblem(503, "starting");
            assertThat(answer.header("Retry-After")).isPresent();
        }
        RawResponse batch = api.post("/api/jobs/work/executions/batch", "[{}]");
        assertThat(batch.body()).contains("\"status\":503", "starting");
        assertThat(api.get("/health/live").status()).isEqualTo(200);
        assertThat(api.get("/api/store").json().getString("type")).isEqualTo("sqlite");
        RawResponse ready = api.get("/health/ready");
        assertThat(ready.status()).isEqualTo(503);
        assertThat(ready.json().getJsonArray("degraded").getString(0)).contains("is starting");
    }
}

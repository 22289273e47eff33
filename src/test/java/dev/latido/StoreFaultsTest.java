package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.RawResponse;
import dev.latido.store.FaultyStore;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole service over a store that fails now and then. {@code -Dseed=n} repeats when. */
class StoreFaultsTest {

    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int CLIENTS = 4;
    private static final int EACH = 60;
    private static final Executor LATER = CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS);
    private static final FaultyStore.Faults FAULTS = new FaultyStore.Faults(0.04, 0.04, 0.04);
    private static final JsonObject JOBS = new JsonObject("""
            {"jobs": {"work": {"concurrency": 4, "next": ["last"]}, "last": {"concurrency": 2, "queue": {"capacity": 3}}}}
            """);

    @Test
    void clientsWhoRepeatTheirKeysLoseNothingAndGetNothingTwice(@TempDir Path directory) throws Exception {
        System.out.println("StoreFaultsTest: repeat with -Dseed=" + SEED);
        FaultyStore[] faulty = new FaultyStore[1];
        Service service = Services.start(
                JOBS,
                (config, time) -> faulty[0] = new FaultyStore(Service.store(config, time), FAULTS, SEED, LATER),
                "store.directory",
                directory.toString(),
                "submissions.timeout",
                "300ms");
        Map<String, String> idOfKey = new HashMap<>();
        try (ApiClient api = new ApiClient(service.port())) {
            for (Map<String, String> ids : inParallel(service.port())) {
                idOfKey.putAll(ids);
            }
            await().until(() -> api.get("/health/ready").status() == 200);
            await().untilAsserted(
                            () -> assertThat(counter(api, "last", "succeeded")).isEqualTo(CLIENTS * EACH));
            check(api, idOfKey);
        } finally {
            assertThat(service.stop()).isTrue();
        }
        System.out.println("StoreFaultsTest: " + faulty[0].tally());
        Service next = Services.start(JOBS, "store.directory", directory.toString());
        try (ApiClient api = new ApiClient(next.port())) {
            check(api, idOfKey);
        } finally {
            next.stop();
        }
    }

    private static List<Map<String, String>> inParallel(int port) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Callable<Map<String, String>>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                String name = "client" + i;
                clients.add(() -> submitAll(port, name));
            }
            List<Map<String, String>> all = new ArrayList<>();
            for (Future<Map<String, String>> done : threads.invokeAll(clients)) {
                all.add(done.get());
            }
            return all;
        } finally {
            threads.shutdownNow();
        }
    }

    private static Map<String, String> submitAll(int port, String name) throws ApiClient.Died {
        Map<String, String> ids = new HashMap<>();
        try (ApiClient api = new ApiClient(port)) {
            for (int i = 0; i < EACH; i++) {
                String key = name + "-" + i;
                ids.put(key, submit(api, key));
            }
        }
        return ids;
    }

    /** Repeats until it is accepted. */
    private static String submit(ApiClient api, String key) throws ApiClient.Died {
        while (true) {
            RawResponse answer = api.post("/api/jobs/work/executions", "\"" + key + "\"", "Idempotency-Key: " + key);
            if (answer.status() == 202 || answer.status() == 200) {
                return answer.json().getString("id");
            }
            assertThat(answer.status()).as(answer::toString).isIn(503, 504, 507);
            assertThat(answer.header("Retry-After")).as(answer::toString).isPresent();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    private static long counter(ApiClient api, String job, String name) throws ApiClient.Died {
        return api.get("/api/jobs/" + job).json().getJsonObject("counters").getLong(name);
    }

    private static void check(ApiClient api, Map<String, String> idOfKey) throws ApiClient.Died {
        assertThat(idOfKey).hasSize(CLIENTS * EACH);
        assertThat(new HashSet<>(idOfKey.values())).hasSameSizeAs(idOfKey.keySet());
        for (String job : List.of("work", "last")) {
            for (String name : List.of("accepted", "succeeded")) {
                assertThat(counter(api, job, name))
                        .as("%s %s, seed %d", job, name, SEED)
                        .isEqualTo(idOfKey.size());
            }
            assertThat(payloads(api, job)).as("work of %s, seed %d", job, SEED).isEqualTo(idOfKey.keySet());
        }
        for (Map.Entry<String, String> each : idOfKey.entrySet()) {
            assertThat(submit(api, each.getKey())).isEqualTo(each.getValue());
        }
    }

    private static Set<String> payloads(ApiClient api, String job) throws ApiClient.Died {
        JsonArray page = api.get("/api/jobs/" + job + "/executions?limit=1000&state=succeeded")
                .json()
                .getJsonArray("executions");
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < page.size(); i++) {
            paths.add("/api/executions/" + page.getJsonObject(i).getString("id"));
        }
        Set<String> payloads = new HashSet<>();
        for (RawResponse answer : api.getAll(paths)) {
            assertThat(payloads.add(answer.json().getString("payload"))).isTrue();
        }
        return payloads;
    }
}

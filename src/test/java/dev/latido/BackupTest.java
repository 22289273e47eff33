package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.RawResponse;
import dev.latido.store.Backup;
import dev.latido.store.ForwardingStore;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of the store that are made while it is written to, and what becomes of them. */
class BackupTest {

    private static final int BACKUPS = 5;
    private static final int KEPT = 2;
    private static final JsonObject JOBS = new JsonObject("{\"jobs\": {\"work\": {\"concurrency\": 4}}}");

    private final Queue<String> accepted = new ConcurrentLinkedQueue<>();

    /** A copy, and what had been acknowledged before it was asked for. */
    private record Copy(JsonObject backup, Set<String> acknowledged) {
        Path file() {
            return Path.of(backup.getString("place"));
        }
    }

    private static Service start(Path directory) {
        return Services.start(JOBS, "store.directory", directory.toString(), "store.keepBackups", "" + KEPT);
    }

    @Test
    void holdsWhatWasAcknowledgedBeforeItBegan(@TempDir Path directory) throws Exception {
        Service service = start(directory.resolve("store"));
        List<Copy> copies;
        try {
            copies = underLoad(service.port());
        } finally {
            service.stop();
        }
        List<Path> kept;
        try (Stream<Path> files = Files.list(directory.resolve("store").resolve("backups"))) {
            kept = files.filter(file -> file.toString().endsWith(".db"))
                    .sorted()
                    .toList();
        }
        assertThat(kept)
                .isEqualTo(copies.subList(BACKUPS - KEPT, BACKUPS).stream()
                        .map(Copy::file)
                        .toList());
        for (Copy copy : copies.subList(BACKUPS - KEPT, BACKUPS)) {
            restore(copy, Files.createDirectory(directory.resolve(copy.file().getFileName())));
        }
    }

    private List<Copy> underLoad(int port) throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (ApiClient api = new ApiClient(port)) {
            List<Future<?>> producers =
                    List.of(threads.submit(() -> produce(port, isOver)), threads.submit(() -> produce(port, isOver)));
            List<Copy> copies = new ArrayList<>();
            for (int i = 1; i <= BACKUPS; i++) {
                int some = i * 40;
                await().until(() -> accepted.size() >= some);
                Set<String> before = new HashSet<>(accepted);
                RawResponse answer = api.post("/api/store/backup", "");
                assertThat(answer.status()).as(answer::toString).isEqualTo(200);
                copies.add(new Copy(answer.json(), before));
            }
            isOver.set(true);
            for (Future<?> producer : producers) {
                producer.get();
            }
            assertThat(copies)
                    .extracting(copy -> copy.backup.getLong("sequence"))
                    .isSorted()
                    .doesNotHaveDuplicates();
            return copies;
        } finally {
            isOver.set(true);
            threads.shutdownNow();
        }
    }

    private void produce(int port, AtomicBoolean isOver) {
        try (ApiClient api = new ApiClient(port)) {
            while (!isOver.get()) {
                RawResponse answer =
                        api.post("/api/jobs/work/executions/batch?timeout=1s", "[{}, {\"delay\": \"1h\"}]");
                JsonArray items = new JsonArray(answer.body());
                for (int i = 0; i < items.size(); i++) {
                    String id = items.getJsonObject(i).getString("id");
                    if (id != null) {
                        accepted.add(id);
                    }
                }
            }
        } catch (ApiClient.Died died) {
            throw new AssertionError(died);
        }
    }

    /** Puts a copy and its mark where a store has its files, and starts a service there. */
    private static void restore(Copy copy, Path directory) throws Exception {
        assertThat(Files.size(copy.file())).isEqualTo(copy.backup.getLong("bytes"));
        Files.copy(copy.file(), directory.resolve("latido.db"));
        Files.copy(markOf(copy.file()), directory.resolve("latido.mark"));
        Service service = start(directory);
        try (ApiClient api = new ApiClient(service.port())) {
            assertThat(copy.acknowledged).isNotEmpty();
            List<RawResponse> answers = api.getAll(copy.acknowledged.stream()
                    .map(id -> "/api/executions/" + id)
                    .toList());
            assertThat(answers).allSatisfy(answer -> assertThat(answer.status()).isEqualTo(200));
            assertThat(api.get("/api/store").json().getLong("sequence"))
                    .isGreaterThanOrEqualTo(copy.backup.getLong("sequence"));
        } finally {
            service.stop();
        }
    }

    private static Path markOf(Path file) {
        return file.resolveSibling(file.getFileName().toString().replace(".db", ".mark"));
    }

    @Test
    void isMadeAndToldOfOverHttpAndTheBus(@TempDir Path directory) throws Exception {
        Service service = start(directory);
        try (ApiClient api = new ApiClient(service.port())) {
            JsonObject before = api.get("/api/store").json();
            assertThat(before.fieldNames())
                    .containsExactlyInAnyOrder("type", "place", "sequence", "bytes", "pendingRows");
            assertThat(before.getString("place"))
                    .isEqualTo(directory.resolve("latido.db").toString());
            assertThat(api.post("/api/jobs/work/executions", "1").status()).isEqualTo(202);
            await().until(() -> api.get("/api/store").json().getInteger("pendingRows") == 0);
            JsonObject store = onBus(service, "GetStore");
            assertThat(store.getString("type")).isEqualTo("sqlite");
            assertThat(store.getLong("sequence")).isGreaterThan(before.getLong("sequence"));
            assertThat(store.getLong("bytes")).isPositive();

            JsonObject overHttp = api.post("/api/store/backup", "").json();
            JsonObject overBus = onBus(service, "BackUp");
            for (JsonObject backup : List.of(overHttp, overBus)) {
                assertThat(backup.fieldNames()).containsExactlyInAnyOrder("place", "bytes", "sequence");
                assertThat(Path.of(backup.getString("place"))).exists().hasParent(directory.resolve("backups"));
                assertThat(backup.getLong("sequence")).isGreaterThanOrEqualTo(store.getLong("sequence"));
            }
            api.post("/api/store/backup?keep=1", "").assertProblem(400, "bad-parameter");
        } finally {
            service.stop();
        }
    }

    @Test
    void isNotMadeForSomebodyWhoseDeadlineHasPassed(@TempDir Path directory) throws Exception {
        List<Instant> deadlines = new CopyOnWriteArrayList<>();
        Service service = Services.start(
                JOBS,
                (config, time) -> new ForwardingStore(Service.store(config, time)) {
                    @Override
                    public io.vertx.core.Future<Backup> backUp(Instant deadline) {
                        deadlines.add(deadline);
                        return super.backUp(deadline);
                    }
                },
                "store.directory",
                directory.toString());
        try {
            for (Instant deadline : List.of(Instant.EPOCH, Instant.parse("2999-01-01T00:00:00Z"))) {
                String answer = service.vertx()
                        .eventBus()
                        .<JsonObject>request(
                                "latido.control",
                                new JsonObject().put("type", "BackUp").put("deadline", deadline.toString()))
                        .map(message -> message.body().fieldNames().toString())
                        .otherwise(Throwable::getMessage)
                        .await();
                assertThat(answer)
                        .isEqualTo(
                                deadline.equals(Instant.EPOCH)
                                        ? "backup-failed: No backup was made: its deadline had passed before it could begin."
                                        : "[place, bytes, sequence]");
                assertThat(deadlines.get(deadlines.size() - 1)).isEqualTo(deadline);
                assertThat(Files.exists(directory.resolve("backups"))).isEqualTo(!deadline.equals(Instant.EPOCH));
            }
        } finally {
            service.stop();
        }
    }

    private static JsonObject onBus(Service service, String type) {
        return service.vertx()
                .eventBus()
                .<JsonObject>request("latido.control", new JsonObject().put("type", type))
                .await()
                .body();
    }

    @Test
    void isRefusedWhereNothingIsStored() throws Exception {
        Service service = Services.start(JOBS, "store.type", "memory");
        try (ApiClient api = new ApiClient(service.port())) {
            RawResponse answer = api.post("/api/store/backup", "");
            answer.assertProblem(503, "backup-failed");
            assertThat(answer.json().getString("detail")).contains("keeps everything in memory");
            assertThat(api.get("/api/store").json().getString("type")).isEqualTo("memory");
        } finally {
            service.stop();
        }
    }

    @Test
    void leavesNothingBehindWhenItCannotBeMade(@TempDir Path directory) throws Exception {
        Service service = start(directory);
        try (ApiClient api = new ApiClient(service.port())) {
            Files.writeString(directory.resolve("backups"), "in the way");
            api.post("/api/store/backup", "").assertProblem(503, "backup-failed");
            assertThat(api.post("/api/jobs/work/executions", "1").status())
                    .as("goes on")
                    .isEqualTo(202);
            assertThat(api.get("/health/ready").status()).isEqualTo(200);
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            service.stop();
        }
    }
}

package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real program under a mixed load, killed with SIGKILL again and again at any instant. Clients and workers, who live
 * on, note what they were told and got. {@code -Dkills=n} for more, {@code -Dseed=n} to repeat the random choices (not the
 * instants, which are the machine's). Every {@link #KILLS_PER_STORE} kills everything is worked off and compared, and then
 * a new store is begun, so that a thousand kills take a thousand times as long as one.
 */
@DisabledOnOs(OS.WINDOWS) // has no SIGKILL
class KillTest {

    private static final int KILLS = Integer.getInteger("kills", 30);
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int KILLS_PER_STORE = 30;
    private static final int MAX_MILLIS = 700;

    private static final String JOBS = """
            store: {maxPending: 100}
            history: {maxPerJob: 1000000, maxTotal: 10000000, maxAge: 366d}
            defaultJob: single
            jobs:
              single: {concurrency: 4, maxCrashes: 127, queue: {capacity: 300}, WORKER}
              toggled: {concurrency: 4, maxCrashes: 127, retry: {delay: 20ms}, queue: {capacity: 300}, WORKER}
              first: {concurrency: 4, maxCrashes: 127, retry: {attempts: 1}, queue: {capacity: 100}, next: [second, audit], WORKER}
              second: {concurrency: 2, maxCrashes: 127, queue: {capacity: 4}, next: [third], WORKER}
              third: {concurrency: 3, maxCrashes: 127, WORKER}
              audit: {concurrency: 3, maxCrashes: 127, queue: {capacity: 20}, WORKER}
              ticking: {every: 50ms, autoStart: true, maxCrashes: 127, WORKER}
            """;

    private static final Map<String, List<String>> NEXT = Map.of(
            "single", List.of(),
            "toggled", List.of(),
            "first", List.of("second", "audit"),
            "second", List.of("third"),
            "third", List.of(),
            "audit", List.of(),
            "ticking", List.of());

    /** All slots of all jobs. */
    private static final int MAX_IN_FLIGHT = 21;

    private final Random random = new Random(SEED);
    private OutsideJournal journal = new OutsideJournal();
    private Reconciliation check = new Reconciliation(journal, NEXT);
    private final Map<Integer, StoreCopy> stores = new HashMap<>();
    private int number;
    private int life;
    private int kills;

    @TempDir
    Path directory;

    /** What happened to all stores. */
    private static final class Tally {
        private int starting;
        private long acknowledged;
        private long calls;
        private long inFlight;
        private long again;
    }

    @Test
    @Timeout(value = 6, unit = TimeUnit.HOURS)
    void losesNothingThatWasAcknowledged() throws Exception {
        long begun = System.nanoTime();
        System.out.println("KillTest: repeat the random choices with -Dseed=" + SEED);
        Tally tally = new Tally();
        while (kills < KILLS) {
            beginStore();
            killAndWorkOff(Math.min(KILLS_PER_STORE, KILLS - kills), tally);
        }
        System.out.printf(
                "KillTest: %d kills (%d while starting), %d acknowledged, 0 lost, %d calls of workers, of %d in flight"
                        + " %d were done again, %.1f s%n",
                kills,
                tally.starting,
                tally.acknowledged,
                tally.calls,
                tally.inFlight,
                tally.again,
                (System.nanoTime() - begun) / 1e9);
        assertThat(tally.again).isLessThanOrEqualTo(tally.inFlight);
    }

    private void beginStore() {
        number++;
        life = 0;
        stores.clear();
        journal = new OutsideJournal();
        check = new Reconciliation(journal, NEXT);
    }

    private void killAndWorkOff(int count, Tally tally) throws Exception {
        try (WorkServer workers = new WorkServer()) {
            KillLoad load = new KillLoad(journal, SEED + number);
            for (int kill = 1; kill <= count; kill++) {
                End end = random.nextInt(6) == 0 ? End.KILLED_WHILE_STARTING : End.KILLED;
                tally.starting += end == End.KILLED ? 0 : 1;
                live(end, load, workers);
                kills++;
                if (kill % 10 == 0) {
                    live(End.IN_ORDER, load, workers);
                }
            }
            tally.again += workOff(load, workers);
            tally.acknowledged += journal.acceptedIds().size();
            tally.calls += workers.calls().size();
            tally.inFlight += stores.values().stream()
                    .mapToInt(store -> store.inFlight.size())
                    .sum();
        }
    }

    private MainProcess start(WorkServer workers) throws IOException {
        life++;
        Path file = directory.resolve("latido.yaml");
        Files.writeString(
                file,
                JOBS.replace("WORKER", "worker: {type: http, allowPrivate: true, url: \"" + workers.url(life) + "\"}"));
        return MainProcess.start(Map.of("LATIDO_CONFIG", file.toString()), "store.directory=" + store());
    }

    private Path store() {
        return directory.resolve("store-" + number);
    }

    /** How a life of the program ends. */
    private enum End {
        KILLED,
        KILLED_WHILE_STARTING,
        IN_ORDER
    }

    /** One life of the program. */
    private void live(End end, KillLoad load, WorkServer workers) throws Exception {
        int millis = random.nextInt(MAX_MILLIS);
        try (MainProcess program = start(workers)) {
            if (end != End.KILLED_WHILE_STARTING) {
                int port = program.awaitPort();
                checkAfterRestart(port);
                load.goOn(life, port);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
            if (end == End.IN_ORDER) {
                program.terminate();
                assertThat(program.awaitExit()).isZero();
            } else {
                program.kill();
            }
            load.stop();
            assertThat(program.lines()).noneMatch(line -> line.contains(" ERROR ") || line.contains("Exception"));
        }
        StoreCopy store = StoreCopy.of(store(), directory);
        stores.put(life, store);
        assertThat(store.inFlight).hasSizeLessThanOrEqualTo(end == End.IN_ORDER ? 0 : MAX_IN_FLIGHT);
        assertThat(journal.problems())
                .as("life %d, %s, seed %d", life, end, SEED)
                .isEmpty();
    }

    private void checkAfterRestart(int port) throws ApiClient.Died {
        try (ApiClient api = new ApiClient(port)) {
            check.afterRestart(api);
        }
        assertThat(journal.problems()).as("after start %d, seed %d", life, SEED).isEmpty();
    }

    /** Has everything done, and checks everything; returns how often work was done again. */
    private int workOff(KillLoad load, WorkServer workers) throws Exception {
        try (MainProcess program = start(workers)) {
            int port = program.awaitPort();
            checkAfterRestart(port);
            int again;
            try (ApiClient api = new ApiClient(port)) {
                for (String job : NEXT.keySet()) {
                    api.post("/api/jobs/" + job + "/start", "");
                }
                load.finish(life, port);
                api.post("/api/jobs/ticking/complete", "");
                await().atMost(Duration.ofMinutes(2))
                        .untilAsserted(() -> assertThat(unfinished(api)).isEmpty());
                Map<String, JsonObject> all = check.atTheEnd(api);
                again = check.checkCalls(workers.calls(), stores, all);
            }
            assertThat(journal.problems()).as("at the end, seed %d", SEED).isEmpty();
            program.terminate();
            assertThat(program.awaitExit()).isZero();
            assertThat(store().resolve("native"))
                    .as("what killed processes left")
                    .isEmptyDirectory();
            return again;
        }
    }

    private static List<JsonObject> unfinished(ApiClient api) throws ApiClient.Died {
        List<JsonObject> unfinished = new ArrayList<>();
        for (String name : NEXT.keySet()) {
            api.post("/api/jobs/" + name + "/retry-failed", "");
            JsonObject job = api.get("/api/jobs/" + name).json();
            JsonObject counters = job.getJsonObject("counters");
            if (counters.getLong("accepted") != counters.getLong("succeeded") + counters.getLong("cancelled")) {
                unfinished.add(job);
            }
        }
        return unfinished;
    }
}

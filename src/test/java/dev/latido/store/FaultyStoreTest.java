package dev.latido.store;

import static dev.latido.store.Stores.accept;
import static dev.latido.store.Stores.await;
import static dev.latido.store.Stores.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.job.TimeSource;
import dev.latido.store.FaultyStore.Faults;
import dev.latido.store.FaultyStore.Tally;
import dev.latido.store.StoreException.Kind;
import dev.latido.store.memory.MemoryStore;
import dev.latido.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The faulty store fails as it was told to; and writing a batch until it succeeds is enough against that. */
class FaultyStoreTest {

    private final MemoryStore memory = new MemoryStore();
    private final Queue<Runnable> later = new ConcurrentLinkedQueue<>();

    private FaultyStore faulty(Faults faults) {
        return new FaultyStore(memory, faults, 1, later::add);
    }

    @Test
    void passesOnWhatIsNotToFail() {
        FaultyStore store = faulty(Faults.NONE);
        await(store.open());
        for (int i = 1; i <= 20; i++) {
            await(store.append(accept(i)));
        }

        assertThat(Contents.of(store)).isEqualTo(Contents.of(memory));
        assertThat(store.status()).isEqualTo(memory.status());
        assertThat(failure(store.backUp(Instant.MAX)).kind()).isEqualTo(Kind.REFUSED);
        assertThat(store.tally()).isEqualTo(new Tally(20, 0, 0, 0));
        await(store.close());
    }

    @Test
    void writesNothingWhenItFailsBefore() {
        FaultyStore store = faulty(new Faults(1, 1, 0));
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        for (int i = 0; i < 20; i++) {
            kinds.add(failure(store.append(accept(1))).kind());
        }

        assertThat(kinds).containsExactlyInAnyOrder(Kind.FULL, Kind.UNAVAILABLE);
        assertThat(memory.status().sequence()).isZero();
        assertThat(store.tally()).isEqualTo(new Tally(20, 20, 0, 0));
    }

    @Test
    void writesEverythingWhenItFailsAfter() {
        FaultyStore store = faulty(new Faults(0, 1, 0));

        StoreException failure = failure(store.append(accept(1)));

        assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(failure).hasMessage("failed after committing");
        assertThat(Contents.of(memory).ids()).containsExactly(1L);
        store.fail(Faults.NONE);
        await(store.append(accept(2)));
        assertThat(store.tally()).isEqualTo(new Tally(2, 0, 1, 0));
    }

    @Test
    void tellsTheEndWhenToldTo() {
        FaultyStore store = faulty(new Faults(0, 0, 1));

        Future<Void> append = store.append(accept(1));

        assertThat(append.isComplete()).isFalse();
        assertThatThrownBy(() -> store.append(accept(2)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("an append while another one is under way");
        later.remove().run();
        assertThat(append.succeeded()).isTrue();
        Future<Void> next = store.append(accept(2));
        later.remove().run();
        assertThat(next.succeeded()).isTrue();
        assertThat(store.tally()).isEqualTo(new Tally(2, 0, 0, 2));
    }

    @Test
    void takesTheNextAppendAsSoonAsOneEnded() {
        FaultyStore store = faulty(new Faults(0, 0, 0.5));
        Future<Void> all = Future.succeededFuture();
        for (int i = 1; i <= 20; i++) {
            int id = i;
            all = all.compose(done -> store.append(accept(id)));
        }
        while (!all.isComplete()) {
            later.remove().run();
        }

        assertThat(Contents.of(memory).ids()).hasSize(20);
    }

    @Test
    void failsTheSameWayWithTheSameSeed() {
        assertThat(outcomes(5)).isEqualTo(outcomes(5)).hasSize(100).contains("FULL", "UNAVAILABLE", "done");
        assertThat(outcomes(5)).isNotEqualTo(outcomes(6));
    }

    private static List<String> outcomes(long seed) {
        FaultyStore store = new FaultyStore(new MemoryStore(), new Faults(0.3, 0.3, 0.3), seed, Runnable::run);
        List<String> outcomes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            outcomes.add(store.append(accept(i))
                    .map("done")
                    .otherwise(e -> ((StoreException) e).kind().name())
                    .result());
        }
        return outcomes;
    }

    @Test
    void losesAndDoublesNothingInMemoryWhenEachBatchIsWrittenUntilThatSucceeds() {
        losesAndDoublesNothing(memory);
    }

    @Test
    void losesAndDoublesNothingInAFileWhenEachBatchIsWrittenUntilThatSucceeds(@TempDir Path directory) {
        losesAndDoublesNothing(new SqliteStore(
                new StoreConfig(StoreConfig.Type.SQLITE, directory, 1, 1, "", Duration.ZERO), TimeSource.system()));
    }

    private void losesAndDoublesNothing(Store kept) {
        long seed = Long.getLong("seed", System.nanoTime());
        StoreModel model = new StoreModel(new Random(seed));
        FaultyStore store = new FaultyStore(kept, new Faults(0.3, 0.3, 0.3), seed, later::add);
        await(store.open());
        for (int i = 0; i < 200; i++) {
            Batch batch = model.randomBatch();
            model.apply(batch);
            boolean isDone = false;
            while (!isDone) {
                Future<Boolean> attempt = store.append(batch).map(done -> true).otherwise(false);
                while (!attempt.isComplete()) {
                    Runnable end = later.poll();
                    if (end != null) {
                        end.run();
                    } else {
                        Thread.onSpinWait();
                    }
                }
                isDone = attempt.result();
            }
        }

        assertThat(Contents.of(store)).as("run it again with -Dseed=%s", seed).isEqualTo(model.contents());
        Tally tally = store.tally();
        assertThat(kept.status().sequence()).isEqualTo(tally.appends() - tally.failedBefore());
        assertThat(tally.failedBefore()).isGreaterThan(20);
        assertThat(tally.failedAfter()).isGreaterThan(20);
        assertThat(tally.late()).isGreaterThan(20);
        await(store.close());
    }
}

package dev.latido.store.sqlite;

import static dev.latido.store.Stores.await;
import static dev.latido.store.Stores.execution;
import static dev.latido.store.Stores.failure;
import static dev.latido.store.Stores.id;
import static dev.latido.store.Stores.job;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.store.Batch;
import dev.latido.store.Contents;
import dev.latido.store.PendingWrites;
import dev.latido.store.StoreException;
import dev.latido.store.StoreException.Kind;
import dev.latido.store.StoredKey;
import dev.latido.store.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** On a full disk nothing that was acknowledged is lost, and it goes on by itself once there is space. */
class SqliteFullDiskTest {

    private static final int DISK_KIB = 100 * 1_024;

    @TempDir
    Path directory;

    private SmallDisk disk;
    private Place place;

    @BeforeEach
    void mount() throws Exception {
        await(new Place(directory.resolve("roomy")).open().close()); // unpacks the native library where there is space
        disk = SmallDisk.mount(Files.createDirectories(directory.resolve("disk")), DISK_KIB);
        place = new Place(disk.root().resolve("data"));
    }

    @AfterEach
    void unmount() throws IOException {
        if (disk != null) { // else there is none here
            disk.close();
        }
    }

    private static Batch batch(long id, int payloads, int size) {
        PendingWrites changes = new PendingWrites().job(job(Stores.JOB, id));
        for (int i = 0; i < payloads; i++) {
            changes.accept(execution(id + i, "x".repeat(size)));
        }
        return changes.batch();
    }

    private static Batch batch(long id) {
        return batch(id, 1, 50_000);
    }

    private static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    @Test
    void saysSoKeepsWhatItHasAndGoesOnOnceThereIsSpace() throws IOException {
        SqliteStore store = place.open();
        long stored = 0;
        for (int round = 0; round < 4; round++) {
            await(store.append(batch(++stored)));
            disk.fill();
            StoreException failure = null;
            while (failure == null) { // what the log has already may be written over
                Throwable thrown = store.append(batch(stored + 1))
                        .map(done -> (Throwable) null)
                        .otherwise(e -> e)
                        .await();
                failure = (StoreException) thrown;
                stored += failure == null ? 1 : 0;
            }
            assertThat(failure.kind()).isEqualTo(Kind.FULL);
            assertThat(failure)
                    .hasMessage("cannot write to " + place.database() + ": no space left where " + place.directory()
                            + " is");
            for (int i = 0; i < 5; i++) {
                assertThat(failure(store.append(batch(stored + 1))).kind()).isEqualTo(Kind.FULL);
            }
            assertThat(store.status().sequence()).isEqualTo(stored);
            assertThat(Contents.of(store).ids()).isEqualTo(upTo(stored));
            assertThat(place.copyTo(directory.resolve("crashed-" + round))
                            .contents()
                            .ids())
                    .isEqualTo(upTo(stored));

            disk.free();

            await(store.append(batch(stored + 1)));
            stored++;
            assertThat(Contents.of(store).ids()).isEqualTo(upTo(stored));
        }
        await(store.close());
        assertThat(place.contents().ids()).isEqualTo(upTo(stored));
    }

    /** Space comes back page by page, so that each thing that needs some is the one that fails for once. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES) // hundreds of batches of 20 MB
    void survivesRunningOutOfSpaceAtEveryPoint() throws IOException {
        SqliteStore store = place.open();
        await(store.append(batch(1)));
        Batch large = batch(2, 20, 1_000_000); // more than the index of the log has room for
        disk.fill();
        Set<SQLiteErrorCode> causes = EnumSet.noneOf(SQLiteErrorCode.class);
        int attempts = 0;
        boolean isWritten = false;
        while (!isWritten) {
            Throwable thrown = store.append(large)
                    .map(done -> (Throwable) null)
                    .otherwise(e -> e)
                    .await();
            isWritten = thrown == null;
            if (thrown instanceof StoreException failure) {
                assertThat(failure.kind()).as("%s", failure.getCause()).isEqualTo(Kind.FULL);
                if (failure.getCause() instanceof SQLiteException sqlite) {
                    causes.add(sqlite.getResultCode());
                }
                // Big steps as long as the log has not its length, then small ones.
                assertThat(disk.free(place.log().toFile().length() < 20_000_000 ? 40 : 1))
                        .isTrue();
                attempts++;
            }
        }

        assertThat(attempts).isGreaterThan(10);
        assertThat(causes).contains(SQLiteErrorCode.SQLITE_FULL, SQLiteErrorCode.SQLITE_IOERR_SHMSIZE);
        assertThat(store.status().sequence()).isEqualTo(2);
        assertThat(Contents.of(store).ids()).isEqualTo(upTo(21));
        disk.fill();
        await(store.close());
        disk.free();
        assertThat(place.contents().ids()).isEqualTo(upTo(21));
    }

    @Test
    @SuppressWarnings("NullAway")
    void writesBatchesWhollyOrNotAtAllWhenTheLogCannotBeTakenOver() throws IOException {
        SqliteStore store = place.open();
        disk.fill();
        disk.free(5_000); // enough for the log, and not for the database too
        await(store.append(batch(1, 17, 1_000_000)));
        Batch impossible = new Batch(
                null,
                List.of(),
                List.of(execution(100, "x")),
                List.of(),
                List.of(),
                Collections.singletonList((StoredKey) null), // a bug of ours
                List.of());

        for (int i = 0; i < 3; i++) {
            assertThat(failure(store.append(impossible)).kind()).isEqualTo(Kind.BROKEN);
            assertThat(Contents.of(store).ids()).isEqualTo(upTo(17 + i));
            disk.free(100);
            await(store.append(batch(18 + i, 1, 10)));
        }

        assertThat(place.database().toFile().length()).as("not taken over").isLessThan(17_000_000);
        disk.free();
        await(store.append(batch(21, 1, 10)));
        assertThat(place.database().toFile().length()).as("taken over").isGreaterThan(17_000_000);
        assertThat(Contents.of(store).ids()).isEqualTo(upTo(21));
        await(store.close());
    }

    @Test
    void forgetsAgainOnceThereIsSpace() throws IOException {
        SqliteStore store = place.open();
        List<Long> stored = new ArrayList<>();
        for (long n = 1; n <= 40; n++) {
            await(store.append(batch(n, 1, 200_000)));
            stored.add(n);
        }
        disk.fill();
        PendingWrites forget = new PendingWrites();
        stored.forEach(n -> forget.forget(id(n)));
        Batch batch = forget.batch();
        boolean isDone = store.append(batch).map(done -> true).otherwise(false).await();
        disk.free();
        if (!isDone) {
            await(store.append(batch));
        }

        assertThat(Contents.of(store).ids()).isEmpty();
        await(store.close());
    }

    @Test
    void refusesToStartOnAFullDiskAndStartsOnceThereIsSpace() throws IOException {
        SqliteStore store = place.open();
        await(store.append(batch(1)));
        await(store.close());
        disk.fill();

        for (int i = 0; i < 3; i++) {
            assertThat(Place.refusal(place.store()))
                    .matches("cannot open " + place.database() + ": .*[Nn]o space left.*");
        }

        disk.free();
        assertThat(place.contents().ids()).containsExactly(1L);
    }

    @Test
    void leavesAnOlderVersionAsItIsWhenThereIsNoSpaceForTheNewOne() throws IOException {
        SqliteStore store = place.open();
        await(store.append(batch(1)));
        await(store.close());
        disk.fill();
        disk.free(50);
        List<List<String>> newer = SqliteMigrationTest.with(
                List.of(List.of("CREATE TABLE novelty (a)", "INSERT INTO novelty VALUES (randomblob(9000000))")));

        assertThat(Place.refusal(place.store(newer)))
                .isEqualTo("cannot open " + place.database() + ": no space left where " + place.directory() + " is");

        assertThat(place.contents().ids()).containsExactly(1L);
        disk.free();
        await(Place.open(place.store(newer)).close());
    }

    @Test
    void makesNoHalfABackup() throws IOException {
        SqliteStore store = place.open();
        await(store.append(batch(1, 20, 1_000_000)));
        disk.fill();
        disk.free(1_000);

        for (int i = 0; i < 3; i++) {
            StoreException failure = failure(store.backUp(Instant.MAX));
            assertThat(failure.kind()).isEqualTo(Kind.FULL);
            assertThat(failure).hasMessageContaining("no space left where " + place.directory() + " is");
            assertThat(place.directory().resolve("backups")).isEmptyDirectory();
        }

        await(store.append(batch(100)));
        disk.free();
        await(store.backUp(Instant.MAX));
        assertThat(Contents.of(store).ids()).hasSize(21);
        await(store.close());
    }
}

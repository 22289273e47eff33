package dev.latido.store.sqlite;

import static dev.latido.store.Stores.accept;
import static dev.latido.store.Stores.await;
import static dev.latido.store.Stores.failure;
import static dev.latido.store.Stores.forget;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Moment;
import dev.latido.job.TimeSource;
import dev.latido.store.Backup;
import dev.latido.store.Contents;
import dev.latido.store.StoreException;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup is a whole store, made while the other one is written to. */
class SqliteBackupTest {

    @TempDir
    Path directory;

    private volatile Instant now = Instant.parse("2026-11-21T10:00:00.123Z");
    private Place place;
    private SqliteStore store;

    @BeforeEach
    void open() {
        place = new Place(directory.resolve("data"));
        store = new SqliteStore(place.config(""), new TimeSource() {
            @Override
            public Moment now() {
                return new Moment(now, 0);
            }

            @Override
            public long nanos() {
                return 0;
            }
        });
        await(store.open());
    }

    @AfterEach
    void close() {
        await(store.close());
    }

    private void tick(int seconds) {
        now = now.plusSeconds(seconds);
    }

    private List<String> backups() throws IOException {
        try (Stream<Path> files = Files.list(place.directory().resolve("backups"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** Brings a backup back, as the manual says. */
    private Place restored(Backup backup) throws IOException {
        Path file = Path.of(backup.place());
        Place place = new Place(Files.createTempDirectory(directory, "restored"));
        Files.copy(file, place.database());
        Files.copy(file.resolveSibling(file.getFileName().toString().replace(".db", ".mark")), place.mark());
        return place;
    }

    @Test
    void opensAsAStore() throws IOException {
        await(store.append(accept(1, 2, 3)));
        await(store.append(forget(2)));

        Backup backup = await(store.backUp());

        assertThat(backup.place())
                .isEqualTo(place.directory()
                        .resolve("backups/latido-20261121T100000.123Z.db")
                        .toString());
        assertThat(backup.sequence()).isEqualTo(2);
        assertThat(backup.bytes())
                .isEqualTo(Files.size(Path.of(backup.place())))
                .isGreaterThan(4_096);
        SqliteStore copy = restored(backup).open();
        assertThat(Contents.of(copy)).isEqualTo(Contents.of(store));
        assertThat(copy.status().sequence()).isEqualTo(2);
        await(copy.append(accept(4)));
        await(copy.close());
        await(store.append(accept(5)));
        assertThat(Contents.of(store).ids()).containsExactly(1L, 3L, 5L);
    }

    @Test
    void holdsExactlyTheCommitsUpToOneWhileMoreAreMade() throws Exception {
        AtomicBoolean isEnough = new AtomicBoolean();
        AtomicLong stored = new AtomicLong();
        Thread writer = new Thread(() -> {
            for (long id = 1; !isEnough.get(); id++) {
                await(store.append(accept(id)));
                stored.set(id);
            }
        });
        writer.start();
        List<Backup> made = new ArrayList<>();
        List<Place> copies = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            long before = stored.get();
            Backup backup = await(store.backUp());
            assertThat(backup.sequence()).isBetween(before, stored.get() + 1);
            copies.add(restored(backup));
            made.add(backup);
            tick(1);
        }
        isEnough.set(true);
        writer.join();

        for (int i = 0; i < made.size(); i++) {
            long sequence = made.get(i).sequence();
            assertThat(copies.get(i).contents().ids())
                    .isEqualTo(LongStream.rangeClosed(1, sequence).boxed().toList());
        }
        assertThat(made.get(4).sequence()).isGreaterThan(made.get(0).sequence());
        assertThat(Contents.of(store).ids()).hasSize(stored.intValue());
    }

    @Test
    void keepsTheNewest() throws IOException {
        for (int i = 0; i < 5; i++) {
            await(store.backUp());
            tick(60);
        }

        assertThat(backups())
                .containsExactly(
                        "latido-20261121T100200.123Z.db",
                        "latido-20261121T100200.123Z.mark",
                        "latido-20261121T100300.123Z.db",
                        "latido-20261121T100300.123Z.mark",
                        "latido-20261121T100400.123Z.db",
                        "latido-20261121T100400.123Z.mark");
    }

    @Test
    void keepsTheOneItMadeWhenTheClockWentBack() throws IOException {
        for (int i = 0; i < 3; i++) {
            tick(60);
            await(store.backUp());
        }
        tick(-3_600);
        await(store.append(accept(1)));

        Backup backup = await(store.backUp());

        assertThat(backups()).hasSize(6).contains("latido-20261121T090300.123Z.db");
        assertThat(restored(backup).contents().ids()).containsExactly(1L);
    }

    @Test
    void refusesASecondOneOfTheSameMoment() throws IOException {
        Backup first = await(store.backUp());
        await(store.append(accept(1)));

        StoreException failure = failure(store.backUp());

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.REFUSED);
        assertThat(failure).hasMessage("there is a backup of this moment already: " + first.place());
        assertThat(restored(first).contents().executions()).isEmpty();
        assertThat(backups()).hasSize(2);
    }

    @Test
    void removesWhatABackupThatEndedEarlyLeft() throws IOException {
        Path folder = Files.createDirectories(place.directory().resolve("backups"));
        for (String name : List.of(
                "latido-20261120T100000.000Z.db.part",
                "latido-20261120T100000.000Z.db.part-journal",
                "latido-20261120T100000.000Z.mark")) {
            Files.writeString(folder.resolve(name), "half");
        }
        Files.writeString(folder.resolve("notes.txt"), "somebody else's");

        await(store.backUp());

        assertThat(backups())
                .containsExactly("latido-20261121T100000.123Z.db", "latido-20261121T100000.123Z.mark", "notes.txt");
    }

    @Test
    void neverEndsTheServiceWhenABackupFails() throws IOException {
        Files.writeString(place.directory().resolve("backups"), "in the way");

        StoreException failure = failure(store.backUp());

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        assertThat(failure).hasMessageStartingWith("cannot back up " + place.database());
        await(store.append(accept(1)));
    }

    @Test
    void makesOneAfterTheOther() throws IOException {
        await(store.append(accept(1)));
        Future<Backup> one = store.backUp();
        Future<Backup> other = store.backUp().recover(sameMoment -> Future.succeededFuture());

        await(one);
        await(other);

        assertThat(restored(await(one)).contents().ids()).containsExactly(1L);
    }
}

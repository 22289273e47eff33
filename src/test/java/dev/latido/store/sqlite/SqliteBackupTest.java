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
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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

    /** Lets whoever looks at the clock to make a backup go on; null while nobody is to wait. */
    private volatile @Nullable Semaphore looks;

    private final Semaphore held = new Semaphore(0);

    @BeforeEach
    void open() {
        place = new Place(directory.resolve("data"));
        store = new SqliteStore(place.config(""), new TimeSource() {
            @Override
            public Moment now() {
                Semaphore goOn = looks;
                if (goOn != null) {
                    held.release();
                    goOn.acquireUninterruptibly();
                }
                return new Moment(now, 0);
            }

            @Override
            public long nanos() {
                return 0;
            }
        });
        await(store.open());
    }

    /** Holds the next backup, before it looks at the clock for the first time. */
    private Future<Backup> holdOne(Instant deadline) {
        looks = new Semaphore(0);
        Future<Backup> backup = store.backUp(deadline);
        held.acquireUninterruptibly();
        return backup;
    }

    /** Lets go on what is held, and all that comes. */
    private void goOn() {
        Semaphore goOn = Objects.requireNonNull(looks);
        looks = null;
        goOn.release();
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

        Backup backup = await(store.backUp(Instant.MAX));

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
            Backup backup = await(store.backUp(Instant.MAX));
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
            await(store.backUp(Instant.MAX));
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
            await(store.backUp(Instant.MAX));
        }
        tick(-3_600);
        await(store.append(accept(1)));

        Backup backup = await(store.backUp(Instant.MAX));

        assertThat(backups()).hasSize(6).contains("latido-20261121T090300.123Z.db");
        assertThat(restored(backup).contents().ids()).containsExactly(1L);
    }

    @Test
    void refusesASecondOneOfTheSameMoment() throws IOException {
        Backup first = await(store.backUp(Instant.MAX));
        await(store.append(accept(1)));

        StoreException failure = failure(store.backUp(Instant.MAX));

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

        await(store.backUp(Instant.MAX));

        assertThat(backups())
                .containsExactly("latido-20261121T100000.123Z.db", "latido-20261121T100000.123Z.mark", "notes.txt");
    }

    @Test
    void neverEndsTheServiceWhenABackupFails() throws IOException {
        Files.writeString(place.directory().resolve("backups"), "in the way");

        StoreException failure = failure(store.backUp(Instant.MAX));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        assertThat(failure).hasMessageStartingWith("cannot back up " + place.database());
        await(store.append(accept(1)));
    }

    @Test
    void makesNoneThatNobodyWaitsForAnyMoreWhenItCouldBegin() throws IOException {
        Future<Backup> first = holdOne(Instant.MAX);
        Future<Backup> late = store.backUp(now.plusSeconds(5));
        Future<Backup> inTime = store.backUp(now.plusSeconds(6));
        tick(5);
        goOn();

        StoreException failure = failure(late);

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        assertThat(failure).hasMessage("its deadline had passed before it could begin");
        await(first);
        assertThat(failure(inTime)).hasMessageStartingWith("there is a backup of this moment already");
        assertThat(backups()).hasSize(2);
    }

    @Test
    void finishesOneThatHasBegunThoughNobodyWaitsForItAnyMore() throws IOException {
        await(store.append(accept(1)));
        Future<Backup> backup = holdOne(now.plusSeconds(5));
        Semaphore first = Objects.requireNonNull(looks);
        first.release(); // its deadline was not over
        held.acquireUninterruptibly();
        tick(10);
        goOn();

        assertThat(restored(await(backup)).contents().ids()).containsExactly(1L);
    }

    @Test
    void refusesMoreThanAFewThatWait() throws IOException {
        List<Future<Backup>> made = new ArrayList<>();
        made.add(holdOne(Instant.MAX));
        for (int i = 0; i < SqliteStore.MAX_WAITING_BACKUPS; i++) {
            made.add(store.backUp(Instant.MAX));
        }

        StoreException failure = failure(store.backUp(Instant.MAX));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        assertThat(failure).hasMessageEndingWith("too many wait for that already");
        goOn();
        await(made.get(0));
        for (Future<Backup> other : made.subList(1, made.size())) {
            assertThat(failure(other)).hasMessageStartingWith("there is a backup of this moment already");
        }
        tick(1);
        await(store.backUp(Instant.MAX));
        assertThat(backups()).hasSize(4);
    }

    @Test
    void makesNoneOnceTheStoreIsClosed() throws IOException {
        Future<Backup> first = holdOne(Instant.MAX);
        Future<Backup> second = store.backUp(Instant.MAX);
        await(store.close());
        goOn();

        assertThat(failure(second).kind()).isEqualTo(StoreException.Kind.BROKEN);
        await(first);
        assertThat(backups()).hasSize(2);
    }

    @Test
    void makesOneAfterTheOther() throws IOException {
        await(store.append(accept(1)));
        Future<Backup> one = store.backUp(Instant.MAX);
        Future<Backup> other = store.backUp(Instant.MAX).recover(sameMoment -> Future.succeededFuture());

        await(one);
        await(other);

        assertThat(restored(await(one)).contents().ids()).containsExactly(1L);
    }
}

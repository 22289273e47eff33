package dev.latido.store.sqlite;

import static dev.latido.store.Stores.accept;
import static dev.latido.store.Stores.await;
import static dev.latido.store.Stores.execution;
import static dev.latido.store.Stores.failure;
import static dev.latido.store.Stores.id;
import static dev.latido.store.Stores.job;
import static dev.latido.store.Stores.key;
import static dev.latido.store.Stores.state;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.cluster.ChildProcess;
import dev.latido.job.ExecutionState;
import dev.latido.store.Batch;
import dev.latido.store.Contents;
import dev.latido.store.PendingWrites;
import dev.latido.store.Store;
import dev.latido.store.StoreContract;
import dev.latido.store.StoreException;
import dev.latido.store.StoreStatus;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import dev.latido.store.StoredTexts;
import dev.latido.store.Stores;
import dev.latido.store.Text;
import io.vertx.core.Future;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest extends StoreContract {

    @TempDir
    Path directory;

    private int stores;

    @Override
    protected Store make() {
        return here(++stores).store();
    }

    @Override
    protected Store makeAgain(Store closed) {
        return here(stores).store();
    }

    private Place here(int number) {
        return new Place(directory.resolve("data-" + number));
    }

    private Place here() {
        return here(stores);
    }

    private SqliteStore sqlite() {
        return (SqliteStore) store;
    }

    @Test
    void syncsEveryCommitAndTrustsNoSchema() throws Exception {
        Connection connection = Place.connectionOf(sqlite());

        assertThat(Sql.text(connection, "PRAGMA journal_mode")).isEqualTo("wal");
        assertThat(Sql.text(connection, "PRAGMA synchronous")).isEqualTo("2");
        assertThat(Sql.text(connection, "PRAGMA trusted_schema")).isEqualTo("0");
        assertThat(Sql.text(connection, "PRAGMA cell_size_check")).isEqualTo("1");
        assertThat(Sql.text(connection, "PRAGMA wal_autocheckpoint")).isEqualTo("0");
        assertThat(Sql.text(connection, "PRAGMA busy_timeout")).isEqualTo("5000");
        assertThat(Sql.text(connection, "PRAGMA application_id")).isEqualTo("" + 0x4C415449);
        assertThat(Sql.text(connection, "PRAGMA integrity_check")).isEqualTo("ok");
    }

    @Test
    void tellsWhereItIsAndHowLarge() {
        await(store.append(accept(1)));
        StoreStatus before = store.status();
        await(store.append(
                new PendingWrites().accept(execution(2, "x".repeat(100_000))).batch()));

        assertThat(before.type()).isEqualTo("sqlite");
        assertThat(before.place()).isEqualTo(here().database().toString());
        assertThat(before.sequence()).isEqualTo(1);
        assertThat(store.status().bytes())
                .isGreaterThan(before.bytes() + 100_000)
                .isLessThan(1_000_000);
    }

    @Test
    void leavesOneDatabaseAndItsMarkWhenClosed() throws Exception {
        await(store.append(accept(1)));
        assertThat(here().log()).isNotEmptyFile();

        await(store.close());

        assertThat(here().log()).doesNotExist();
        assertThat(here().index()).doesNotExist();
        assertThat(here().database()).isNotEmptyFile();
        assertThat(here().mark()).hasSize(1_024);
        try (FileChannel lock = FileChannel.open(here().directory().resolve("latido.lock"), StandardOpenOption.WRITE)) {
            assertThat(lock.tryLock()).isNotNull();
        }
    }

    @Test
    void doesNothingBeforeItIsOpenedOrAfterItIsClosed() {
        Store other = make();
        for (int i = 0; i < 2; i++) {
            for (StoreException failure : List.of(
                    failure(other.append(accept(1))),
                    failure(other.scan(new IgnoringReader())),
                    failure(other.texts(id(1))),
                    failure(other.backUp(Instant.MAX)))) {
                assertThat(failure.kind()).isEqualTo(StoreException.Kind.BROKEN);
                assertThat(failure).hasMessageMatching("the store is (not open|closed)");
            }
            assertThat(here().database()).doesNotExist();
            await(other.close());
        }
    }

    @Test
    void readsTextsWhileABatchIsBeingWritten() throws Exception {
        await(store.append(accept(1)));
        try (Connection stranger = Connections.connect(here().database(), false)) {
            Sql.execute(stranger, "BEGIN IMMEDIATE");
            Future<Void> held = store.append(accept(2));

            assertThat(await(store.texts(id(1)))).isEqualTo(new StoredTexts("{\"n\":1}", null));
            assertThat(await(store.texts(id(2)))).isNull();

            assertThat(held.isComplete()).isFalse();
            Sql.execute(stranger, "ROLLBACK");
            await(held);
        }
    }

    @Test
    void leavesOneDatabaseAndItsMarkWhenClosedAfterTextsWereRead() {
        await(store.append(accept(1)));
        await(store.texts(id(1)));

        await(store.close());

        assertThat(here().log()).doesNotExist();
        assertThat(here().index()).doesNotExist();
        assertThat(failure(store.texts(id(1)))).hasMessage("the store is closed");
    }

    @Test
    void boundsTheTextsThatWaitToBeReadAndTellsThemWhenItCloses() throws Exception {
        await(store.append(accept(1)));
        CountDownLatch goOn = new CountDownLatch(1);
        Field reader = SqliteStore.class.getDeclaredField("reader");
        reader.setAccessible(true);
        ((ExecutorService) reader.get(sqlite())).execute(() -> awaitQuietly(goOn));
        List<Future<StoredTexts>> waiting = new ArrayList<>();
        for (int i = 0; i < SqliteStore.MAX_WAITING_READS; i++) {
            waiting.add(store.texts(id(1)));
        }

        StoreException failure = failure(store.texts(id(1)));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
        assertThat(failure).hasMessageEndingWith("too many wait for that already");
        Future<Void> closing = store.close();
        Awaitility.await().until(() -> failure(store.append(accept(2))).kind() == StoreException.Kind.BROKEN);
        goOn.countDown();
        await(closing);
        assertThat(waiting).allSatisfy(each -> assertThat(each.isComplete()).isTrue());
        assertThat(failure(waiting.get(waiting.size() - 1)).kind()).isEqualTo(StoreException.Kind.BROKEN);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void readsTextsAgainAfterOneCouldNotBeRead() throws Exception {
        await(store.append(accept(1)));
        await(store.texts(id(1)));
        Field texts = SqliteStore.class.getDeclaredField("texts");
        texts.setAccessible(true);
        Field connection = TextReader.class.getDeclaredField("connection");
        connection.setAccessible(true);
        ((Connection) connection.get(texts.get(sqlite()))).close(); // a bug of ours

        assertThat(failure(store.texts(id(1))).kind()).isEqualTo(StoreException.Kind.BROKEN);

        assertThat(await(store.texts(id(1)))).isEqualTo(new StoredTexts("{\"n\":1}", null));
    }

    @Test
    void isScannedInAHeapThatIsMuchSmallerThanItsTexts() throws Exception {
        String large = "x".repeat(1_000_000);
        for (long n = 1; n <= 40; n++) {
            await(store.append(new PendingWrites()
                    .job(job(Stores.JOB, 1))
                    .accept(execution(n, large))
                    .change(new StoredState(
                            id(n),
                            ExecutionState.SUCCEEDED,
                            0,
                            0,
                            0,
                            false,
                            0,
                            0,
                            0,
                            null,
                            Text.of(n % 2 == 0 ? large : "1"),
                            null,
                            List.of(),
                            List.of(),
                            false,
                            false,
                            false))
                    .batch()));
        }
        await(store.close());
        try (ChildProcess process = ChildProcess.start(
                ChildProcess.ownClassPath(),
                "-Xmx32m",
                LargeTextsProcess.class.getName(),
                here().directory().toString(),
                "10000")) {
            assertThat(process.await(line -> line.startsWith("40 "))).isEqualTo("40 20 60000000");
        }
    }

    @Test
    void refusesToOpenTwiceAndStaysOpen() {
        StoreException failure = failure(store.open());

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.REFUSED);
        await(store.append(accept(1)));
        assertThat(Contents.of(store).ids()).containsExactly(1L);
    }

    @Test
    void opensAfterItRefusedOnceTheReasonIsGone() {
        Store second = here().store();
        assertThat(failure(second.open()).kind()).isEqualTo(StoreException.Kind.REFUSED);

        await(store.close());

        await(second.open());
        await(second.append(accept(1)));
        await(second.close());
    }

    @Test
    @SuppressWarnings("NullAway")
    void writesNothingOfABatchThatCannotBeWritten() {
        await(store.append(accept(1)));
        for (StoredKey impossible : new StoredKey[] {null, key(null, 5)}) { // a bug of ours; a constraint of SQLite
            Batch broken = new Batch(
                    null,
                    List.of(job("new", 1)),
                    List.of(execution(2)),
                    List.of(),
                    List.of(),
                    Arrays.asList(impossible),
                    List.of());

            assertThat(failure(store.append(broken)).kind()).isEqualTo(StoreException.Kind.BROKEN);

            assertThat(Contents.of(store).ids()).containsExactly(1L);
        }
        await(store.append(accept(3)));
        assertThat(Contents.of(store).ids()).containsExactly(1L, 3L);
        assertThat(Contents.of(store).jobs()).hasSize(1);
        assertThat(store.status().sequence()).isEqualTo(2);
    }

    @Test
    void isBrokenAtTheCommitAfterTheOneThatCouldNotBeMarked() throws Exception {
        Field channel = CommitMark.class.getDeclaredField("channel");
        channel.setAccessible(true);
        ((FileChannel) channel.get(Place.partOf(sqlite(), "mark"))).close();

        await(store.append(accept(1)));
        StoreException failure = failure(store.append(accept(2)));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.BROKEN);
        assertThat(failure(store.close()).getMessage()).contains("cannot move the mark");
        store = here().open();
        assertThat(Contents.of(store).ids()).containsExactly(1L);
        assertThat(store.status().sequence()).isEqualTo(1);
        assertThat(Contents.of(store).service().endingMillis())
                .as("that the process before had to end")
                .isNotZero();
        await(store.close());
        store = here().open();
        assertThat(Contents.of(store).service()).as("that is over").isEqualTo(StoredService.INITIAL);
    }

    @Test
    void waitsForNobodyWhoHoldsTheDatabaseForLong() throws Exception {
        await(store.append(accept(1)));
        Sql.execute(Place.connectionOf(sqlite()), "PRAGMA busy_timeout = 10");
        try (Connection stranger = Connections.connect(here().database(), false)) {
            Sql.execute(stranger, "BEGIN IMMEDIATE");

            for (int i = 0; i < 2; i++) {
                StoreException failure = failure(store.append(accept(2)));
                assertThat(failure.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE);
                assertThat(failure).hasMessageContaining("SQLITE_BUSY");
            }

            Sql.execute(stranger, "ROLLBACK");
        }
        await(store.append(accept(2)));
        assertThat(Contents.of(store).ids()).containsExactly(1L, 2L);
        assertThat(store.status().sequence()).isEqualTo(2);
    }

    @Test
    void tellsThatADamagedDatabaseIsBroken() throws Exception {
        for (int i = 0; i < 50; i++) {
            await(store.append(new PendingWrites()
                    .job(job(Stores.JOB, 1))
                    .accept(execution(i, "x".repeat(3_000)))
                    .batch()));
        }
        await(store.close());
        byte[] bytes = Files.readAllBytes(here().database());
        Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0xFF);
        Files.write(here().database(), bytes);
        store = here().open();

        StoreException failure = failure(store.scan(new IgnoringReader()));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.BROKEN);
        assertThat(failure).hasMessageContaining("cannot read " + here().database());
        assertThat(failure(store.texts(id(49))).kind()).isEqualTo(StoreException.Kind.BROKEN);
    }

    @Test
    void reusesTheSpaceOfWhatItForgot() {
        long afterTen = sizeAfterCycles(0, 10);
        long afterFifty = sizeAfterCycles(10, 50);

        assertThat(afterTen).isGreaterThan(300_000);
        assertThat(afterFifty).isLessThanOrEqualTo(afterTen + afterTen / 10);
    }

    /** Writes 300 KB and forgets it again in each cycle. */
    private long sizeAfterCycles(int from, int to) {
        for (int cycle = from; cycle < to; cycle++) {
            PendingWrites in = new PendingWrites().job(job(Stores.JOB, cycle));
            PendingWrites out = new PendingWrites();
            for (long n = 1_000L * cycle; n < 1_000L * cycle + 300; n++) {
                in.accept(execution(n, "x".repeat(1_000))).change(state(n, ExecutionState.RUNNING));
                out.forget(id(n));
            }
            await(store.append(in.batch()));
            await(store.append(out.batch()));
        }
        await(store.close());
        store = here().open();
        return store.status().bytes();
    }

    @Test
    void keepsNoPayloadInMemoryOnceItIsWritten() {
        WeakReference<String> payload = writtenPayload();

        Awaitility.await().until(() -> {
            System.gc();
            return payload.get() == null;
        });
    }

    private WeakReference<String> writtenPayload() {
        String payload = "x".repeat(1_000);
        await(store.append(new PendingWrites()
                .job(job(Stores.JOB, 1))
                .accept(execution(1, payload))
                .batch()));
        return new WeakReference<>(payload);
    }

    @Test
    void boundsItsLog() {
        String large = "x".repeat(1_000_000);
        for (int i = 0; i < 60; i++) {
            await(store.append(new PendingWrites()
                    .job(job(Stores.JOB, 1))
                    .accept(execution(1, large + i))
                    .batch()));
            assertThat(here().log().toFile().length()).isLessThan(20_000_000);
        }
    }

    @Test
    void followsASymbolicLinkToItsDirectory() throws Exception {
        Path real = Files.createDirectories(directory.resolve("real"));
        Place link = new Place(Files.createSymbolicLink(directory.resolve("link"), real));
        SqliteStore one = link.open();

        assertThat(Place.refusal(new Place(real).store())).contains("uses " + real);
        await(one.append(accept(1)));
        await(one.close());

        assertThat(new Place(real).contents().ids()).containsExactly(1L);
    }

    @Test
    void makesItsDirectoryWithAllAboveIt() {
        Place deep = new Place(directory.resolve("a b/c?d=e/f%20#g/\u00e9"));
        SqliteStore one = deep.open();
        await(one.append(accept(1)));
        await(one.close());

        assertThat(deep.database()).isNotEmptyFile();
        assertThat(deep.contents().ids()).containsExactly(1L);
    }

    @Test
    void writesOnAfterHalfACharacter() {
        await(store.append(new PendingWrites()
                .job(job(Stores.JOB, 1))
                .accept(execution(1, "half of a pair: \uD83D"))
                .batch()));

        assertThat(await(store.texts(id(1))).payload()).startsWith("half of a pair: ");
    }
}

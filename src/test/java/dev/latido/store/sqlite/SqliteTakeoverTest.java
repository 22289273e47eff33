package dev.latido.store.sqlite;

import static dev.latido.store.Stores.accept;
import static dev.latido.store.Stores.await;
import static dev.latido.store.Stores.execution;
import static dev.latido.store.Stores.job;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.cluster.ChildProcess;
import dev.latido.store.Batch;
import dev.latido.store.Contents;
import dev.latido.store.PendingWrites;
import dev.latido.store.Stores;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process before left in its log is taken over by the next one, whoever is in the way. */
class SqliteTakeoverTest {

    private static final int LOG_PAGES = 20;

    @TempDir
    Path directory;

    private Place place() {
        return new Place(directory.resolve("data"));
    }

    private SqliteStore open() {
        return Place.open(new SqliteStore(place().config(""), Place.CLOCK, Schema.STEPS, LOG_PAGES));
    }

    private static Batch large(long id) {
        return new PendingWrites()
                .job(job(Stores.JOB, id))
                .accept(execution(id, "x".repeat(10_000)))
                .batch();
    }

    private static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    @Test
    void leavesNothingInTheLog() throws Exception {
        SqliteStore store = open();
        await(store.append(accept(1)));
        Place crashed = place().copyTo(directory.resolve("crashed"));
        await(store.close());
        assertThat(crashed.log()).isNotEmptyFile();

        SqliteStore next = crashed.open();

        assertThat(crashed.log()).isEmptyFile();
        assertThat(Contents.of(next).ids()).containsExactly(1L);
        assertThat(next.status().sequence()).isEqualTo(1);
        await(next.close());
    }

    @Test
    void goesOnWithTheLogWhereSomebodyReadsIt() throws Exception {
        SqliteStore store = open();
        await(store.append(accept(1)));
        Place crashed = place().copyTo(directory.resolve("crashed"));
        await(store.close());
        try (Connection reader = Connections.connect(crashed.database(), true)) {
            Sql.execute(reader, "BEGIN");
            assertThat(Sql.integer(reader, "SELECT count(*) FROM execution")).isEqualTo(1);

            SqliteStore next = crashed.open();

            assertThat(crashed.log()).isNotEmptyFile();
            await(next.append(accept(2)));
            assertThat(Contents.of(next).ids()).containsExactly(1L, 2L);
            assertThat(Sql.integer(reader, "SELECT count(*) FROM execution")).isEqualTo(1);
            Sql.execute(reader, "COMMIT");
            await(next.close());
        }
        assertThat(crashed.contents().ids()).containsExactly(1L, 2L);
    }

    /**
     * What was taken over in part and perhaps not synced is written again, though another process keeps the index of the log,
     * by which that is done.
     */
    @Test
    void trustsNoTakeoverOfWhichSomebodyElseKeptTheNote() throws Exception {
        SqliteStore store = open();
        await(store.append(large(1)));
        History history = new History(place().database(), place().mark(), "");
        try (ChildProcess reader = ChildProcess.start(
                ChildProcess.ownClassPath(),
                ReaderProcess.class.getName(),
                place().database().toString())) {
            reader.await("reading"::equals);
            byte[] onDisk = Files.readAllBytes(place().database());
            for (long id = 2; id <= 10; id++) {
                await(store.append(large(id)));
            }
            Log.Extent extent = Log.extent(Place.connectionOf(store));
            assertThat(extent.takenOver()).isBetween(1, extent.pages() - 1);
            Sql.execute(Place.connectionOf(store), "PRAGMA busy_timeout = 10");
            await(store.close());
            assertThat(history.read(Schema.STEPS.size()).log()).isEqualTo(extent);
            byte[] written = Files.readAllBytes(place().database());
            assertThat(written).isNotEqualTo(Arrays.copyOf(onDisk, written.length));
            Files.write(place().database(), Arrays.copyOf(onDisk, written.length)); // as if it was never synced

            Takeover.secure(place().database(), extent);

            assertThat(Files.readAllBytes(place().database())).isEqualTo(written);
            reader.tell("");
            reader.await("idle"::equals);
            SqliteStore next = open();
            assertThat(place().log()).isEmptyFile();
            assertThat(Sql.text(Place.connectionOf(next), "PRAGMA integrity_check"))
                    .isEqualTo("ok");
            assertThat(Contents.of(next).ids()).isEqualTo(upTo(10));
            await(next.close());
        }
    }

    @Test
    void takesEverythingOverWhereNobodyElseHasItOpen() throws Exception {
        SqliteStore store = open();
        await(store.append(large(1)));
        try (Connection reader = Connections.connect(place().database(), true)) {
            Sql.execute(reader, "BEGIN");
            Sql.integer(reader, "SELECT count(*) FROM execution");
            for (long id = 2; id <= 10; id++) {
                await(store.append(large(id)));
            }
            assertThat(Log.extent(Place.connectionOf(store)).takenOver()).isPositive();
        }
        Place crashed = place().copyTo(directory.resolve("crashed"));
        await(store.close());

        assertThat(new History(crashed.database(), crashed.mark(), "")
                        .read(Schema.STEPS.size())
                        .log()
                        .takenOver())
                .isZero();
    }

    @Test
    void changesNothingOfWhatItWritesAgain() throws Exception {
        SqliteStore store = open();
        for (long id = 1; id <= 30; id++) { // so that the log holds what it held before it began anew
            await(store.append(large(id)));
        }
        Place crashed = place().copyTo(directory.resolve("crashed"));
        await(store.close());
        Place before = crashed.copyTo(directory.resolve("before"));

        Takeover.secure(crashed.database(), Log.Extent.NONE);

        assertThat(crashed.bytes()).isEqualTo(before.bytes());
        assertThat(crashed.contents().ids()).isEqualTo(upTo(30));
    }
}

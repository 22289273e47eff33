package dev.latido.store.sqlite;

import static dev.latido.store.Stores.await;
import static dev.latido.store.Stores.execution;
import static dev.latido.store.Stores.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.cluster.ChildProcess;
import dev.latido.store.Batch;
import dev.latido.store.Contents;
import dev.latido.store.PendingWrites;
import dev.latido.store.Stores;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that ends without closing leaves everything behind that it acknowledged. */
class SqliteCrashTest {

    @TempDir
    Path directory;

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
    void leavesAllThatWasAcknowledgedAtEveryMoment() throws Exception {
        Place live = new Place(directory.resolve("live"));
        SqliteStore store = live.open();
        for (long id = 1; id <= 30; id++) {
            await(store.append(large(id)));
            if (id % 7 == 0) { // to crash after the log was taken over too
                Sql.execute(Place.connectionOf(store), "PRAGMA wal_checkpoint(PASSIVE)");
            }

            Place crashed = live.copyTo(directory.resolve("crashed-" + id));
            if (id % 2 == 0) {
                Files.delete(crashed.index()); // as when the machine itself stops
            }

            assertThat(crashed.contents().ids()).isEqualTo(upTo(id));
        }
        await(store.close());
    }

    @Test
    void leavesACommitThatWasCutOffWhollyOrNotAtAll() throws IOException {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        Place live = new Place(directory.resolve("live"));
        SqliteStore store = live.open();
        await(store.append(large(1)));
        Place.settle(store);
        Place before = live.copyTo(directory.resolve("before"));
        await(store.append(large(2)));
        long from = Files.size(before.log());
        long to = Files.size(live.log());
        assertThat(to).isGreaterThan(from + 10_000);
        for (int i = 0; i < 30; i++) {
            Place crashed = before.copyTo(directory.resolve("crashed-" + i));
            Files.copy(live.log(), crashed.log(), StandardCopyOption.REPLACE_EXISTING);
            Files.delete(crashed.index());
            long cut = from + random.nextLong(to - from);
            try (FileChannel log = FileChannel.open(crashed.log(), StandardOpenOption.WRITE)) {
                log.truncate(cut);
            }

            assertThat(crashed.contents().ids())
                    .as("cut at %s, run it again with -Dseed=%s", cut, seed)
                    .isEqualTo(upTo(1));
        }
        await(store.close());
    }

    @Test
    void keepsEveryAcknowledgedCommitHoweverOftenItIsKilled() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        Place place = new Place(directory.resolve("live"));
        long stored = 0;
        for (int round = 0; round < 5; round++) {
            long wanted = stored + (round == 0 ? 1 : 1 + random.nextInt(300));
            try (ChildProcess process = ChildProcess.start(
                    ChildProcess.ownClassPath(),
                    StoreProcess.class.getName(),
                    place.directory().toString(),
                    "" + (stored + 1))) {
                process.await(("stored " + wanted)::equals);
                process.kill();
            }

            Contents contents = place.contents();

            assertThat(contents.ids().size())
                    .as("run it again with -Dseed=%s", seed)
                    .isGreaterThanOrEqualTo((int) wanted);
            stored = contents.ids().size();
            assertThat(contents.ids()).isEqualTo(upTo(stored));
        }
    }

    @Test
    void opensAfterItWasKilledWhileItOpened() throws Exception {
        for (int i = 0; i < 4; i++) {
            Place place = new Place(directory.resolve("new-" + i));
            try (ChildProcess process = ChildProcess.start(
                    ChildProcess.ownClassPath(),
                    StoreProcess.class.getName(),
                    place.directory().toString())) {
                process.await("opening"::equals);
                if (i % 2 == 1) { // a little later
                    while (!Files.exists(place.database())) {
                        Thread.onSpinWait();
                    }
                }
                process.kill();
            }

            assertThat(place.contents().executions()).isEmpty();
        }
    }

    @Test
    void opensWhenItWasKilledWhileItMadeTheFile() throws Exception {
        Place place = new Place(directory.resolve("half-made"));
        Path half = directory.resolve("half.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + half);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA cache_size = 1"); // so that what is not committed gets into the file
            statement.execute("CREATE TABLE first (text TEXT)");
            connection.setAutoCommit(false);
            statement.execute("CREATE TABLE half (text TEXT)");
            statement.execute("INSERT INTO half VALUES (hex(randomblob(1000000)))");
            statement.execute("DROP TABLE first");
            Files.createDirectories(place.directory());
            Files.copy(half, place.database());
            Files.copy(Path.of(half + "-journal"), Path.of(place.database() + "-journal"));
            connection.rollback();
        }

        assertThatThrownBy(place::contents).hasStackTraceContaining("is a database of something else");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + place.database());
                Statement statement = connection.createStatement();
                ResultSet tables = statement.executeQuery("SELECT name FROM sqlite_schema")) {
            tables.next();
            assertThat(tables.getString(1)).as("what was committed").isEqualTo("first");
        }
    }
}

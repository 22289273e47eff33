package dev.latido.store.sqlite;

import static dev.latido.store.Stores.accept;
import static dev.latido.store.Stores.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.cluster.ChildProcess;
import dev.latido.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What is not ours, or not for this version, is left as it is. */
class SqliteRefusalTest {

    @TempDir
    Path directory;

    private Place place() {
        return new Place(directory.resolve("data"));
    }

    /** Sees to it that the store refuses and changes nothing; returns why. */
    private static String refusalOf(Place place) throws IOException {
        Map<String, String> before = place.bytes();
        String why = Place.refusal(place.store());
        assertThat(place.bytes()).isEqualTo(before);
        assertThat(Place.refusal(place.store())).isEqualTo(why); // it is no different the next time
        assertThat(place.bytes()).isEqualTo(before);
        return why;
    }

    /** Makes a database with those statements; the write-ahead log stays where it is when the mode is WAL. */
    private Place databaseOf(String... statements) throws IOException, SQLException {
        Place made = new Place(Files.createDirectories(directory.resolve("made")));
        try (Connection connection = Connections.connect(made.database(), false)) {
            for (String statement : statements) {
                Sql.execute(connection, statement);
            }
            return made.copyTo(place().directory());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 99, 512, 4_096, 100_000})
    void refusesAFileThatIsNoDatabase(int length) throws IOException {
        Files.createDirectories(place().directory());
        Files.write(
                place().database(), "text ".repeat(length).substring(0, length).getBytes(StandardCharsets.UTF_8));

        assertThat(refusalOf(place()))
                .startsWith("cannot open " + place().database())
                .contains("file is not a database");
    }

    @ParameterizedTest
    @ValueSource(strings = {"delete", "wal"})
    void refusesTheDatabaseOfAnotherApplication(String mode) throws Exception {
        Place place = databaseOf(
                "PRAGMA journal_mode = " + mode,
                "PRAGMA application_id = 77",
                "CREATE TABLE t (a)",
                "INSERT INTO t VALUES (1)");
        assertThat(Files.exists(place.log())).isEqualTo(mode.equals("wal"));

        assertThat(refusalOf(place))
                .isEqualTo(place.database() + " is a database of something else; store.directory names another place");
    }

    @ParameterizedTest
    @ValueSource(strings = {"CREATE TABLE t (a)", "PRAGMA user_version = 1", "PRAGMA application_id = 77"})
    void refusesADatabaseOfWhoKnowsWhom(String statement) throws Exception {
        assertThat(refusalOf(databaseOf(statement))).contains(" is a database of something else");
    }

    @Test
    void refusesAVersionThatCannotBe() throws Exception {
        assertThat(refusalOf(databaseOf("PRAGMA application_id = " + 0x4C415449, "PRAGMA user_version = -1")))
                .contains(" is a database of something else");
    }

    @Test
    void takesAFileWithNothingInIt() throws Exception {
        Place place = databaseOf("PRAGMA journal_mode = wal");
        assertThat(place.contents().jobs()).isEmpty();

        Place empty = new Place(Files.createDirectories(directory.resolve("empty")));
        Files.createFile(empty.database());
        assertThat(empty.contents().jobs()).isEmpty();
    }

    @Test
    void refusesWhatANewerVersionWrote() throws IOException {
        List<List<String>> newer = SqliteMigrationTest.with(List.of(List.of("CREATE TABLE novelty (a)")));
        SqliteStore store = Place.open(new Place(directory.resolve("live")).store(newer));
        await(store.append(accept(1)));
        Place live = new Place(directory.resolve("live")).copyTo(place().directory());
        await(store.close());

        for (Place place : List.of(live, new Place(directory.resolve("live")))) {
            assertThat(refusalOf(place))
                    .isEqualTo(place.database() + " was written by a newer Latido: it has version "
                            + newer.size() + ", this one knows up to " + Schema.STEPS.size()
                            + ". It was left as it is; run the newer one");
            SqliteStore again = Place.open(place.store(newer));
            assertThat(again.status().sequence()).isEqualTo(1);
            await(again.close());
        }
    }

    @Test
    void refusesADirectoryThatCannotBeMade() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Place under = new Place(file.resolve("data"));

        assertThat(Place.refusal(under.store()))
                .startsWith("cannot make " + under.directory() + " (store.directory): ");
    }

    @Test
    void refusesADirectoryThatIsAFile() throws IOException {
        Place place = new Place(Files.createFile(directory.resolve("file")));

        assertThat(Place.refusal(place.store()))
                .startsWith("cannot make " + place.directory() + " (store.directory): ");
    }

    @Test
    void refusesADirectoryThatCannotBeWrittenTo() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(Files.createDirectories(directory.resolve("disk")), 4_096)) {
            Place place = new Place(Files.createDirectories(disk.root().resolve("data")));
            await(place.open().close());
            disk.makeReadOnly();

            assertThat(Place.refusal(place.store()))
                    .isEqualTo(
                            "cannot write to " + place.directory().resolve("latido.lock") + ": Read-only file system");
        }
    }

    @ParameterizedTest
    @CsvSource({"30000, noexec", "1000, exec"})
    void refusesWhenTheLibraryCannotBeLoaded(int kib, String option) throws Exception {
        Path root = Files.createDirectories(directory.resolve("disk"));
        try (SmallDisk disk = SmallDisk.mount(root, kib, option);
                ChildProcess process = ChildProcess.start(
                        ChildProcess.ownClassPath(),
                        StoreProcess.class.getName(),
                        disk.root().resolve("data").toString())) {
            assertThat(process.await(line -> line.startsWith("refused ")))
                    .isEqualTo("refused cannot load the library of SQLite from " + root.resolve("data/native")
                            + ": is there space, and may programs run from there? -Dorg.sqlite.tmpdir names another"
                            + " place");
            process.kill();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "SQLITE_FULL, FULL",
        "SQLITE_IOERR_SHMSIZE, FULL",
        "SQLITE_CANTOPEN, UNAVAILABLE",
        "SQLITE_BUSY, UNAVAILABLE",
        "SQLITE_BUSY_SNAPSHOT, UNAVAILABLE",
        "SQLITE_LOCKED, UNAVAILABLE",
        "SQLITE_READONLY, UNAVAILABLE",
        "SQLITE_READONLY_DBMOVED, BROKEN",
        "SQLITE_IOERR_FSYNC, BROKEN",
        "SQLITE_IOERR_WRITE, BROKEN",
        "SQLITE_CORRUPT, BROKEN",
        "SQLITE_NOTADB, BROKEN",
        "SQLITE_CONSTRAINT, BROKEN"
    })
    void saysWhatCanBeDoneAboutAnError(SQLiteErrorCode code, StoreException.Kind kind) {
        assertThat(Sql.kind(new SQLiteException("it", code))).isEqualTo(kind);
    }

    @Test
    void takesAnErrorThatItDoesNotKnowForTheWorst() {
        assertThat(Sql.kind(new SQLException("it"))).isEqualTo(StoreException.Kind.BROKEN);
    }

    /** As after a restore that left the log of the database that was there before. */
    @Test
    void saysThatALogBelongsToAnotherDatabase() throws Exception {
        Place live = new Place(directory.resolve("live"));
        SqliteStore store = live.open();
        for (int i = 1; i <= 300; i++) {
            await(store.append(accept(i)));
        }
        await(store.close());
        SqliteStore goingOn = live.open();
        await(goingOn.append(accept(301)));
        Place crashed = live.copyTo(directory.resolve("crashed"));
        await(goingOn.close());
        SqliteStore other = place().open();
        for (int i = 1; i <= 20; i++) {
            await(other.append(accept(1_000 + i)));
        }
        await(other.close());
        Files.copy(crashed.log(), place().log(), StandardCopyOption.REPLACE_EXISTING);

        assertThat(refusalOf(place()))
                .contains(
                        "latido.db-wal may belong to another database",
                        "move latido.db-wal and latido.db-shm elsewhere");
        Files.delete(place().log());
        Files.deleteIfExists(place().directory().resolve("latido.db-shm"));
        assertThat(place().contents().ids()).hasSize(20);
    }
}

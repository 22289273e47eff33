package dev.latido.store.sqlite;

import dev.latido.job.ExecutionId;
import dev.latido.job.TimeSource;
import dev.latido.process.ProcessEnd;
import dev.latido.store.Backup;
import dev.latido.store.Batch;
import dev.latido.store.Store;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoreException;
import dev.latido.store.StoreReader;
import dev.latido.store.StoreStatus;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteJDBCLoader;

/**
 * One SQLite file in write-ahead mode, written by one thread on one connection. A batch is one transaction, synced to the
 * disk ({@code synchronous=FULL}) before its future succeeds, and noted in the {@link Mark} before the next is.
 */
public final class SqliteStore implements Store {

    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

    /** What the connection has to have, as it is read back. SQLite ignores what it cannot do. */
    private static final Map<String, String> PRAGMAS = Map.of(
            "journal_mode", "wal",
            "synchronous", "2", // FULL: NORMAL loses acknowledged rows when the power fails
            "trusted_schema", "0",
            "cell_size_check", "1");

    private static final int CACHE_KIB = 16_384;
    private static final int BUSY_MILLIS = 5_000;

    private final StoreConfig config;
    private final List<List<String>> schema;
    private final Path database;
    private final Path markFile;
    private final Backups backups;
    private final ExecutorService writer = Threads.one("latido-store");
    private final ExecutorService copier = Threads.one("latido-backup");

    // All below belong to the writer's thread.
    private @Nullable DirectoryLock lock;
    private @Nullable Open open;
    private volatile Mark.Position position = Mark.START;
    private volatile long bytes;

    private @Nullable Future<Void> closed;

    /** What there is while the store is open. */
    private record Open(Connection connection, Log log, Rows rows, Mark mark) {}

    public SqliteStore(StoreConfig config, TimeSource time) {
        this(config, time, Schema.STEPS);
    }

    /** Makes a store of another version, for tests. */
    SqliteStore(StoreConfig config, TimeSource time, List<List<String>> schema) {
        this.config = config;
        this.schema = schema;
        this.database = config.directory().resolve("latido.db");
        this.markFile = config.directory().resolve("latido.mark");
        this.backups = new Backups(config.directory().resolve("backups"), config.keepBackups(), time);
    }

    /** Something that takes long and may fail. */
    @FunctionalInterface
    private interface Work<T> {
        T run() throws SQLException, IOException, StoreException;
    }

    /** Something that takes long, may fail, and has no result. */
    @FunctionalInterface
    private interface Action {
        void run() throws SQLException, IOException, StoreException;
    }

    private Future<Void> onWriter(String what, Action action) {
        return on(writer, what, () -> {
                    action.run();
                    return true;
                })
                .mapEmpty();
    }

    private <T> Future<T> on(ExecutorService thread, String what, Work<T> work) {
        Promise<T> promise = Promise.promise();
        try {
            thread.execute(() -> {
                T result;
                try {
                    result = work.run();
                } catch (Exception | Error failure) { // whatever it is, somebody waits for it
                    ProcessEnd.endIfOutOfMemory(failure);
                    promise.fail(explained(what, failure));
                    return;
                }
                promise.complete(result);
            });
        } catch (RejectedExecutionException closed) {
            promise.fail(new StoreException(StoreException.Kind.BROKEN, "the store is closed", closed));
        }
        return promise.future();
    }

    private StoreException explained(String what, Throwable failure) {
        if (failure instanceof StoreException known) {
            return known;
        }
        StoreException.Kind kind = failure instanceof SQLException sql ? Sql.kind(sql) : StoreException.Kind.BROKEN;
        String reason = kind == StoreException.Kind.FULL
                ? "no space left where " + config.directory() + " is"
                : String.valueOf(failure.getMessage());
        return new StoreException(kind, "cannot " + what + " " + database + ": " + reason, failure);
    }

    // Opening

    @Override
    public Future<Void> open() {
        return onWriter("open", () -> {
            if (open != null) {
                throw Sql.refused(database + " is open already");
            }
            try {
                openNow();
            } catch (Exception | Error failure) {
                closeNow();
                // Before anything is written, the worst that a failure means is that one cannot begin.
                String why = String.valueOf(explained("open", failure).getMessage());
                throw new StoreException(StoreException.Kind.REFUSED, why, failure);
            }
        });
    }

    private void openNow() throws SQLException, IOException, StoreException {
        Path directory = config.directory();
        try {
            make(directory);
        } catch (IOException e) {
            throw Sql.refused("cannot make " + directory + " (store.directory): " + e);
        }
        if (!Files.isWritable(directory)) {
            throw Sql.refused("cannot write to " + directory + " (store.directory)");
        }
        lock = DirectoryLock.take(directory);
        loadLibrary(directory);
        Mark.Position stored = storedPosition();
        Mark.Position start = compare(stored, Mark.read(markFile));
        Connection connection = connect(database, false);
        try {
            configure(connection);
            Log log = Log.of(connection);
            Schema.migrate(connection, schema);
            connection.setAutoCommit(false);
            Rows rows = new Rows(connection);
            if (!start.equals(stored)) {
                rows.advance(start);
                connection.commit();
            }
            open = new Open(connection, log, rows, Mark.open(markFile, start));
            position = start;
        } catch (Exception | Error failure) {
            connection.close(); // which undoes what is not committed
            throw failure;
        }
        syncDirectory(directory);
        measure();
    }

    /**
     * Makes a directory and those above it, readable for nobody else: payloads are nobody else's business. Each is synced
     * into the one above, or the power may fail and take all of it away, the mark included.
     */
    static void make(Path directory) throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        if (Files.isDirectory(directory) || parent == null) {
            return;
        }
        make(parent);
        Files.createDirectory(directory);
        PosixFileAttributeView posix = Files.getFileAttributeView(directory, PosixFileAttributeView.class);
        if (posix != null) {
            posix.setPermissions(PosixFilePermissions.fromString("rwx------"));
        }
        syncDirectory(parent);
    }

    /**
     * The driver unpacks its library somewhere; the place for temporary files may be full, shared or not executable. A
     * process that was killed leaves its copy behind.
     */
    private static void loadLibrary(Path directory) throws IOException, StoreException {
        if (System.getProperty("org.sqlite.tmpdir") == null) {
            Path folder = Files.createDirectories(directory.resolve("native"));
            try (Stream<Path> left = Files.list(folder)) {
                for (Path file : left.filter(Files::isRegularFile).toList()) {
                    Files.delete(file);
                }
            }
            System.setProperty("org.sqlite.tmpdir", folder.toAbsolutePath().toString());
        }
        try {
            SQLiteJDBCLoader.initialize();
        } catch (Exception e) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "cannot load the library of SQLite from " + System.getProperty("org.sqlite.tmpdir")
                            + ": is there space, and may programs run from there? -Dorg.sqlite.tmpdir names another place",
                    e);
        }
    }

    /**
     * Returns where the database stands, without changing it: one that is refused may still be needed as it is. To open it
     * for writing would take the write-ahead log over and delete it, with all that is unreadable in it.
     */
    private Mark.Position storedPosition() throws SQLException, StoreException {
        if (!Files.exists(database)) {
            return Mark.START;
        }
        // A rollback journal is from before the write-ahead log was on: a process died while it made the file, and only
        // who may write can take back what was half done.
        boolean isHalfMade = Files.exists(Path.of(database + "-journal"));
        try (Connection reader = connect(database, !isHalfMade)) {
            boolean isEmpty = Schema.check(reader, database.toString(), schema.size()) == 0;
            return isEmpty ? Mark.START : position(reader);
        }
    }

    static Connection connect(Path file, boolean readOnly) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(readOnly);
        config.setBusyTimeout(BUSY_MILLIS);
        return config.createConnection(JDBC.PREFIX + file);
    }

    private static void configure(Connection connection) throws SQLException, StoreException {
        for (Map.Entry<String, String> pragma : PRAGMAS.entrySet()) {
            Sql.execute(connection, "PRAGMA " + pragma.getKey() + " = " + pragma.getValue());
            String actual = Sql.text(connection, "PRAGMA " + pragma.getKey());
            if (!actual.equals(pragma.getValue())) {
                throw Sql.refused("SQLite does not take " + pragma.getKey() + " = " + pragma.getValue() + " here, but "
                        + actual + "; is this a network file system?");
            }
        }
        Sql.execute(connection, "PRAGMA cache_size = -" + CACHE_KIB);
        Sql.execute(connection, "PRAGMA temp_store = MEMORY");
    }

    /** Compares what is there with what was acknowledged, and returns where the history goes on. */
    private Mark.Position compare(Mark.Position stored, Mark.@Nullable Position acknowledged) throws StoreException {
        // The mark is written before the next commit, so that a crash leaves it one behind and no more.
        boolean isWhole = acknowledged == null
                ? stored.sequence() == 0
                : stored.sequence() == acknowledged.sequence() + 1 || stored.equals(acknowledged);
        if (isWhole) {
            return stored;
        }
        // Going on takes a further number, so that what is accepted here is accepted once.
        String loss = acknowledged == null ? "all-" + stored.sequence() : Long.toString(acknowledged.sequence());
        String what = difference(stored, acknowledged);
        if (!config.acceptLoss().equals(loss)) {
            throw Sql.refused(
                    what + ": acknowledged work may be lost. Bring the missing files back, or give it up by starting"
                            + " once with -Dlatido.store.acceptLoss=" + loss);
        }
        LOG.warn("{}; this loss is accepted by store.acceptLoss", what);
        long next = 1 + Math.max(stored.sequence(), acknowledged == null ? 0 : acknowledged.sequence());
        return new Mark.Position(next, stored.hash());
    }

    private String difference(Mark.Position stored, Mark.@Nullable Position acknowledged) {
        if (acknowledged == null) {
            return markFile + ", which tells what was acknowledged, is missing or unreadable";
        }
        if (stored.sequence() == acknowledged.sequence()) {
            return "the commits in " + database + " are not those that were acknowledged";
        }
        String end = database + " ends with commit " + stored.sequence();
        return stored.sequence() < acknowledged.sequence()
                ? end + ", but commit " + acknowledged.sequence() + " was acknowledged"
                : end + " and " + markFile + " with " + acknowledged.sequence()
                        + ", so not all files here are of the same time";
    }

    static Mark.Position position(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT sequence, hash FROM meta")) {
            if (!row.next()) {
                throw new SQLException("table meta is empty");
            }
            return new Mark.Position(row.getLong(1), row.getLong(2));
        }
    }

    static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private Open opened() throws StoreException {
        if (open == null) {
            throw new StoreException(StoreException.Kind.BROKEN, "the store is not open", null);
        }
        return open;
    }

    // Reading and writing

    @Override
    public Future<Void> scan(StoreReader reader) {
        return onWriter("read", () -> {
            Open store = opened();
            try {
                store.rows.scan(reader);
            } finally {
                Sql.rollBack(store.connection); // the end of reading
            }
        });
    }

    @Override
    public Future<Void> append(Batch batch) {
        return onWriter("write to", () -> write(opened(), batch));
    }

    private void write(Open store, Batch batch) throws SQLException, IOException {
        Mark.Position next = new Mark.Position(position.sequence() + 1, hash(position, batch));
        try {
            store.rows.write(batch);
            store.rows.advance(next);
            store.mark.settle(); // so that it is one behind at most, whenever the process dies
            store.connection.commit();
        } catch (SQLException | IOException | RuntimeException | Error failure) {
            store.rows.failed();
            Sql.rollBack(store.connection);
            throw failure;
        }
        position = next;
        store.mark.move(next);
        store.log.shorten();
        measure();
    }

    /** Tells histories of commits apart. It guards against mistakes and decay, not against an attack. */
    private static long hash(Mark.Position before, Batch batch) {
        long hash = mix(before.hash(), before.sequence());
        hash = mix(hash, batch.size());
        for (StoredJob job : batch.jobs()) {
            hash = mix(hash, job.name().hashCode() + job.executionCount());
        }
        for (StoredKey key : batch.keys()) {
            hash = mix(hash, key.execution().value());
        }
        for (StoredExecution execution : batch.accepted()) {
            hash = mix(hash, execution.id().value());
        }
        for (StoredState state : batch.changed()) {
            hash = mix(hash, state.id().value() + Schema.STATES.indexOf(state.state()));
        }
        for (ExecutionId id : batch.forgotten()) {
            hash = mix(hash, id.value());
        }
        return hash;
    }

    /** Takes one more number into a hash: FNV-1a, 64 bits, on whole words. */
    private static long mix(long hash, long word) {
        return Long.rotateLeft((hash ^ word) * 0x100000001b3L, 29);
    }

    private void measure() {
        bytes = size(database) + size(database.resolveSibling(database.getFileName() + "-wal"));
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException absent) {
            return 0;
        }
    }

    @Override
    public StoreStatus status() {
        return new StoreStatus(
                config.type().name().toLowerCase(Locale.ROOT), database.toString(), position.sequence(), bytes);
    }

    @Override
    public Future<Backup> backUp() {
        return onWriter("back up", this::opened).compose(isOpen -> on(copier, "back up", this::copy));
    }

    private Backup copy() throws StoreException {
        try (Connection reader = connect(database, true)) {
            return backups.make(reader);
        } catch (SQLException | IOException failure) {
            StoreException told = explained("back up", failure);
            if (told.kind() != StoreException.Kind.BROKEN) {
                throw told;
            }
            // What is written is as good as it was.
            throw new StoreException(StoreException.Kind.UNAVAILABLE, String.valueOf(told.getMessage()), failure);
        }
    }

    // Closing

    @Override
    public synchronized Future<Void> close() {
        Future<Void> closing = closed;
        if (closing == null) {
            closing = onWriter("close", this::closeNow);
            closed = closing;
            writer.shutdown();
            copier.shutdown();
        }
        return closing;
    }

    private void closeNow() throws SQLException, IOException {
        Open store = open;
        DirectoryLock taken = lock;
        open = null;
        lock = null;
        try {
            if (store != null) {
                try {
                    store.mark.close();
                } finally {
                    close(store);
                }
            }
        } finally {
            if (taken != null) {
                taken.close();
            }
        }
    }

    /**
     * Takes the log over and closes the database. When the disk fails at that, the connection is left open, for the end of
     * the process: to close it would have SQLite try again, and delete the log if that seems to go well.
     */
    private void close(Open store) throws SQLException {
        Sql.rollBack(store.connection);
        store.connection.setAutoCommit(true);
        if (!store.log.empty()) {
            // As on a full disk. Nothing is lost: the next start goes on with the log.
            LOG.warn(
                    "the log of {} stays beside it: there is no space to take it over, or somebody reads it", database);
        }
        store.connection.close();
    }
}

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
import dev.latido.store.StoredTexts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;

/**
 * One SQLite file in write-ahead mode, written by one thread on one connection. A batch is one transaction, synced to the
 * disk ({@code synchronous=FULL}) before its future succeeds, and noted in the {@link CommitMark} before the next is.
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

    /** How many executions' texts may wait to be read. */
    static final int MAX_WAITING_READS = 10_000;

    /** How many backups may wait for the one that is being made. */
    static final int MAX_WAITING_BACKUPS = 4;

    private final StoreConfig config;
    private final TimeSource time;
    private final List<List<String>> schema;
    private final int maxLogPages;
    private final Path database;
    private final Path markFile;
    private final Backups backups;
    private final ExecutorService writer = Threads.one("latido-store");
    private final ExecutorService reader = Threads.one("latido-texts", MAX_WAITING_READS);
    private final ExecutorService copier = Threads.one("latido-backup", MAX_WAITING_BACKUPS);
    private final TextReader texts; // of the reader's thread, and of the writer's once that has ended

    // All below belong to the writer's thread; others look whether it is open, and how far.
    private @Nullable DirectoryLock lock;
    private volatile @Nullable Open open;
    private volatile CommitMark.Position position = CommitMark.START;
    private volatile long bytes;

    private @Nullable Future<Void> closed;

    /** What there is while the store is open. */
    private record Open(Connection connection, Log log, Rows rows, CommitMark mark) {}

    public SqliteStore(StoreConfig config, TimeSource time) {
        this(config, time, Schema.STEPS, Log.MAX_PAGES);
    }

    /** Makes a store of another version, for tests. */
    SqliteStore(StoreConfig config, TimeSource time, List<List<String>> schema) {
        this(config, time, schema, Log.MAX_PAGES);
    }

    /** Makes a store of another version, or whose log may have another length, for tests. */
    SqliteStore(StoreConfig config, TimeSource time, List<List<String>> schema, int maxLogPages) {
        this.config = config;
        this.schema = schema;
        this.maxLogPages = maxLogPages;
        this.database = config.directory().resolve("latido.db");
        this.markFile = config.directory().resolve("latido.mark");
        this.time = time;
        this.texts = new TextReader(database);
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
        } catch (RejectedExecutionException rejected) {
            promise.fail(
                    thread.isShutdown()
                            ? new StoreException(StoreException.Kind.BROKEN, "the store is closed", rejected)
                            : new StoreException(
                                    StoreException.Kind.UNAVAILABLE,
                                    "cannot " + what + " " + database + ": too many wait for that already",
                                    rejected));
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
            Directories.make(directory);
        } catch (IOException e) {
            throw Sql.refused("cannot make " + directory + " (store.directory): " + e);
        }
        if (!Files.isWritable(directory)) {
            throw Sql.refused("cannot write to " + directory + " (store.directory)");
        }
        lock = DirectoryLock.take(directory);
        NativeLibrary.load(directory);
        History history = new History(database, markFile, config.acceptLoss());
        History.Stored stored = history.read(schema.size());
        CommitMark.Position start = history.compare(stored.position(), CommitMark.read(markFile));
        Takeover.secure(database, stored.log());
        open = open(stored.position(), start);
        position = start;
        Directories.sync(directory);
        measure();
    }

    /** Opens for writing. Whatever was read is on the disk by now, but for the mark, which must not go before it. */
    private Open open(CommitMark.Position stored, CommitMark.Position start)
            throws SQLException, IOException, StoreException {
        Connection connection = connect(database, false);
        try {
            configure(connection);
            Log log = Log.of(connection, maxLogPages);
            if (!log.empty()) {
                LOG.warn("the log of {} goes on: there is no space to take it over, or somebody reads it", database);
            }
            Schema.migrate(connection, schema);
            if (!History.position(connection).equals(stored)) {
                throw Sql.refused(database + " does not read the same when it is read again. Check the disk");
            }
            connection.setAutoCommit(false);
            Rows rows = new Rows(connection);
            if (!start.equals(stored)) {
                rows.advance(start);
                connection.commit();
            }
            return new Open(connection, log, rows, CommitMark.open(markFile, start));
        } catch (Exception | Error failure) {
            connection.close(); // which undoes what is not committed
            throw failure;
        }
    }

    static Connection connect(Path file, boolean readOnly) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(readOnly);
        config.setBusyTimeout(BUSY_MILLIS);
        config.setGetGeneratedKeys(false); // else each insert is followed by a query that nobody asked for
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

    private Open opened() throws StoreException {
        Open store = open;
        if (store == null) {
            throw new StoreException(StoreException.Kind.BROKEN, "the store is not open", null);
        }
        return store;
    }

    // Reading and writing

    @Override
    public Future<Void> scan(StoreReader reader) {
        return onWriter("read", () -> {
            Open store = opened();
            try {
                DirectoryLock held = lock;
                new Scan(store.connection, reader, held != null && held.wasEnded()).run();
            } finally {
                Sql.rollBack(store.connection); // the end of reading
            }
        });
    }

    @Override
    public Future<Void> append(Batch batch) {
        return onWriter("write to", () -> {
            Open store = opened();
            try {
                write(store, batch);
            } catch (SQLException | IOException | RuntimeException | Error failure) {
                DirectoryLock held = lock;
                if (held != null && explained("write to", failure).kind() == StoreException.Kind.BROKEN) {
                    held.noteEnd(); // by contract nobody goes on after that
                }
                throw failure;
            }
        });
    }

    private void write(Open store, Batch batch) throws SQLException, IOException {
        CommitMark.Position next = History.after(position, batch);
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
    public Future<@Nullable StoredTexts> texts(ExecutionId id) {
        return on(reader, "read from", () -> {
                    opened();
                    return texts.read(id);
                })
                .map(found -> found.orElse(null));
    }

    @Override
    public Future<Backup> backUp(Instant deadline) {
        return on(copier, "back up", () -> copy(deadline));
    }

    private Backup copy(Instant deadline) throws StoreException {
        opened(); // also when it was not closed yet when this was asked for
        if (!time.now().wall().isBefore(deadline)) {
            throw new StoreException(
                    StoreException.Kind.UNAVAILABLE, "its deadline had passed before it could begin", null);
        }
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
            reader.shutdown();
            copier.shutdown();
            closing = onWriter("close", this::closeNow);
            closed = closing;
            writer.shutdown();
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
                    endReading();
                } finally {
                    try {
                        store.mark.close();
                    } finally {
                        close(store);
                    }
                }
            }
        } finally {
            if (taken != null) {
                taken.close();
            }
        }
    }

    /** Closes the connection that texts are read on: this one has to be the last. Whoever waits for a text is told. */
    private void endReading() throws SQLException, IOException {
        try {
            while (reader.isShutdown() && !reader.awaitTermination(1, TimeUnit.MINUTES)) {
                LOG.warn("A text is still being read from {}", database);
            }
        } catch (InterruptedException interrupted) {
            throw new IOException("interrupted while a text is read", interrupted);
        }
        texts.close();
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

package dev.latido.store.sqlite;

import dev.latido.store.Batch;
import dev.latido.store.StoreReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The database while it is open. Belongs to the thread that writes; others may ask how far and how large it is. */
final class OpenDatabase {

    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

    private final Path database;
    private final DirectoryLock lock;
    private final Connection connection;
    private final Log log;
    private final Rows rows;
    private final CommitMark mark;
    private volatile CommitMark.Position position;
    private volatile long bytes;

    OpenDatabase(
            Path database,
            DirectoryLock lock,
            Connection connection,
            Log log,
            Rows rows,
            CommitMark mark,
            CommitMark.Position position) {
        this.database = database;
        this.lock = lock;
        this.connection = connection;
        this.log = log;
        this.rows = rows;
        this.mark = mark;
        this.position = position;
        measure();
    }

    /** Reads everything. */
    void scan(StoreReader reader) throws SQLException {
        try {
            new Scan(connection, reader, lock.wasEnded()).run();
        } finally {
            Sql.rollBack(connection); // the end of reading
        }
    }

    /** Writes {@code batch} as one transaction, which is on the disk when this returns; its mark is with the next one. */
    void write(Batch batch) throws SQLException, IOException {
        CommitMark.Position next = History.after(position, batch);
        try {
            rows.write(batch);
            rows.advance(next);
            mark.settle(); // so that it is one behind at most, whenever the process dies
            connection.commit();
        } catch (SQLException | IOException | RuntimeException | Error failure) {
            rows.failed();
            Sql.rollBack(connection);
            throw failure;
        }
        position = next;
        mark.move(next);
        log.shorten();
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

    /** Notes that nobody goes on because the store is broken. */
    void noteEnd() {
        lock.noteEnd();
    }

    /** Returns how far the history of commits goes. */
    CommitMark.Position position() {
        return position;
    }

    /** Returns how much space the files took after the latest commit. */
    long bytes() {
        return bytes;
    }

    /** Returns the connection that writes. */
    Connection connection() {
        return connection;
    }

    /** Returns the mark of commits. */
    CommitMark mark() {
        return mark;
    }

    /** Closes; no other connection may be open any more. The lock is given back whatever happens. */
    void close() throws SQLException, IOException {
        try {
            mark.close();
        } finally {
            try {
                closeConnection();
            } finally {
                lock.close();
            }
        }
    }

    /**
     * Takes the log over and closes the database. When the disk fails at that, the connection is left open, for the end of
     * the process: to close it would have SQLite try again, and delete the log if that seems to go well.
     */
    private void closeConnection() throws SQLException {
        Sql.rollBack(connection);
        connection.setAutoCommit(true);
        if (!log.empty()) {
            // As on a full disk. Nothing is lost: the next start goes on with the log.
            LOG.warn(
                    "the log of {} stays beside it: there is no space to take it over, or somebody reads it", database);
        }
        connection.close();
    }
}

package dev.latido.store.sqlite;

import dev.latido.store.Batch;
import dev.latido.store.StoreReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The database while it is open. Belongs to the thread that writes; others may ask how far and how large it is. */
final class OpenDatabase {

    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

    private final Path database;

    /** Whatever is open, with what the file system knows it by: the next start opens what stands at the path then. */
    private final Map<Path, @Nullable Object> identities = new HashMap<>();

    private final DirectoryLock lock;
    private final Connection connection;
    private final Log log;
    private final Rows rows;
    private final CommitMark mark;
    private volatile CommitMark.Position position;
    private volatile long bytes;

    OpenDatabase(
            StoreFiles files,
            DirectoryLock lock,
            Connection connection,
            Log log,
            Rows rows,
            CommitMark mark,
            CommitMark.Position position)
            throws IOException {
        this.database = files.database();
        this.lock = lock;
        this.connection = connection;
        this.log = log;
        this.rows = rows;
        this.mark = mark;
        this.position = position;
        for (Path file : List.of(database, StoreFiles.log(database), files.mark(), files.lock())) {
            identities.put(file, attributes(file).fileKey());
        }
        look();
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
        look();
    }

    /**
     * Sees to it that the next start will find what this process writes: a file that was removed while it is open takes writes
     * as well as ever, and nobody finds them.
     *
     * @throws IOException when one of the files is not what stands at its path any more
     */
    void look() throws IOException {
        long sum = 0;
        for (Map.Entry<Path, @Nullable Object> opened : identities.entrySet()) {
            Path file = opened.getKey();
            BasicFileAttributes now = attributes(file);
            if (!Objects.equals(now.fileKey(), opened.getValue())) {
                throw gone(file);
            }
            sum += now.size();
        }
        bytes = sum;
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class);
        } catch (NoSuchFileException removed) {
            throw gone(file);
        }
    }

    private static IOException gone(Path file) {
        return new IOException(file + " is not the file any more that this process opened: it was removed, moved or"
                + " replaced meanwhile");
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

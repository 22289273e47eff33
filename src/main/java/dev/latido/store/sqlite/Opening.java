package dev.latido.store.sqlite;

import dev.latido.process.FileAccess;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoreException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a database is opened: look at what there is without changing it, compare it with what was acknowledged, have it safe on
 * the disk, and only then write.
 *
 * @param config what loss is accepted
 * @param files where it is
 * @param schema the steps to the version of the tables that is wanted
 * @param maxLogPages how long the log may become
 */
record Opening(StoreConfig config, StoreFiles files, List<List<String>> schema, int maxLogPages) {

    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

    /**
     * Opens; what was taken is given back when that fails.
     *
     * @param patience tells how long to wait for another process that uses the directory
     */
    OpenDatabase run(DirectoryLock.Patience patience) throws SQLException, IOException, StoreException {
        Path directory = files.directory();
        files.checkLength();
        try {
            Directories.make(directory);
        } catch (IOException e) {
            throw Sql.refused("cannot make " + directory + " (store.directory): " + FileAccess.reason(e));
        }
        DirectoryLock lock = take(directory, patience);
        try {
            files.check();
            PrivateFiles.warnOfOthers(directory);
            NativeLibrary.load(directory);
            Path database = files.database();
            History history = new History(database, files.mark(), config.acceptLoss());
            History.Stored stored = history.read(schema.size());
            CommitMark.Position start =
                    history.compare(stored.position(), CommitMark.read(files.mark()), schema.size());
            Takeover.secure(database, stored.log());
            return open(lock, stored.position(), start);
        } catch (Exception | Error failure) {
            lock.close();
            throw failure;
        }
    }

    private static DirectoryLock take(Path directory, DirectoryLock.Patience patience)
            throws IOException, StoreException {
        try {
            return DirectoryLock.take(directory, patience);
        } catch (FileSystemException unwritable) {
            throw Sql.refused("cannot write to " + directory + " (store.directory): " + FileAccess.reason(unwritable));
        }
    }

    /** Opens for writing. Whatever was read is on the disk by now, but for the mark, which must not go before it. */
    private OpenDatabase open(DirectoryLock lock, CommitMark.Position stored, CommitMark.Position start)
            throws SQLException, IOException, StoreException {
        Path database = files.database();
        boolean isNew = Files.notExists(database);
        files.close();
        Connection connection = Connections.connect(database, false);
        try {
            Connections.configure(connection);
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
            rows.advance(start); // also to where it is: whether it can be written is to be known now
            connection.commit();
            CommitMark mark = CommitMark.open(files.mark(), start);
            if (isNew) {
                LOG.info("a new store is made at {}", database.toAbsolutePath().normalize());
            }
            return new OpenDatabase(files, lock, connection, log, rows, mark, start);
        } catch (Exception | Error failure) {
            connection.close(); // which undoes what is not committed
            throw failure;
        }
    }
}

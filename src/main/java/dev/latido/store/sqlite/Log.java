package dev.latido.store.sqlite;

import dev.latido.store.StoreException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * SQLite's write-ahead log, and how what is in it is taken over into the database.
 *
 * <p>SQLite would do that by itself, but tell nobody when it fails (sqlite3WalDefaultHook). After a sync that failed the
 * next one may succeed although nothing was written in between; the log would then be written over, and with it the only
 * copy of what was acknowledged. So we do it, and an error of the disk is an error.
 */
final class Log {

    /** How long the log may become, in pages of 4 KiB, before it is taken over. */
    static final int MAX_PAGES = 4_000;

    /** To what size its file is cut when it was taken over; a long backup may have made it larger. */
    private static final int MAX_BYTES = 67_108_864;

    private final Connection connection;

    private final int maxPages;

    /**
     * How long a log is.
     *
     * @param pages how many pages were committed to it
     * @param takenOver how many of them, from the first on, are in the database too
     */
    record Extent(int pages, int takenOver) {

        /** That of no log. */
        static final Extent NONE = new Extent(0, 0);
    }

    private Log(Connection connection, int maxPages) {
        this.connection = connection;
        this.maxPages = maxPages;
    }

    /** Takes over the log of {@code connection} from SQLite; before its first transaction. */
    static Log of(Connection connection, int maxPages) throws SQLException {
        Sql.execute(connection, "PRAGMA wal_autocheckpoint = 0");
        Sql.execute(connection, "PRAGMA journal_size_limit = " + MAX_BYTES);
        return new Log(connection, maxPages);
    }

    /**
     * Takes the log over when it is long, as far as nobody reads what is in it; between two transactions. Where there is no
     * space for that, or somebody is in the way, it stays as it is.
     *
     * @throws SQLException when the disk fails; all that was committed is still in the log
     */
    void shorten() throws SQLException {
        if (extent(connection).pages() >= maxPages && !attempt("PASSIVE")) {
            Sql.rollBack(connection);
        }
    }

    /** Returns how long the log is, as SQLite believes. */
    static Extent extent(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(NOOP)")) { // busy, in the log, taken over
            return row.next() ? new Extent(Math.max(0, row.getInt(2)), Math.max(0, row.getInt(3))) : Extent.NONE;
        }
    }

    /**
     * Takes over everything, and makes the file of the log empty; false when that cannot be done now.
     *
     * @throws SQLException as {@link #shorten} does
     */
    boolean empty() throws SQLException {
        return attempt("TRUNCATE");
    }

    private boolean attempt(String mode) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(" + mode + ")")) {
            return row.next() && row.getInt(1) == 0;
        } catch (SQLException failure) {
            if (Sql.kind(failure) == StoreException.Kind.BROKEN) {
                throw failure;
            }
            return false;
        }
    }
}
